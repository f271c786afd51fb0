// SPDX-License-Identifier: BSL-1.0
// Scalars that are made while a recording is silenced have numbers that the recording does not give again.
#include <boost/test/unit_test.hpp>

#include <etape/etape.hpp>
#include <etape/tape/silence.hpp>

BOOST_AUTO_TEST_SUITE(silence)

namespace ad = etape;

BOOST_AUTO_TEST_CASE(a_scalar_made_in_silence_is_a_leaf_of_its_own)
{
    ad::variable<double> x = 3.0;
    ad::tape t;
    ad::variable<double> y = x * x;
    ad::variable<double> z;
    {
        const ad::runtime::silence quiet;
        z = ad::variable<double>(5.0);
    }
    ad::variable<double> w = y * x + z * 2.0;
    ad::variable<double> last = w * z;
    const auto [dx, dy, dz] = t.gradient(last, x, y, z);
    // last = (y x + 2 z) z with y = x^2
    BOOST_TEST(*dy == 15.0);
    BOOST_TEST(*dx == 5.0 * 27.0);
    BOOST_TEST(*dz == 27.0 + 4.0 * 5.0);
}

BOOST_AUTO_TEST_CASE(nothing_made_nothing_changes)
{
    ad::variable<double> x = 3.0;
    ad::tape t;
    ad::variable<double> y = x * x;
    const auto before = t.statistics().statements;
    {
        const ad::runtime::silence quiet;
    }
    BOOST_TEST(t.statistics().statements == before);
    ad::variable<double> z = y * x;
    BOOST_TEST(t.statistics().statements == before + 1);
    BOOST_TEST(*t.gradient(z, x) == 27.0);
}

BOOST_AUTO_TEST_SUITE_END()
