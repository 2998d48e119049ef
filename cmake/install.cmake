# What `cmake --install` puts where: headers, libraries, CMake package, pkg-config files, licence. The command installs
# itself in cli/.
include(CMakePackageConfigHelpers)

install(DIRECTORY core/include/mediabeat DESTINATION ${CMAKE_INSTALL_INCLUDEDIR} FILES_MATCHING PATTERN "*.h"
        PATTERN curl.h EXCLUDE)
install(FILES LICENSE DESTINATION ${CMAKE_INSTALL_DOCDIR})

set(MB_PACKAGE_DIR ${CMAKE_INSTALL_LIBDIR}/cmake/mediabeat)

# One export set for each set of dependencies, so that mediabeatConfig.cmake looks only for those that are needed.
function(mb_install_libraries set)
  install(TARGETS ${ARGN} EXPORT ${set})
  install(EXPORT ${set} NAMESPACE mediabeat:: DESTINATION ${MB_PACKAGE_DIR})
endfunction()

# The .pc files find their prefix from where they are: the installed tree can be moved.
function(mb_install_pkgconfig name)
  set(pc_dir ${CMAKE_INSTALL_FULL_LIBDIR}/pkgconfig)
  file(RELATIVE_PATH MB_PC_PREFIX ${pc_dir} ${CMAKE_INSTALL_PREFIX})
  file(RELATIVE_PATH MB_PC_LIBDIR ${CMAKE_INSTALL_PREFIX} ${CMAKE_INSTALL_FULL_LIBDIR})
  file(RELATIVE_PATH MB_PC_INCLUDEDIR ${CMAKE_INSTALL_PREFIX} ${CMAKE_INSTALL_FULL_INCLUDEDIR})
  configure_file(cmake/${name}.pc.in ${PROJECT_BINARY_DIR}/${name}.pc @ONLY)
  install(FILES ${PROJECT_BINARY_DIR}/${name}.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)
endfunction()

mb_install_libraries(sharedTargets mediabeat)
mb_install_libraries(staticTargets mediabeat-static)
mb_install_pkgconfig(mediabeat)
if(MB_BUILD_CURL)
  install(FILES core/include/mediabeat/curl.h DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/mediabeat)
  mb_install_libraries(curlTargets mediabeat-curl)
  mb_install_libraries(curl-staticTargets mediabeat-curl-static)
  mb_install_pkgconfig(mediabeat-curl)
endif()

write_basic_package_version_file(${PROJECT_BINARY_DIR}/mediabeatConfigVersion.cmake COMPATIBILITY SameMinorVersion)
install(FILES cmake/mediabeatConfig.cmake ${PROJECT_BINARY_DIR}/mediabeatConfigVersion.cmake
        DESTINATION ${MB_PACKAGE_DIR})
