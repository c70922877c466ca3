# OpenBLAS::OpenBLAS: the library and its cblas.h, wherever the system keeps them. OpenBLAS's own config file names one
# build of several (pthread, OpenMP, serial); libopenblas is the one the system's administrator chose.
find_path(OpenBLAS_INCLUDE_DIR NAMES openblas_config.h
  PATH_SUFFIXES openblas openblas-pthread openblas-openmp ${CMAKE_LIBRARY_ARCHITECTURE}/openblas-pthread
                ${CMAKE_LIBRARY_ARCHITECTURE}/openblas-openmp ${CMAKE_LIBRARY_ARCHITECTURE}/openblas-serial)
find_library(OpenBLAS_LIBRARY NAMES openblas)

include(FindPackageHandleStandardArgs)
find_package_handle_standard_args(OpenBLAS REQUIRED_VARS OpenBLAS_LIBRARY OpenBLAS_INCLUDE_DIR
  REASON_FAILURE_MESSAGE "Debian and Ubuntu: apt-get install libopenblas-dev")
mark_as_advanced(OpenBLAS_INCLUDE_DIR OpenBLAS_LIBRARY)

if(OpenBLAS_FOUND AND NOT TARGET OpenBLAS::OpenBLAS)
  add_library(OpenBLAS::OpenBLAS UNKNOWN IMPORTED)
  set_target_properties(OpenBLAS::OpenBLAS PROPERTIES
    IMPORTED_LOCATION "${OpenBLAS_LIBRARY}" INTERFACE_INCLUDE_DIRECTORIES "${OpenBLAS_INCLUDE_DIR}")
endif()
