// SPDX-License-Identifier: BSL-1.0
// First derivatives of analytic rows against the complex step: a second reference, which shares nothing with the first.
#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <cmath>
#include <random>

#include "proof/complex_step.hpp"
#include "proof/verdict.hpp"

BOOST_AUTO_TEST_SUITE(rule_complex_step)

BOOST_AUTO_TEST_CASE(analytic_rows)
{
    using namespace etape_test::proof;
    std::mt19937_64 random(20260101);
    std::size_t rows = 0;
    for (auto const& lanes : table())
    {
        auto const& info = lanes.front().info;
        if (!has_complex_step(info.name))
        {
            continue;
        }
        ++rows;
        for (int k = 0; k < 100; ++k)
        {
            arguments at;
            for (std::size_t j = 0; j < info.arity; ++j)
            {
                const double low = std::max(info.domain[j].low, -8.0), high = std::min(info.domain[j].high, 8.0);
                at.a[j] = std::uniform_real_distribution<>(low, high)(random);
                if (info.whole[j])
                    at.a[j] = std::round(at.a[j]);
            }
            for (auto const& lane : lanes)
            {
                if (lane.single)
                {
                    continue;
                }
                outcome o[max_width];
                lane.run(&at, 1, o);
                for (std::size_t j = 0; j < info.arity; ++j)
                {
                    if (!info.active[j])
                        continue;
                    const exact e = complex_step(info.name, at, j);
                    // half of the last bit of a long double, amplified
                    const double bound = info.derivative_ulp + 0.1;
                    for (const double found : {o[0].reverse[j], o[0].forward[j], o[0].reverse_fused[j], o[0].forward_fused[j]})
                    {
                        const double u = ulps(found, e, false, info.derivative_floor);
                        BOOST_TEST(u <= bound, info.name << " on " << lane.lane << ", argument " << j << " at (" << at.a[0] << ", " << at.a[1]
                                                         << "): " << found << ", expected " << e.high << ": " << u << " ulp");
                    }
                }
            }
        }
    }
    BOOST_TEST(rows > 64u);
}

BOOST_AUTO_TEST_SUITE_END()
