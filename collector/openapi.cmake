# Writes the description into a C source: cmake -DOUT=FILE -DIN=FILE -P openapi.cmake
file(READ "${IN}" bytes HEX)
string(REGEX REPLACE "(................................)" "\\1\n" bytes "${bytes}")
string(REGEX REPLACE "([0-9a-f][0-9a-f])" "0x\\1," bytes "${bytes}")
file(WRITE "${OUT}" "/* Made by openapi.cmake. */\n#include \"openapi.h\"\n\n"
                    "const unsigned char mbc_openapi_text[] = {\n${bytes}};\n"
                    "const size_t mbc_openapi_size = sizeof mbc_openapi_text;\n")
