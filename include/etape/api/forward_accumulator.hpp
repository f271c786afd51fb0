// SPDX-License-Identifier: BSL-1.0
// Forward mode as an object: tangents accumulate while it lives, and are asked for by value.
#pragma once
#include <etape/api/jvp.hpp>

ETAPE_BEGIN_ARCH
// forward_accumulator acc(x, v): from here on, everything computed from the variable x carries its derivative in the direction v.
// acc.jvp(y) is that of y: tracked, so that accumulators nest, outer.jvp(inner.jvp(y)) (the other way round is a rule_error), and mix
// with tapes. Several inputs come as structures of one form: acc(std::tie(x, y), std::tuple(v, w)). Throws rule_error when an input appears twice or is a constant,
// shape_error for a direction of another shape. Accumulators end in any order; one whose thread moved on is not used again.
class forward_accumulator
{
public:
    template <class X, class V>
    forward_accumulator(X const& x, V const& v, site const& where = site::current())
        : level_(where, runtime::level::asked::meanwhile)
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
    auto jvp(Y const& y, site const& where = site::current())
    {
        const auto r = detail::returned_all(y, where);
        auto one = [&](auto const& e) { return given(e, detail::tangent_of<true>(level_, e), where); };
        return detail::results_like(r, one);
    }

private:
    template <class T>
    variable<T, 0> given(detail::returned_number<T> const& y, variable<T, 0> const& tangent, site const& where)
    {
        level_.give<T>(y.value.tag_for_recording(), tangent.tag(), where);
        return tangent;
    }
    template <class T, std::size_t N>
    tensor<T, N> given(detail::returned_array<T, N> const& y, tensor<T, N> const& tangent, site const& where)
    {
        if (!level_.inner_level_moves(*y.values))
            return tangent;
        // Known again by an identity of its own: what nothing recorded may be memory that several share.
        auto t = tangent.data_handle();
        if (!detail::has_history(*t))
            t = detail::as_leaf<T>(make_alias<T>(*t), true, where);
        level_.give(*y.values, t, where);
        return tensor<T, N>(std::move(t));
    }

    runtime::level level_;
};
ETAPE_END_ARCH
