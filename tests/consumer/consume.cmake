# SPDX-License-Identifier: BSL-1.0
# Builds and runs the consumer project: cmake -D MODE=package|subdirectory -D ROOT= -D BUILD= -D DIR= ... -P consume.cmake
cmake_minimum_required(VERSION 3.25)

set(settings -G "${GENERATOR}" -D "CMAKE_CXX_COMPILER=${COMPILER}" -D "CMAKE_CXX_COMPILER_LAUNCHER=${LAUNCHER}")
# The flags in the environment are the project's own; the consumer has none.
unset(ENV{CXXFLAGS})

function(step)
    execute_process(COMMAND ${ARGN} RESULT_VARIABLE status OUTPUT_VARIABLE text ERROR_VARIABLE text)
    if(status)
        list(JOIN ARGN " " line)
        execute_process(COMMAND "${CMAKE_COMMAND}" -E echo "${text}")
        message(FATAL_ERROR "failed: ${line}")
    endif()
endfunction()

if(MODE STREQUAL "package")
    # Moved after the installation: a package must not remember where it was put.
    file(REMOVE_RECURSE "${DIR}/installed" "${DIR}/prefix")
    step("${CMAKE_COMMAND}" --install "${BUILD}" --prefix "${DIR}/installed")
    file(RENAME "${DIR}/installed" "${DIR}/prefix")
    list(APPEND settings -D "CMAKE_PREFIX_PATH=${DIR}/prefix")
    file(GLOB_RECURSE written "${DIR}/prefix/*.cmake")
    foreach(file IN LISTS written)
        file(READ "${file}" text)
        if(text MATCHES "-march|XTENSOR_USE_|-Werror|-fsanitize")
            message(FATAL_ERROR "${file}: exports ${CMAKE_MATCH_0}")
        endif()
        string(FIND "${text}" "${ROOT}" position)
        if(NOT position EQUAL -1)
            message(FATAL_ERROR "${file}: names the source folder")
        endif()
    endforeach()

    # Without a dependency the message names the package to install.
    foreach(pair IN ITEMS Boost:libboost1.81-dev xtensor:libxtensor-dev xsimd:libxsimd-dev BLAS:libopenblas-dev)
        string(REGEX MATCH "^([^:]+):(.+)$" pair "${pair}")
        set(package "${CMAKE_MATCH_2}")
        file(REMOVE_RECURSE "${DIR}/without")
        execute_process(
            COMMAND "${CMAKE_COMMAND}" ${settings} -S "${ROOT}/tests/consumer" -B "${DIR}/without"
                -D CMAKE_DISABLE_FIND_PACKAGE_${CMAKE_MATCH_1}=ON
            RESULT_VARIABLE status OUTPUT_VARIABLE text ERROR_VARIABLE text)
        string(REGEX REPLACE "[ \n]+" " " words "${text}") # CMake breaks lines
        string(FIND "${words}" "apt-get install ${package}" position)
        if(status EQUAL 0 OR position EQUAL -1)
            message(FATAL_ERROR "without ${package}: expected a message that names it, found\n${text}")
        endif()
    endforeach()
elseif(MODE STREQUAL "subdirectory")
    list(APPEND settings -D "ETAPE_SOURCE_DIR=${ROOT}")
else()
    message(FATAL_ERROR "MODE is '${MODE}', expected package or subdirectory")
endif()

step("${CMAKE_COMMAND}" ${settings} -S "${ROOT}/tests/consumer" -B "${DIR}/build")
step("${CMAKE_COMMAND}" --build "${DIR}/build")
step("${DIR}/build/consumer")
