# SPDX-License-Identifier: BSL-1.0
# Shows that layering.cmake and hygiene.cmake can fail: each fault is planted in a small tree and must be found.
# cmake -D DIR=<scratch folder> -P self_test.cmake
cmake_minimum_required(VERSION 3.25)

set(head "// SPDX-License-Identifier: BSL-1.0\n// A planted file.\n")

# expect(SCRIPT FILE TEXT FOUND): SCRIPT run on a tree with only FILE reports FOUND; an empty FOUND means no fault.
function(expect script file text found)
    file(REMOVE_RECURSE "${DIR}")
    file(WRITE "${DIR}/include/etape/core/config.hpp" "${head}#pragma once\n")
    file(WRITE "${DIR}/${file}" "${text}")
    execute_process(COMMAND "${CMAKE_COMMAND}" -D "ROOT=${DIR}" -P "${CMAKE_CURRENT_LIST_DIR}/${script}.cmake"
        RESULT_VARIABLE status OUTPUT_VARIABLE output ERROR_VARIABLE output)
    if(found STREQUAL "")
        if(status)
            message(FATAL_ERROR "${script}: ${file} is right, but it found\n${output}")
        endif()
        return()
    endif()
    # CMake may break the lines of a message.
    string(REGEX REPLACE "[ \n]+" " " output "${output}")
    string(FIND "${output}" "${found}" position)
    if(status EQUAL 0 OR position EQUAL -1)
        message(FATAL_ERROR "${script}: ${file} has a fault, expected '${found}', found\n${output}")
    endif()
endfunction()

set(here include/etape)
expect(layering ${here}/tape/a.hpp "#include <etape/core/config.hpp>\n#include <etape/kernel/b.hpp>\n" "")
expect(layering ${here}/array/xtensor_compat.hpp "#include <xtensor/xtensor.hpp>\n" "")
expect(layering ${here}/etape.hpp "#include <etape/api/tape.hpp>\n" "")
expect(layering ${here}/core/a.hpp "#include <etape/fwd.hpp>\n" "")
expect(layering ${here}/core/a.hpp "#include <etape/tape/b.hpp>\n" "tape is not below core")
expect(layering ${here}/core/a.hpp "  #  include <etape/rule/b.hpp> // why\n" "rule is not below core")
expect(layering ${here}/verify/a.hpp "#include <etape/explain/b.hpp>\n" "explain is not below verify")
expect(layering ${here}/core/a.hpp "#include \"../tape/b.hpp\"\n" "expected <etape/folder/name.hpp>")
expect(layering ${here}/api/a.hpp "#include <etape/etape.hpp>\n" "stands above all folders")
expect(layering ${here}/fwd.hpp "#include <etape/array/b.hpp>\n" "array is not below core")
expect(layering ${here}/new/a.hpp "" "folder 'new' has no place")
expect(layering ${here}/api/a.hpp "#include <xtensor/xmath.hpp>\n" "names xtensor/xmath.hpp")
expect(layering src/a.cpp "#include <xtensor/xmath.hpp>\n" "names xtensor/xmath.hpp")

expect(hygiene src/a.cpp "${head}int a;\n" "")
expect(hygiene src/a.cpp "${head}auto a = b/home/c;\n" "")
expect(hygiene src/a.cpp "int a;\n" "without the licence line")
expect(hygiene src/a.cpp "// SPDX-License-Identifier: BSL-1.0\nint a;\n" "without the licence line")
expect(hygiene cmake/a.cmake "#\n" "without the licence line")
expect(hygiene docs/a.md "see /ho[]me/me/a.txt\n" "")
string(CONCAT place "/ho" "me/me/a.txt")
expect(hygiene docs/a.md "see ${place}\n" "names a place on a machine, ${place}")
string(CONCAT undone "TO" "DO")
expect(hygiene src/a.cpp "${head}// ${undone}\n" "leaves work undone")
file(REMOVE_RECURSE "${DIR}")
