# LibTorch out of the PyPI wheel, as own IMPORTED targets, CPU only. find_package(Torch) would ask
# for a CUDA toolkit; linking torch_cpu and c10 alone needs none. To load, torch_cpu wants cudart and
# cupti: tools/build unpacks their small wheels beside it, where its RPATH looks for them.
set(HONE_TORCH_VERSION 2.11.0)  # the pins in tools/build move with it
set(HONE_TORCH_ROOT "${HONE_DEPS}/torch-${HONE_TORCH_VERSION}/torch")
if(NOT EXISTS "${HONE_TORCH_ROOT}/lib/libtorch_cpu.so")
  message(FATAL_ERROR "LibTorch ${HONE_TORCH_VERSION} is not in ${HONE_DEPS}: run tools/build, which fetches it")
endif()

foreach(name IN ITEMS c10 torch_cpu)
  add_library(torch::${name} SHARED IMPORTED)
  set_target_properties(torch::${name} PROPERTIES
    IMPORTED_LOCATION "${HONE_TORCH_ROOT}/lib/lib${name}.so"
    INTERFACE_INCLUDE_DIRECTORIES "${HONE_TORCH_ROOT}/include;${HONE_TORCH_ROOT}/include/torch/csrc/api/include"
    INTERFACE_SYSTEM_INCLUDE_DIRECTORIES "${HONE_TORCH_ROOT}/include;${HONE_TORCH_ROOT}/include/torch/csrc/api/include")
endforeach()

add_library(hone_torch INTERFACE)
target_link_libraries(hone_torch INTERFACE torch::torch_cpu torch::c10)
# libgomp is the wheel's own copy: the process then has one OpenMP runtime.
target_compile_options(hone_torch INTERFACE -fopenmp)
# ATen/ops/NAME.h then brings that one operator and not all of them.
target_compile_definitions(hone_torch INTERFACE AT_PER_OPERATOR_HEADERS)
target_link_libraries(hone_torch INTERFACE "${HONE_TORCH_ROOT}/lib/libgomp.so.1")
# no-as-needed: operators register themselves when libtorch_cpu loads, so it must be linked even
# where nothing names it. RPATH instead of RUNPATH also serves the libraries that it loads in turn.
target_link_options(hone_torch INTERFACE "-Wl,--no-as-needed" "-Wl,--allow-shlib-undefined" "-Wl,--disable-new-dtags")

# What `cmake --install` puts beside the program.
set(HONE_TORCH_RUNTIME
  "${HONE_TORCH_ROOT}/lib/libtorch_cpu.so" "${HONE_TORCH_ROOT}/lib/libc10.so"
  "${HONE_TORCH_ROOT}/lib/libgomp.so.1"
  "${HONE_TORCH_ROOT}/../nvidia/cu13/lib/libcudart.so.13"
  "${HONE_TORCH_ROOT}/../nvidia/cu13/lib/libcupti.so.13"
  PARENT_SCOPE)
