# SPDX-License-Identifier: BSL-1.0
# Compiler settings of our own targets (library, tests, examples, measurements): linked PRIVATE, never exported.
include_guard(GLOBAL)

add_library(etape_settings INTERFACE)
target_compile_options(etape_settings INTERFACE
    $<$<CXX_COMPILER_ID:GNU,Clang,AppleClang>:-Wall;-Wextra;-Wconversion;-Wshadow>
    $<$<AND:$<BOOL:${ETAPE_WERROR}>,$<CXX_COMPILER_ID:GNU,Clang,AppleClang>>:-Werror>)

# -march changes the width of every SIMD type. The compiled part of the library uses no such type, so a user's code may be
# compiled with any other -march than this one.
if(ETAPE_NATIVE)
    include(CheckCXXCompilerFlag)
    check_cxx_compiler_flag(-march=native ETAPE_HAS_MARCH_NATIVE)
    if(ETAPE_HAS_MARCH_NATIVE)
        target_compile_options(etape_settings INTERFACE -march=native)
    endif()
endif()

if(ETAPE_SANITIZE)
    if(NOT ETAPE_SANITIZE MATCHES "^(address|undefined|address,undefined|thread)$")
        message(FATAL_ERROR "etape: ETAPE_SANITIZE is '${ETAPE_SANITIZE}', expected address, undefined, "
            "address,undefined or thread")
    endif()
    set(etape_sanitize_flags -fsanitize=${ETAPE_SANITIZE} -fno-omit-frame-pointer)
    if(ETAPE_SANITIZE MATCHES "undefined")
        list(APPEND etape_sanitize_flags -fno-sanitize-recover=all)
    endif()
    target_compile_options(etape_settings INTERFACE ${etape_sanitize_flags})
    target_link_options(etape_settings INTERFACE ${etape_sanitize_flags})
endif()

# ccache keeps a clean build short; the sloppiness is what it asks for to cache units that use a precompiled header.
if(PROJECT_IS_TOP_LEVEL AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
    find_program(ETAPE_CCACHE ccache)
    if(ETAPE_CCACHE)
        set(CMAKE_CXX_COMPILER_LAUNCHER "${CMAKE_COMMAND}" -E env
            CCACHE_SLOPPINESS=pch_defines,time_macros,include_file_mtime,include_file_ctime ${ETAPE_CCACHE})
        add_compile_options("$<$<CXX_COMPILER_ID:Clang>:SHELL:-Xclang -fno-pch-timestamp>")
    endif()
endif()
