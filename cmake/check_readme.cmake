# SPDX-License-Identifier: BSL-1.0
# What a program of docs/examples does must stand in the README as it stands in the program.
file(READ "${SOURCE}" text)
file(READ "${README}" readme)
string(FIND "${text}" "namespace ad = etape;" start)
string(FIND "${text}" "// prints: " end)
math(EXPR start "${start} + 21")
math(EXPR length "${end} - ${start}")
string(SUBSTRING "${text}" ${start} ${length} code)
string(STRIP "${code}" code)
string(FIND "${readme}" "${code}" found)
if(start LESS 21 OR code STREQUAL "" OR found EQUAL -1)
    message(FATAL_ERROR "${SOURCE}: the README does not have this code:\n${code}")
endif()
