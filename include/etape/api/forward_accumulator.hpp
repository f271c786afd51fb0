// SPDX-License-Identifier: BSL-1.0
// Forward mode as an object: tangents accumulate while it lives, and are asked for by value.
#pragma once
#include <etape/api/jvp.hpp>

ETAPE_BEGIN_ARCH
// forward_accumulator acc(x, v): from here on, everything computed from the variable x carries its derivative in the direction v.
// acc.jvp(y) is that of y: tracked, so that accumulators nest, outer.jvp(inner.jvp(y)), and mix with tapes. Several inputs come as
// structures of one form: acc(std::tie(x, y), std::tuple(v, w)). Throws rule_error when an input appears twice or is a constant,
// shape_error for a direction of another shape. Accumulators end in any order; one whose thread moved on is not used again.
class forward_accumulator
{
public:
    template <class X, class V>
    forward_accumulator(X const& x, V const& v, site where = site::current())
        : level_(where)
    {
        auto one = [&](auto const& a, auto const& d)
        {
            static_assert(!detail::leaf_type<std::remove_cvref_t<decltype(a)>>::is_constant,
                          "etape: forward_accumulator needs inputs that are variables, found a constant");
            if (!detail::set_direction(level_, a, d))
                throw rule_error("etape: forward_accumulator at " + to_string(where) + ": found an input twice, expected each input once");
        };
        detail::each_pair(x, v, one, "forward_accumulator: direction");
    }
    forward_accumulator(forward_accumulator const&) = delete;
    forward_accumulator& operator=(forward_accumulator const&) = delete;

    // The tangent of a value, or of each in a structure: zeros where it does not depend on the inputs.
    template <class Y>
    auto jvp(Y const& y, site where = site::current())
    {
        const auto r = detail::returned_all(y, where);
        auto one = [&](auto const& e) { return detail::tangent_of<true>(level_, e); };
        return detail::results_like(r, one);
    }

private:
    runtime::level level_;
};
ETAPE_END_ARCH
