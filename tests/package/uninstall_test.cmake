# After uninstalling, nothing of gradus is left under PREFIX.
include(${CMAKE_CURRENT_LIST_DIR}/../../cmake/uninstall.cmake)
file(GLOB_RECURSE left LIST_DIRECTORIES true RELATIVE ${PREFIX} ${PREFIX}/*)
list(FILTER left INCLUDE REGEX gradus)
if(left)
  message(FATAL_ERROR "uninstall left behind: ${left}")
endif()
