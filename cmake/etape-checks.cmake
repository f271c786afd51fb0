# SPDX-License-Identifier: BSL-1.0
# Checks that only run the compiler's front end. They run as part of the build, so that an unchanged one is not repeated;
# a failure does not stop the build but is what the ctest entry of the same name reports.
include_guard(GLOBAL)

# The flags of the library's own sources, in a file that g++ and clang++ read with @.
set(etape_check_flags "${PROJECT_BINARY_DIR}/checks/flags.rsp")
set(etape_known_dirs ${CMAKE_CXX_IMPLICIT_INCLUDE_DIRECTORIES} "${PROJECT_SOURCE_DIR}/include")
list(TRANSFORM etape_known_dirs REPLACE "([][+.*()^$?|])" "\\\\\\1")
list(JOIN etape_known_dirs "|" etape_known_dirs)
set(etape_system_dirs
    "$<FILTER:$<TARGET_PROPERTY:etape,INCLUDE_DIRECTORIES>,EXCLUDE,^(${etape_known_dirs})$>")
string(CONCAT etape_check_content
    "-std=c++20\n"
    "$<JOIN:$<TARGET_PROPERTY:etape_settings,INTERFACE_COMPILE_OPTIONS>,\n>\n"
    "\"-I${PROJECT_SOURCE_DIR}/include\"\n"
    "$<$<BOOL:${etape_system_dirs}>:-isystem\n\"$<JOIN:${etape_system_dirs},\"\n-isystem\n\">\">\n")
file(GENERATE OUTPUT "${etape_check_flags}" CONTENT "${etape_check_content}")

# etape_compile_check(NAME name LABEL label SCRIPT script SOURCE source [PRECOMPILED header]): SCRIPT gets COMPILER, COMPILER_ID,
# FLAGS, SOURCE, PRECOMPILED and BASE; it writes BASE.d (what the result depends on), BASE.log, and BASE.ok if and only if the check
# holds.
function(etape_compile_check)
    cmake_parse_arguments(PARSE_ARGV 0 check "" "NAME;LABEL;SCRIPT;SOURCE;PRECOMPILED" "")
    set(base "${PROJECT_BINARY_DIR}/checks/${check_NAME}")
    add_custom_command(OUTPUT "${base}.ok"
        COMMAND "${CMAKE_COMMAND}"
            -D "COMPILER=${CMAKE_CXX_COMPILER}" -D "COMPILER_ID=${CMAKE_CXX_COMPILER_ID}"
            -D "FLAGS=${etape_check_flags}" -D "SOURCE=${check_SOURCE}" -D "BASE=${base}" -D DEFERRED=ON
            -D "PRECOMPILED=${check_PRECOMPILED}"
            -P "${check_SCRIPT}"
        DEPENDS "${check_SCRIPT}" "${check_SOURCE}" "${etape_check_flags}" ${check_PRECOMPILED}
        DEPFILE "${base}.d"
        COMMENT "check ${check_NAME}"
        VERBATIM)
    set_property(DIRECTORY APPEND PROPERTY etape_check_stamps "${base}.ok")
    add_test(NAME ${check_NAME}
        COMMAND "${CMAKE_COMMAND}" -D "BASE=${base}" -P "${PROJECT_SOURCE_DIR}/cmake/check-result.cmake")
    set_tests_properties(${check_NAME} PROPERTIES LABELS "${check_LABEL}" SKIP_REGULAR_EXPRESSION "etape: skipped")
endfunction()

# etape_check_target(name): the target that runs the checks of this folder in the build.
function(etape_check_target name)
    get_property(stamps DIRECTORY PROPERTY etape_check_stamps)
    add_custom_target(${name} ALL DEPENDS ${stamps})
endfunction()
