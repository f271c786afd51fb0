// SPDX-License-Identifier: BSL-1.0
// Reverse mode as functions of functions, with JAX's names: value_and_grad, grad, vjp.
#pragma once
#include <memory>
#include <vector>

#include <etape/api/derivative.hpp>
#include <etape/api/detail/pairs.hpp>

ETAPE_BEGIN_ARCH
// The value of a function and its derivative: of one argument, or a std::tuple for several, in the structure of the arguments.
template <class V, class G>
struct value_and_gradient
{
    V value;
    G gradient;
};

namespace detail
{
    template <class F>
    struct value_and_grad_function
    {
        F f;
        template <class... X>
        auto operator()(X const&... x) const
        {
            constexpr bool tracked = (tracked_argument<X>() || ...);
            reverse_call<tracked> call("grad", false, site{});
            const std::tuple<decltype(own_argument<true>(x))...> own{own_argument<true>(x)...};
            call.open(own);
            expect_generic<F const&>(own);
            const auto y = detail::returned(std::apply(f, own), site{});
            static_assert(std::remove_cvref_t<decltype(y)>::rank == 0,
                          "etape: grad() needs a function whose result is one number: use jacobian() or vjp()");
            call.returned(y);
            target_request t;
            request_returned(t, y);
            auto g = alone_or_tuple(call.sweep(t, own));
            return value_and_gradient<decltype(value_of<tracked>(y)), decltype(g)>{value_of<tracked>(y), std::move(g)};
        }
    };
    template <class F>
    struct grad_function
    {
        value_and_grad_function<F> both;
        template <class... X>
        auto operator()(X const&... x) const
        {
            return both(x...).gradient;
        }
    };
}

// value_and_grad(f)(x...): f's value (a number) and its gradient, by one reverse sweep. Arguments are numbers, arrays, variables, and
// tuples, arrays, vectors, hana maps and adapted structs of them; f is called once, with tracked variables in their place.
// Arguments that are tracked give results that are tracked (variable<T>, tensor<T, N>), so that derivatives nest to any order; plain
// arguments give plain results (T, constant<T, N>). Numbers may be of any type that a variable holds (batches, dual numbers,
// multiprecision); their results are plain. Where f does not depend on an argument its gradient is 0. Throws
// missing_gradient when a path was lost (the text says where), rule_error for plain arguments inside a recording when f captures
// tracked values.
template <class F>
auto value_and_grad(F f)
{
    return detail::value_and_grad_function<F>{std::move(f)};
}
// grad(f)(x...): the gradient alone. grad(grad(f)) is the second derivative of a function of one number.
template <class F>
auto grad(F f)
{
    return detail::grad_function<F>{{std::move(f)}};
}

namespace detail
{
    // The weight of one number or array of a result.
    template <class W, class T>
    void seed_with(target_request& t, returned_number<T> const&, W const& w)
    {
        if constexpr (!is_compiled_number_v<T>)
        {
            static_assert(constant_of<W, T>, "etape: the weight of a number is a number");
            t.number_seed = std::make_unique<slot_of<T>>(constant_number<T>(w));
        }
        else
        {
            const auto seed = detail::returned(w, site{});
            static_assert(std::remove_cvref_t<decltype(seed)>::rank == 0,
                          "etape: the weight of a number is a number");
            t.scalar_seed = static_cast<double>(seed.value.value());
            t.seed_tag = seed.value.tag();
        }
    }
    template <class W, class T, std::size_t N>
    void seed_with(target_request& t, returned_array<T, N> const&, W const& w)
    {
        const auto seed = detail::returned(w, site{});
        static_assert(std::remove_cvref_t<decltype(seed)>::rank == N,
                      "etape: a weight has the rank of the result");
        t.seed = seed.values;
    }
}

// The value of f at x and its pullback: w -> gradient of sum(w f(x)), as often as wanted. Keeps the recording alive.
template <bool Tracked, class Y, class Own>
class pullback
{
public:
    pullback(std::unique_ptr<detail::reverse_call<Tracked>> call, Y y, Own own)
        : call_(std::move(call))
        , y_(std::move(y))
        , own_(std::move(own))
    {
    }
    // The value of f.
    auto value() const
    {
        return detail::values_of<Tracked>(y_);
    }
    // w has the structure and the shapes of the value. Throws shape_error for other shapes.
    template <class W>
    auto operator()(W const& w) const
    {
        static_assert(Tracked || !detail::tracked_argument<W>(),
                      "etape: the pullback of a function of plain arguments needs a plain weight: make an argument of vjp a variable");
        std::vector<target_request> targets;
        auto one = [&](auto const& y, auto const& weight)
        {
            auto& t = targets.emplace_back();
            detail::request_returned(t, y);
            detail::seed_with(t, y, weight);
        };
        detail::each_pair(y_, w, one, "vjp: weight");
        return detail::alone_or_tuple(call_->sweep(targets.data(), targets.size(), own_));
    }

private:
    std::unique_ptr<detail::reverse_call<Tracked>> call_;
    Y y_;
    Own own_;
};
// vjp(f, x...): f is called once, and may return a number, an array, or a structure of these.
template <class F, class... X>
auto vjp(F&& f, X const&... x)
{
    constexpr bool tracked = (detail::tracked_argument<X>() || ...);
    auto call = std::make_unique<detail::reverse_call<tracked>>("vjp", true, site{});
    std::tuple<decltype(detail::own_argument<true>(x))...> own{detail::own_argument<true>(x)...};
    call->open(own);
    detail::expect_generic<F&>(own);
    auto y = detail::returned_all(std::apply(f, own), site{});
    call->returned(y);
    call->close();
    return pullback<tracked, decltype(y), decltype(own)>(std::move(call), std::move(y), std::move(own));
}
ETAPE_END_ARCH
