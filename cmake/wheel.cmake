# What a wheel holds beside the files of python/mediabeat: the extension, its version, and the command, which
# mediabeat.collector() starts. scikit-build-core installs this component, see pyproject.toml.
install(TARGETS mediabeat-python LIBRARY DESTINATION mediabeat COMPONENT python)
install(FILES ${PROJECT_BINARY_DIR}/python/mediabeat/_version.py DESTINATION mediabeat COMPONENT python)
install(TARGETS mediabeat-cli RUNTIME DESTINATION mediabeat/bin COMPONENT python)
