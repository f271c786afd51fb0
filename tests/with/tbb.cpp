// SPDX-License-Identifier: BSL-1.0
// map_reduce_gradient on oneTBB, where it is installed.
#include <boost/test/unit_test.hpp>

#ifndef ETAPE_TEST_WITHOUT_TBB
#include <stdexcept>

#include <xtensor/xmath.hpp>

#include <etape/etape.hpp>
#include <etape/with/tbb.hpp>

namespace ad = etape;

BOOST_AUTO_TEST_CASE(tbb_gives_the_bits_of_the_serial_sum)
{
    std::vector<double> data;
    for (int i = 0; i < 300; ++i)
        data.push_back(0.01 * i);
    const ad::variable<double, 1> w{0.3, -0.4, 0.5};
    const auto f = [](double x, auto const& v) { return xt::sum(xt::exp(v * x)); };
    const auto serial = ad::map_reduce_gradient(ad::execution::serial{}, f, data, w);
    for (int threads : {0, 1, 2, 4})
    {
        const auto r = ad::map_reduce_gradient(ad::execution::tbb{threads}, f, data, w);
        BOOST_TEST(r.value == serial.value);
        BOOST_TEST((r.gradient == serial.gradient));
    }
    const auto bad = [](double x, auto const& v) { return x > 1.0 ? throw std::runtime_error("mine") : ad::variable<double>(xt::sum(v * x)); };
    BOOST_CHECK_THROW(ad::map_reduce_gradient(ad::execution::tbb{}, bad, data, w), std::runtime_error);
    BOOST_TEST(ad::map_reduce_gradient(ad::execution::tbb{}, f, data, w).value == serial.value);
}
#endif
