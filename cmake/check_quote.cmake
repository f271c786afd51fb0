# SPDX-License-Identifier: BSL-1.0
# What a program of docs/examples does must stand in the text that quotes it as it stands in the program.
# cmake -D SOURCE=<program> -D TEXT=<README.md or docs/guide.md> -P check_quote.cmake
file(READ "${SOURCE}" text)
file(READ "${TEXT}" quoting)
string(FIND "${text}" "namespace ad = etape;" start)
string(FIND "${text}" "// prints: " end)
math(EXPR start "${start} + 21")
math(EXPR length "${end} - ${start}")
string(SUBSTRING "${text}" ${start} ${length} code)
string(STRIP "${code}" code)
string(FIND "${quoting}" "${code}" found)
if(start LESS 21 OR code STREQUAL "" OR found EQUAL -1)
    message(FATAL_ERROR "${SOURCE}: ${TEXT} does not have this code:\n${code}")
endif()
