# SPDX-License-Identifier: BSL-1.0
# Reports what a check that ran in the build has found: cmake -D BASE=<file name without ending> -P check-result.cmake
if(EXISTS "${BASE}.ok")
    return()
endif()
if(NOT EXISTS "${BASE}.log")
    message(FATAL_ERROR "the check has not run, expected ${BASE}.log: build first")
endif()
file(READ "${BASE}.log" log)
# As one argument and unindented, so that a compiler's message stays readable.
execute_process(COMMAND "${CMAKE_COMMAND}" -E echo "${log}")
message(FATAL_ERROR "the check failed")
