// SPDX-License-Identifier: BSL-1.0
// The derivative of a derivative of numbers that are neither float nor double.
// EXPECT: etape: derivatives of number types other than float and double are plain
#include <boost/multiprecision/cpp_bin_float.hpp>
#include <etape/etape.hpp>

#ifdef ETAPE_CONTROL
using number = double;
#else
using number = boost::multiprecision::cpp_bin_float_50;
#endif

number program(number const& x)
{
    const auto cube = [](auto const& v) { return v * v * v; };
    return etape::grad(etape::grad(cube))(x);
}
