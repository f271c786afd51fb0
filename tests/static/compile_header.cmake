# SPDX-License-Identifier: BSL-1.0
# A public header compiles alone, and twice, without a warning. Called by etape_compile_check.
file(REMOVE "${BASE}.ok" "${BASE}.d")
execute_process(
    COMMAND "${COMPILER}" "@${FLAGS}" -O0 -fsyntax-only -MD -MF "${BASE}.d" -MT "${BASE}.ok"
        -include "${SOURCE}" -include "${SOURCE}" -x c++ /dev/null
    RESULT_VARIABLE status OUTPUT_VARIABLE text ERROR_VARIABLE text)
if(NOT EXISTS "${BASE}.d")
    file(WRITE "${BASE}.d" "${BASE}.ok: ${SOURCE}\n")
endif()
# An adapter's library is optional.
if(status AND SOURCE MATCHES "/etape/with/" AND text MATCHES "fatal error: '?([^:'\n]+)'?(:| file)")
    if(NOT CMAKE_MATCH_1 MATCHES "^etape/")
        string(PREPEND text "etape: skipped, ${CMAKE_MATCH_1} is not installed\n")
    endif()
endif()
file(WRITE "${BASE}.log" "${text}")
if(status EQUAL 0)
    file(TOUCH "${BASE}.ok")
endif()
