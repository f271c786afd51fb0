// SPDX-License-Identifier: BSL-1.0
// A number whose operators return expressions.
// EXPECT: etape: variable<T> needs a T whose operators return T
#include <boost/multiprecision/cpp_bin_float.hpp>
#include <etape/etape.hpp>

namespace mp = boost::multiprecision;
#ifdef ETAPE_CONTROL
using number = mp::number<mp::cpp_bin_float<50>, mp::et_off>;
#else
using number = mp::number<mp::cpp_bin_float<50>, mp::et_on>;
#endif

number program(etape::variable<number> const& x)
{
    return x.value();
}
