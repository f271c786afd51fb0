# SPDX-License-Identifier: BSL-1.0
# A program must be refused with the right words. It has one or more lines '// EXPECT: text' (all must be in the compiler's
# messages; EXPECT-GNU or EXPECT-Clang binds one compiler), and with ETAPE_CONTROL defined, a variant of it that compiles:
# without that, a missing header would pass for the refusal. Called by etape_compile_check, or alone without DEFERRED.
cmake_minimum_required(VERSION 3.25)

function(finish fault text)
    if(NOT EXISTS "${BASE}.d")
        file(WRITE "${BASE}.d" "${BASE}.ok: ${SOURCE}\n")
    endif()
    if(NOT fault)
        file(WRITE "${BASE}.log" "as expected\n")
        file(TOUCH "${BASE}.ok")
        message(STATUS "as expected")
        return()
    endif()
    file(WRITE "${BASE}.log" "${SOURCE}: ${fault}\n${text}")
    if(NOT DEFERRED)
        execute_process(COMMAND "${CMAKE_COMMAND}" -E echo "${SOURCE}: ${fault}\n${text}")
        message(FATAL_ERROR "the check failed")
    endif()
endfunction()

set(ENV{LC_ALL} C)
set(plain -w -O0 -fsyntax-only -fdiagnostics-color=never -fmessage-length=0)
# Source lines in the messages could hold the text by themselves.
if(COMPILER_ID STREQUAL "GNU")
    list(APPEND plain -fno-diagnostics-show-caret)
else()
    list(APPEND plain -fno-caret-diagnostics)
endif()
file(REMOVE "${BASE}.ok" "${BASE}.d" "${BASE}.log")

execute_process(COMMAND "${COMPILER}" "@${FLAGS}" ${plain} -DETAPE_CONTROL -MD -MF "${BASE}.d" -MT "${BASE}.ok" "${SOURCE}"
    RESULT_VARIABLE status OUTPUT_VARIABLE text ERROR_VARIABLE text)
if(status)
    finish("with ETAPE_CONTROL it does not compile" "${text}")
    return()
endif()
execute_process(COMMAND "${COMPILER}" "@${FLAGS}" ${plain} "${SOURCE}"
    RESULT_VARIABLE status OUTPUT_VARIABLE text ERROR_VARIABLE text)
if(status EQUAL 0)
    finish("it compiles, expected an error" "")
    return()
endif()

# Line by line with string(FIND): as a CMake list, brackets and semicolons of C++ would change the text.
file(READ "${SOURCE}" rest)
set(expectations 0)
while(rest MATCHES "// EXPECT(-${COMPILER_ID})?: ([^\n]+)\n(.*)$")
    set(expected "${CMAKE_MATCH_2}")
    set(rest "${CMAKE_MATCH_3}")
    math(EXPR expectations "${expectations} + 1")
    string(FIND "${text}" "${expected}" position)
    if(position EQUAL -1)
        finish("no message has the text '${expected}'" "${text}")
        return()
    endif()
endwhile()
if(expectations EQUAL 0)
    finish("has no '// EXPECT: text' line" "")
    return()
endif()
finish("" "")
