// SPDX-License-Identifier: BSL-1.0
// Forward mode through the tape, of numbers that are neither float nor double.
// EXPECT: etape: this derivative takes float and double, found another number type
#include <boost/multiprecision/cpp_bin_float.hpp>
#include <etape/etape.hpp>

#ifdef ETAPE_CONTROL
using number = double;
#else
using number = boost::multiprecision::cpp_bin_float_50;
#endif

number program(number const& x)
{
    return etape::jvp([](auto const& v) { return v * v; }, x, x).tangent;
}
