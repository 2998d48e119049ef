# CMake makes _version.py of MB_VERSION in mediabeat.h, the only place where the version is written.
__version__: str
