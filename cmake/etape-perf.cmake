# SPDX-License-Identifier: BSL-1.0
# perf/: every *.cpp is a program perf_<name>, built as a user's release would be.
include_guard(GLOBAL)

if(EXISTS "${PROJECT_SOURCE_DIR}/perf/CMakeLists.txt")
    add_subdirectory("${PROJECT_SOURCE_DIR}/perf")
    return()
endif()

find_package(benchmark QUIET CONFIG)
find_package(Eigen3 QUIET CONFIG)  # a peer, with Ceres, in perf/jacobian
file(GLOB etape_perf_sources CONFIGURE_DEPENDS perf/*.cpp)
add_custom_target(etape_perf)
foreach(source IN LISTS etape_perf_sources)
    cmake_path(GET source STEM name)
    add_executable(perf_${name} "${source}")
    target_link_libraries(perf_${name} PRIVATE etape::etape etape_settings $<TARGET_NAME_IF_EXISTS:benchmark::benchmark>
        $<TARGET_NAME_IF_EXISTS:Eigen3::Eigen>)
    # A BLAS that the program does not call stays out of it: OpenBLAS starts threads when it is loaded, and reference counts
    # are atomic from then on (docs/decisions/0007-reference-counts.md).
    if(UNIX AND NOT APPLE)
        target_link_options(perf_${name} PRIVATE LINKER:--as-needed)
    endif()
    set_target_properties(perf_${name} PROPERTIES RUNTIME_OUTPUT_DIRECTORY "${PROJECT_BINARY_DIR}/perf")
    add_dependencies(etape_perf perf_${name})
endforeach()
