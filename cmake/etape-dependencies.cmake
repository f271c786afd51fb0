# SPDX-License-Identifier: BSL-1.0
# What etape needs, found alike by its own build and by the installed package; sets etape_missing to a message or to "".
set(etape_missing "")

# Boost's own package file first: Debian 12 has 1.74 as its default, which an unguarded search would pick.
find_package(Boost 1.81 QUIET CONFIG)
if(NOT TARGET Boost::headers)
    find_package(Boost 1.81 QUIET)
endif()
if(NOT TARGET Boost::headers)
    string(APPEND etape_missing
        "no Boost headers >= 1.81 found (Debian 12: apt-get install libboost1.81-dev, in place of libboost-dev, which is 1.74)\n")
endif()

find_package(xtensor QUIET)
if(NOT TARGET xtensor)
    string(APPEND etape_missing "no xtensor found, expected 0.24 or later (Debian: apt-get install libxtensor-dev)\n")
endif()

find_package(xsimd QUIET)
if(NOT TARGET xsimd)
    string(APPEND etape_missing "no xsimd found, expected 8.1 or later (Debian: apt-get install libxsimd-dev)\n")
endif()

# OpenBLAS where it is installed, otherwise whatever BLAS the system offers.
if(NOT DEFINED BLA_VENDOR)
    set(BLA_VENDOR OpenBLAS)
    find_package(BLAS QUIET)
    unset(BLA_VENDOR)
endif()
if(NOT TARGET BLAS::BLAS)
    find_package(BLAS QUIET)
endif()
if(TARGET BLAS::BLAS)
    find_package(LAPACK QUIET)
endif()
if(NOT TARGET BLAS::BLAS OR NOT TARGET LAPACK::LAPACK)
    string(APPEND etape_missing "no BLAS with LAPACK found (Debian: apt-get install libopenblas-dev)\n")
endif()
