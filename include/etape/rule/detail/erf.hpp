// SPDX-License-Identifier: BSL-1.0
// erf and erfc of SIMD batches: rational approximations by region, accurate in the tail.
#pragma once

#include <array>

#include <etape/rule/detail/exp_square.hpp>

ETAPE_BEGIN_ARCH
namespace lane::detail
{
    template <class B, std::size_t N>
    ETAPE_ALWAYS_INLINE B horner(const B& x, const std::array<double, N>& c)
    {
        B y = constant<B>(c[N - 1]);
        for (std::size_t k = N - 1; k-- > 0;)
        {
            y = simd::fma(y, x, constant<B>(c[k]));
        }
        return y;
    }

    // The 53-bit coefficients of Boost.Math (J. Maddock, boost/math/special_functions/erf.hpp, BSL-1.0).
    // |z| < 1/2:  erf(z) = z (Y + P(z^2)/Q(z^2))
    template <class B>
    ETAPE_ALWAYS_INLINE B erf_small(const B& z)
    {
        constexpr std::array p{0.0834305892146531832907, -0.338165134459360935041, -0.0509990735146777432841,
                               -0.00772758345802133288487, -0.000322780120964605683831};
        constexpr std::array q{1.0, 0.455004033050794024546, 0.0875222600142252549554, 0.00858571925074406212772,
                               0.000370900071787748000569};
        const B zz = z * z;
        return z * (constant<B>(1.044948577880859375) + horner(zz, p) / horner(zz, q));
    }

    // z >= 1/2:  erfc(z) = exp(-z^2)/z (Y + P(t)/Q(t)), t = z - centre, or 1/z in the tail. Regions without a
    // lane in them are skipped.
    template <class B>
    ETAPE_ALWAYS_INLINE B erfc_large(const B& z)
    {
        B f = constant<B>(0.0);
        const auto region = [&](const auto& mask, double y, const B& t, const auto& p, const auto& q)
        {
            if (xsimd::any(mask))
            {
                f = xsimd::select(mask, constant<B>(y) + horner(t, p) / horner(t, q), f);
            }
        };
        constexpr std::array p1{-0.098090592216281240205, 0.178114665841120341155, 0.191003695796775433986,
                                0.0888900368967884466578, 0.0195049001251218801359, 0.00180424538297014223957};
        constexpr std::array q1{1.0, 1.84759070983002217845, 1.42628004845511324508, 0.578052804889902404909,
                                0.12385097467900864233, 0.0113385233577001411017, 0.337511472483094676155e-5};
        constexpr std::array p2{-0.0243500476207698441272, 0.0386540375035707201728, 0.04394818964209516296,
                                0.0175679436311802092299, 0.00323962406290842133584, 0.000235839115596880717416};
        constexpr std::array q2{1.0, 1.53991494948552447182, 0.982403709157920235114, 0.325732924782444448493,
                                0.0563921837420478160373, 0.00410369723978904575884};
        constexpr std::array p3{0.00295276716530971662634, 0.0137384425896355332126, 0.00840807615555585383007,
                                0.00212825620914618649141, 0.000250269961544794627958, 0.113212406648847561139e-4};
        constexpr std::array q3{1.0, 1.04217814166938418171, 0.442597659481563127003, 0.0958492726301061423444,
                                0.0105982906484876531489, 0.000479411269521714493907};
        constexpr std::array p4{0.00628057170626964891937, 0.0175389834052493308818, -0.212652252872804219852,
                                -0.687717681153649930619, -2.5518551727311523996, -3.22729451764143718517,
                                -2.8175401114513378771};
        constexpr std::array q4{1.0, 2.79257750980575282228, 11.0567237927800161565, 15.930646027911794143,
                                22.9367376522880577224, 13.5064170191802889145, 5.48409182238641741584};
        const B a = constant<B>(1.5), b = constant<B>(2.5), c = constant<B>(4.5);
        region(z < a, 0.405935764312744140625, z - constant<B>(0.5), p1, q1);
        region((z >= a) & (z < b), 0.50672817230224609375, z - a, p2, q2);
        region((z >= b) & (z < c), 0.5405750274658203125, z - constant<B>(3.5), p3, q3);
        region(z >= c, 0.5579090118408203125, constant<B>(1.0) / z, p4, q4);
        return exp_minus_square(z) * f / z;
    }

    template <class B>
    ETAPE_ALWAYS_INLINE B erf(const B& x)
    {
        const B half = constant<B>(0.5);
        const B z = xsimd::abs(x);
        const auto small = z < half;
        B y = erf_small(x);
        if (!xsimd::all(small))
        {
            const B tail = constant<B>(1.0) - erfc_large(xsimd::select(small, half, z));
            y = xsimd::select(small, y, xsimd::copysign(tail, x));
        }
        return xsimd::select(x == x, y, x);
    }

    template <class B>
    ETAPE_ALWAYS_INLINE B erfc(const B& x)
    {
        const B half = constant<B>(0.5), one = constant<B>(1.0);
        const B z = xsimd::abs(x);
        const auto small = z < half;
        B y = one - erf_small(x);
        if (!xsimd::all(small))
        {
            const B tail = erfc_large(xsimd::select(small, half, z));
            y = xsimd::select(small, y, xsimd::select(x < constant<B>(0.0), constant<B>(2.0) - tail, tail));
        }
        return xsimd::select(x == x, y, x);
    }
}
ETAPE_END_ARCH
