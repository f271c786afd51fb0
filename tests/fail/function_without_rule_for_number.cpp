// SPDX-License-Identifier: BSL-1.0
// A function that is computed with the digits of a double, of a number with fifty.
// EXPECT: etape: this function has no rule for the number type of the variable
#include <boost/multiprecision/cpp_bin_float.hpp>
#include <etape/etape.hpp>

using number = etape::variable<boost::multiprecision::cpp_bin_float_50>;

number program(number const& x)
{
#ifdef ETAPE_CONTROL
    return erf(x);
#else
    return lambert_w(x);
#endif
}
