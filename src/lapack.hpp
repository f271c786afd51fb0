// SPDX-License-Identifier: BSL-1.0
// The routines of LAPACK that linear algebra on the tape uses, in both precisions. Fortran: matrices by columns, so that a row-major matrix
// arrives transposed; the lengths of characters come last.
#pragma once
#include <cstddef>

extern "C"
{
#define ETAPE_LAPACK(P, T)                                                                                                                   \
    void P##getrf_(int const*, int const*, T*, int const*, int*, int*);                                                                      \
    void P##getrs_(char const*, int const*, int const*, T const*, int const*, int const*, T*, int const*, int*, std::size_t);                 \
    void P##potrf_(char const*, int const*, T*, int const*, int*, std::size_t);                                                              \
    void P##syevd_(char const*, char const*, int const*, T*, int const*, T*, T*, int const*, int*, int const*, int*, std::size_t,            \
                   std::size_t);                                                                                                             \
    void P##gesdd_(char const*, int const*, int const*, T*, int const*, T*, T*, int const*, T*, int const*, T*, int const*, int*, int*,      \
                   std::size_t);                                                                                                             \
    void P##geqrf_(int const*, int const*, T*, int const*, T*, T*, int const*, int*);                                                        \
    void P##orgqr_(int const*, int const*, int const*, T*, int const*, T const*, T*, int const*, int*);
    ETAPE_LAPACK(d, double)
    ETAPE_LAPACK(s, float)
#undef ETAPE_LAPACK
}

namespace etape::lapack
{
#define ETAPE_LAPACK(P, T)                                                                                                                   \
    inline void getrf(int n, T* a, int* pivots, int& info)                                                                                   \
    {                                                                                                                                        \
        P##getrf_(&n, &n, a, &n, pivots, &info);                                                                                             \
    }                                                                                                                                        \
    inline void getrs(char op, int n, int k, T const* lu, int const* pivots, T* b, int& info)                                                \
    {                                                                                                                                        \
        P##getrs_(&op, &n, &k, lu, &n, pivots, b, &n, &info, 1);                                                                             \
    }                                                                                                                                        \
    inline void potrf(char triangle, int n, T* a, int& info)                                                                                 \
    {                                                                                                                                        \
        P##potrf_(&triangle, &n, a, &n, &info, 1);                                                                                           \
    }                                                                                                                                        \
    inline void syevd(int n, T* a, T* w, T* work, int lwork, int* iwork, int liwork, int& info)                                              \
    {                                                                                                                                        \
        P##syevd_("V", "U", &n, a, &n, w, work, &lwork, iwork, &liwork, &info, 1, 1);                                                        \
    }                                                                                                                                        \
    inline void gesdd(int n, T* a, T* s, T* u, T* vt, T* work, int lwork, int* iwork, int& info)                                             \
    {                                                                                                                                        \
        P##gesdd_("A", &n, &n, a, &n, s, u, &n, vt, &n, work, &lwork, iwork, &info, 1);                                                      \
    }                                                                                                                                        \
    inline void geqrf(int m, int n, T* a, T* tau, T* work, int lwork, int& info)                                                             \
    {                                                                                                                                        \
        P##geqrf_(&m, &n, a, &m, tau, work, &lwork, &info);                                                                                  \
    }                                                                                                                                        \
    inline void orgqr(int m, int n, T* a, T const* tau, T* work, int lwork, int& info)                                                       \
    {                                                                                                                                        \
        P##orgqr_(&m, &n, &n, a, &m, tau, work, &lwork, &info);                                                                              \
    }
    ETAPE_LAPACK(d, double)
    ETAPE_LAPACK(s, float)
#undef ETAPE_LAPACK
}
