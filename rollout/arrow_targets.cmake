# Arrow's C++ library out of the PyPI wheel of pyarrow, as own IMPORTED targets.
if(NOT EXISTS "${HONE_ARROW_ROOT}/libparquet.so.2500")
  message(FATAL_ERROR "Arrow ${HONE_ARROW_VERSION} is not in ${HONE_DEPS}: run tools/build --parquet, which fetches it")
endif()
foreach(name IN ITEMS arrow parquet)
  add_library(arrow::${name} SHARED IMPORTED)
  set_target_properties(arrow::${name} PROPERTIES
    IMPORTED_LOCATION "${HONE_ARROW_ROOT}/lib${name}.so.2500"
    INTERFACE_INCLUDE_DIRECTORIES "${HONE_ARROW_ROOT}/include"
    INTERFACE_SYSTEM_INCLUDE_DIRECTORIES "${HONE_ARROW_ROOT}/include")
endforeach()
