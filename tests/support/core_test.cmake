# mb_core_test(name LABEL label): a test of the core from name.c, with the support library.
if(NOT TARGET mediabeat-test-support)
  add_subdirectory(${PROJECT_SOURCE_DIR}/tests/support ${PROJECT_BINARY_DIR}/tests/support)
endif()

function(mb_core_test name label)
  add_executable(${name}_test ${name}_test.c)
  target_link_libraries(${name}_test PRIVATE mediabeat-test-support ${ARGN})
  add_test(NAME ${name} COMMAND ${name}_test)
  set_tests_properties(${name} PROPERTIES LABELS ${label} TIMEOUT 1500)
endfunction()
