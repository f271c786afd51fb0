// SPDX-License-Identifier: BSL-1.0
// A row whose derivative is far from exact must say why.
// EXPECT: etape: a row of the rule table lacks a member
#include <etape/rule/table.hpp>

ETAPE_BEGIN_ARCH
namespace rule
{
    struct twice : unary
    {
        ETAPE_ROW(twice, 1, 0.5, 100, "2", "")
#ifdef ETAPE_CONTROL
        static constexpr const char* note = "the derivative cancels";
#endif
        ETAPE_DOMAIN(everywhere)
        ETAPE_NEEDS(need::nothing)
        ETAPE_VALUE1(a + a)
        ETAPE_NO_AUX
        ETAPE_PULL1(g + g)
        ETAPE_PUSH1(da + da)
    };
    inline constexpr auto table_with_twice = detail::rows<detail::first, twice>::table;
}
ETAPE_END_ARCH
