# SPDX-License-Identifier: BSL-1.0
# The demo as a test: what it finds, and what it says to bad input.
set(demo_dir "${PROJECT_BINARY_DIR}/docs/examples/demo_tests")
set(demo_faithful "${PROJECT_SOURCE_DIR}/docs/examples/data/faithful.csv")

# demo_test(name CODE code EXPECT regex [PICTURE file] ARGUMENTS arguments...)
function(demo_test name)
    cmake_parse_arguments(PARSE_ARGV 1 demo "" "CODE;EXPECT;PICTURE" "ARGUMENTS")
    list(JOIN demo_ARGUMENTS "|" demo_ARGUMENTS)
    add_test(NAME demo_${name}
        COMMAND "${CMAKE_COMMAND}" -D "PROGRAM=$<TARGET_FILE:etape_demo>" -D "ARGUMENTS=${demo_ARGUMENTS}"
            -D "CODE=${demo_CODE}" -D "EXPECT=${demo_EXPECT}" -D "PICTURE=${demo_PICTURE}"
            -P "${PROJECT_SOURCE_DIR}/docs/examples/gmm/check_run.cmake"
        WORKING_DIRECTORY "${PROJECT_SOURCE_DIR}")
    set_tests_properties(demo_${name} PROPERTIES LABELS examples TIMEOUT 300 ENVIRONMENT "OPENBLAS_NUM_THREADS=1")
endfunction()

# demo_rejects(name FILE ending CONTENT text EXPECT regex): a file that the demo must not take
function(demo_rejects name)
    cmake_parse_arguments(PARSE_ARGV 1 demo "" "FILE;CONTENT;EXPECT" "")
    set(file "${demo_dir}/${name}.${demo_FILE}")
    file(CONFIGURE OUTPUT "${file}" CONTENT "${demo_CONTENT}" @ONLY)
    demo_test(${name} CODE nonzero EXPECT "${name}.${demo_FILE}${demo_EXPECT}" ARGUMENTS "${file}" --plot none)
endfunction()

file(MAKE_DIRECTORY "${demo_dir}")
find_program(ETAPE_GNUPLOT gnuplot)
set(demo_picture_arguments --plot none)
set(demo_picture "")
if(ETAPE_GNUPLOT)
    set(demo_picture "${demo_dir}/faithful.svg")
    set(demo_picture_arguments --plot "${demo_picture}")
endif()
# The optimum of the mixture of two components (as found by EM too), and the agreement of the three gradients.
demo_test(faithful CODE 0 PICTURE "${demo_picture}" ARGUMENTS "${demo_faithful}" ${demo_picture_arguments}
    EXPECT "log-likelihood -1130\\.26[34][0-9]\n.* 1  0\\.644[0-9] +4\\.2[89][0-9]+ .* 79\\.9[67].* 2  0\\.35[56][0-9] +2\\.03[67].* 54\\.4[78].*all three agree")
demo_test(one_component CODE 0 EXPECT "log-likelihood -1289\\.7967" ARGUMENTS "${demo_faithful}" -k 1 --quiet --plot none)
demo_test(other_start CODE 0 EXPECT "log-likelihood -1130\\.2640" ARGUMENTS "${demo_faithful}" --seed 42 --quiet --plot none)
demo_test(json CODE 0 EXPECT "log-likelihood" ARGUMENTS "${demo_faithful}" --quiet --plot none --json "${demo_dir}/faithful.json")

set(demo_adbench "${PROJECT_SOURCE_DIR}/../shared/data/adbench/gmm/1k/gmm_d2_K5.txt")
if(EXISTS "${demo_adbench}")
    demo_test(adbench CODE 0 ARGUMENTS "${demo_adbench}" --max-iterations 60 --plot none
        EXPECT "1000 points, 2 columns.*start values from the file.*all three agree")
    demo_test(adbench_directions CODE 0 ARGUMENTS "${demo_adbench}" --components 12 --max-iterations 20 --plot none
        EXPECT "k-means.*direction 6.*all three agree")
endif()

demo_test(wrong_path CODE nonzero ARGUMENTS no_such_file.csv
    EXPECT "etape_demo: cannot read 'no_such_file.csv': No such file or directory")
demo_test(folder CODE nonzero ARGUMENTS "${demo_dir}" EXPECT "it is a directory, expected a file")
demo_test(no_components CODE nonzero ARGUMENTS "${demo_faithful}" -k 0 EXPECT "--components is 0, expected at least 1")
demo_test(negative_components CODE nonzero ARGUMENTS "${demo_faithful}" -k -3 EXPECT "--components is -3, expected at least 1")
demo_test(too_many_components CODE nonzero ARGUMENTS "${demo_faithful}" -k 273
    EXPECT "273 components are more than the 272 points in .*expected at most one a point")
demo_test(no_iterations CODE nonzero ARGUMENTS "${demo_faithful}" --max-iterations 0 EXPECT "--max-iterations is 0, expected at least 1")
demo_test(picture_format CODE nonzero ARGUMENTS "${demo_faithful}" --plot a.pdf EXPECT "cannot draw 'a.pdf', expected .*\\.svg or \\.png")
demo_test(picture_folder CODE nonzero ARGUMENTS "${demo_faithful}" --plot no_such_folder/a.svg EXPECT "found no folder 'no_such_folder'")
demo_test(unknown_option CODE nonzero ARGUMENTS --bogus EXPECT "--bogus")

demo_rejects(empty FILE csv CONTENT "\n" EXPECT ":2:1: found the end of the file, expected rows of numbers")
demo_rejects(names_only FILE csv CONTENT "a,b\n" EXPECT ":2:1: found the end of the file, expected rows of numbers")
demo_rejects(word FILE csv CONTENT "a,b\n1,2\n3,x7\n" EXPECT ":3:3: found 'x7', expected a number")
demo_rejects(not_finite FILE csv CONTENT "1,2\n3, nan\n" EXPECT ":2:4: found 'nan', expected a number")
demo_rejects(short_row FILE csv CONTENT "a,b\n1,2\n3\n" EXPECT ":3:1: found 1 field, expected 2 as in the first line")
demo_rejects(long_row FILE csv CONTENT "a,b\n1,2\n3,4,5\n" EXPECT ":3:5: found 3 fields, expected 2 as in the first line")
demo_rejects(zero_dimensions FILE txt CONTENT "0 1 4\n" EXPECT ":1:1: found '0', expected a whole number of at least 1 .dimensions d.")
demo_rejects(no_number FILE txt CONTENT "2 1 2\n0\n0 zero\n" EXPECT ":3:3: found 'zero', expected a number .means.")
demo_rejects(truncated FILE txt CONTENT "1 1 3\n0\n0\n0\n1\n2\n" EXPECT ":7:1: found the end of the file, expected a number .points.")
demo_rejects(endless FILE txt CONTENT "3 99999999999999 2\n0\n" EXPECT ":3:1: found the end of the file, expected a number .logits")
demo_rejects(trailing FILE txt CONTENT "1 1 2\n0\n0\n0\n1\n2\n1 0\n7\n" EXPECT ":8:1: found '7', expected the end of the file")

file(CONFIGURE OUTPUT "${demo_dir}/constant.csv" CONTENT "a,b\n1,2\n1,3\n1,5\n")
demo_test(constant_column CODE nonzero ARGUMENTS "${demo_dir}/constant.csv" --plot none
    EXPECT "column 'a' is 1 everywhere, expected a column that varies")
