# find_package(mediabeat [COMPONENTS ...])
#
#   (none)       mediabeat::mediabeat and, when it was installed, mediabeat::curl: the shared libraries
#   static       also mediabeat::mediabeat-static; looks for cJSON
#   curl         fails unless mediabeat::curl is there
#   curl-static  also mediabeat::curl-static; looks for cJSON and libcurl
include(CMakeFindDependencyMacro)

include("${CMAKE_CURRENT_LIST_DIR}/sharedTargets.cmake")
include("${CMAKE_CURRENT_LIST_DIR}/curlTargets.cmake" OPTIONAL)

if("static" IN_LIST mediabeat_FIND_COMPONENTS OR "curl-static" IN_LIST mediabeat_FIND_COMPONENTS)
  find_dependency(PkgConfig)
  if(NOT TARGET PkgConfig::cjson)
    pkg_check_modules(cjson QUIET IMPORTED_TARGET libcjson)
  endif()
  if(NOT TARGET PkgConfig::cjson)
    set(mediabeat_FOUND FALSE)
    set(mediabeat_NOT_FOUND_MESSAGE "the static library needs cJSON (libcjson.pc)")
    return()
  endif()
  include("${CMAKE_CURRENT_LIST_DIR}/staticTargets.cmake")
endif()

if("curl-static" IN_LIST mediabeat_FIND_COMPONENTS)
  find_dependency(CURL)
  include("${CMAKE_CURRENT_LIST_DIR}/curl-staticTargets.cmake" OPTIONAL)
endif()

foreach(component IN LISTS mediabeat_FIND_COMPONENTS)
  set(target ${component})
  if(component STREQUAL "static")
    set(target mediabeat-static)
  endif()
  if(TARGET mediabeat::${target})
    set(mediabeat_${component}_FOUND TRUE)
  elseif(mediabeat_FIND_REQUIRED_${component})
    set(mediabeat_FOUND FALSE)
    set(mediabeat_NOT_FOUND_MESSAGE "mediabeat was installed without its component ${component}")
  endif()
endforeach()
