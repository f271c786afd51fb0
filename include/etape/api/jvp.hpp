// SPDX-License-Identifier: BSL-1.0
// Forward mode over arrays: values and tangents travel together through the same expressions, in separate arrays, by the
// forward rules. Nothing is swept.
#pragma once
#include <tuple>
#include <utility>

#include <etape/api/tape.hpp>
#include <etape/array/detach.hpp>
#include <etape/tape/forward.hpp>

ETAPE_BEGIN_ARCH
// y = f(x) and the derivative of f at x in the direction v: number or constant<T, N>, as f returns.
template <class V>
struct jvp_result
{
    V value;
    V tangent;
};

namespace detail
{
    // The state of one forward pass on this thread.
    class forward_scope
    {
    public:
        explicit forward_scope(site where)
            : core_(false, true, where)
        {
            if (core_.log().forward != nullptr)
                throw rule_error("etape: jvp: found a jvp in progress on this thread, expected none: nested forward mode is not "
                                 "supported over arrays; use dual<dual<T, N>, N> on scalars");
            core_.log().forward = &state_;
        }
        ~forward_scope()
        {
            core_.log().forward = nullptr;
        }
        forward_scope(forward_scope const&) = delete;
        forward_scope& operator=(forward_scope const&) = delete;
        record_log& log() noexcept
        {
            return core_.log();
        }
        forward_state& state() noexcept
        {
            return state_;
        }

    private:
        tape_core core_;
        forward_state state_;
    };

    // An input as a fresh variable of its own, with its tangent.
    template <class T>
    variable<T, 0> seeded(forward_scope& f, variable<T, 0> const& x, T v)
    {
        variable<T, 0> own(x.value());
        f.state().template set_scalar<T>(f.log().template id_of_scalar<T>(own.tag_for_recording()), v);
        return own;
    }
    template <class T>
        requires std::is_floating_point_v<T>
    variable<T, 0> seeded(forward_scope& f, T x, T v)
    {
        return seeded(f, variable<T, 0>(x), v);
    }
    template <expression X, expression V>
    auto seeded(forward_scope& f, X const& x, V const& v)
    {
        using T = number_t<X>;
        constexpr auto N = static_rank_v<X>;
        static_assert(N != dynamic_rank && N > 0, "etape: jvp needs inputs whose rank is known at compile time");
        static_assert(!is_tracked_v<V>, "etape: jvp needs a direction of plain numbers: use value(e)");
        runtime::silence quiet;
        auto values = evaluate<T>(x, site{});
        auto own = variable<T, N>(as_leaf<T>(make_alias<T>(*values), true, site{}));
        auto t = evaluate<T>(v, site{});
        auto const& b = *own.data_handle();
        if (t->rank != b.rank || !std::equal(b.shape, b.shape + b.rank, t->shape))
            throw_shape_error("jvp: direction", "shape " + shape_text(t->shape, t->rank), "the input's shape " + shape_text(b.shape, b.rank));
        const auto id = f.log().id_of(*own.data_handle(), sizeof(T) == sizeof(float));
        f.state().set_array(id, std::move(t));
        return own;
    }
    // The result and its tangent.
    template <class T>
    auto unseeded(forward_scope& f, variable<T, 0> const& y)
    {
        const auto id = f.log().template find_scalar<T>(y.tag());
        return jvp_result<T>{y.value(), id == record_log::no_id ? T(0) : f.state().template scalar<T>(id)};
    }
    template <expression Y>
    auto unseeded(forward_scope& f, Y const& y)
    {
        using T = number_t<Y>;
        constexpr auto N = static_rank_v<Y>;
        if constexpr (N == 0)
            return unseeded(f, evaluate_number<T>(y, site{}));
        else
        {
            static_assert(N != dynamic_rank, "etape: jvp needs a function whose result has a rank known at compile time");
            auto b = evaluate<T>(y, site{});
            const auto id = f.log().find(*b);
            auto* t = id == record_log::no_id ? nullptr : f.state().array(id);
            auto tangent = t != nullptr ? buffer_ptr::share(t) : zeros_like(*b, sizeof(T) == sizeof(float));
            return jvp_result<constant<T, N>>{constant<T, N>(make_alias<T>(*b)), constant<T, N>(std::move(tangent))};
        }
    }
    template <class Y>
        requires std::is_arithmetic_v<Y>
    auto unseeded(forward_scope&, Y y)
    {
        return jvp_result<Y>{y, Y(0)};
    }
}

// Jacobian times vector: f is called once, with tracked variables in place of x. Costs about two evaluations of f; the memory
// of a recording. Throws shape_error when v has another shape than x, rule_error inside another jvp.
template <class F, class X, class V>
auto jvp(F&& f, X const& x, V const& v, site where = site::current())
{
    detail::forward_scope scope(where);
    const auto own = detail::seeded(scope, x, v);
    return detail::unseeded(scope, std::forward<F>(f)(own));
}
// Several inputs: jvp(f, std::tuple(x, y), std::tuple(v, w)).
template <class F, class... X, class... V>
auto jvp(F&& f, std::tuple<X...> const& xs, std::tuple<V...> const& vs, site where = site::current())
{
    static_assert(sizeof...(X) == sizeof...(V), "etape: jvp needs one direction for each input");
    detail::forward_scope scope(where);
    return [&]<std::size_t... I>(std::index_sequence<I...>)
    {
        // braces: inputs are numbered in order
        const std::tuple<decltype(detail::seeded(scope, std::get<I>(xs), std::get<I>(vs)))...> own{
            detail::seeded(scope, std::get<I>(xs), std::get<I>(vs))...};
        return detail::unseeded(scope, std::forward<F>(f)(std::get<I>(own)...));
    }(std::index_sequence_for<X...>{});
}
ETAPE_END_ARCH
