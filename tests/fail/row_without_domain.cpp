// SPDX-License-Identifier: BSL-1.0
// A row of the rule table that does not say where it holds.
// EXPECT: etape: a row of the rule table lacks a member
#include <etape/rule/table.hpp>

ETAPE_BEGIN_ARCH
namespace rule
{
    struct twice : unary
    {
        ETAPE_ROW(twice, 1, 0.5, 0.5, "2", "")
#ifdef ETAPE_CONTROL
        ETAPE_DOMAIN(everywhere)
#endif
        ETAPE_NEEDS(need::nothing)
        ETAPE_VALUE1(a + a)
        ETAPE_NO_AUX
        ETAPE_PULL1(g + g)
        ETAPE_PUSH1(da + da)
    };
    inline constexpr auto table_with_twice = detail::rows<detail::first, twice>::table;
}
ETAPE_END_ARCH
