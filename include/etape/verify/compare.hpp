// SPDX-License-Identifier: BSL-1.0
// Cross-verification: the reverse gradient of a function against dual-number forward mode and finite differences.
#pragma once
#include <cmath>
#include <span>
#include <tuple>

#include <etape/api/jvp.hpp>
#include <etape/verify/modes.hpp>

ETAPE_BEGIN_ARCH
namespace verify
{
    using runtime::comparison;
    using runtime::entry;
    using runtime::tolerances;
    using runtime::wrong_gradient;

    namespace detail
    {
        using etape::detail::number_t;

        template <class X>
        struct plain_input;
        template <class T>
        requires std::is_floating_point_v<T>
        struct plain_input<T>
        {
            using number = T;
            static constexpr std::size_t rank = 0;
        };
        template <class T>
        struct plain_input<variable<T, 0>>
        {
            using number = T;
            static constexpr std::size_t rank = 0;
        };
        template <etape::detail::expression X>
        struct plain_input<X>
        {
            using number = number_t<X>;
            static constexpr std::size_t rank = etape::detail::static_rank_v<X>;
        };

        // A copy of an input that can be nudged.
        template <class X>
        auto plain_copy(X const& x)
        {
            using T = typename plain_input<X>::number;
            constexpr auto N = plain_input<X>::rank;
            if constexpr (N == 0)
            {
                if constexpr (std::is_arithmetic_v<X>)
                    return static_cast<T>(x);
                else
                    return etape::value(x);
            }
            else if constexpr (etape::detail::is_tracked_v<X>)
                return xt::xtensor<T, N>(etape::value(x));
            else
                return xt::xtensor<T, N>(x);
        }
        template <class T>
        requires std::is_floating_point_v<T> std::span<T> entries_of(T& x)
        {
            return {&x, 1};
        }
        template <class T, std::size_t N>
        std::span<T> entries_of(xt::xtensor<T, N>& x)
        {
            return {x.data(), x.size()};
        }
        template <class X>
        std::vector<std::size_t> shape_of(X const& x)
        {
            if constexpr (plain_input<X>::rank == 0)
                return {};
            else
                return {x.shape().begin(), x.shape().end()};
        }
        template <class T>
        requires std::is_floating_point_v<T> variable<T, 0> tracked_copy(T x)
        {
            return variable<T, 0>(x);
        }
        template <class T, std::size_t N>
        variable<T, N> tracked_copy(xt::xtensor<T, N> const& x)
        {
            return variable<T, N>(x);
        }
        template <class X>
        X zero_direction(X const& x)
        {
            if constexpr (std::is_arithmetic_v<X>)
                return X(0);
            else
                return xt::zeros<typename X::value_type>(x.shape());
        }

        // Weights that make one number of a result of any shape: fixed, of mixed sign and size, so that errors do not cancel.
        inline double weight(std::size_t i)
        {
            return std::cos(1.0 + 2.399963229728653 * static_cast<double>(i));
        }
        // sum(weights * y), tracked when y is
        template <class Y>
        auto weighted(Y const& y)
        {
            if constexpr (is_scalar_variable_v<Y> || std::is_arithmetic_v<Y>)
                return etape::detail::settled_t<Y>(y);
            else
            {
                using T = number_t<Y>;
                constexpr auto N = etape::detail::static_rank_v<Y>;
                if constexpr (N == 0)
                    return etape::detail::evaluate_number<T>(y, site{});
                else
                {
                    const tensor<T, N> t(y);
                    xt::xtensor<T, N> w = xt::zeros<T>(t.shape());
                    for (std::size_t i = 0; i < w.size(); ++i)
                        w.data()[i] = static_cast<T>(weight(i));
                    return etape::sum(t * w);
                }
            }
        }

        // A function of plain inputs as the comparison calls it. Its code is made once for all modes: it is called, never inlined.
        template <class F>
        struct weighted_function
        {
            F const& f;

            template <class... V>
            ETAPE_NOINLINE auto operator()(V const&... v) const
            {
                return weighted(f(v...));
            }
        };
        template <class Y>
        double number_of(Y const& y)
        {
            if constexpr (std::is_arithmetic_v<Y>)
                return static_cast<double>(y);
            else
                return static_cast<double>(y.value());
        }
        // The reverse slopes of one input.
        template <class T, std::size_t N, bool Tracked>
        void add_entries(comparison& c, std::size_t input, gradient_result<T, N, Tracked> const& r)
        {
            if (!r && c.missing.empty())
                c.missing = r.why_not().text;
            const auto g = r.value_or_zero();
            const auto add = [&](std::size_t i, T slope)
            { c.all.push_back(entry{.input = input, .index = i, .reverse = static_cast<double>(slope), .missing = !r}); };
            if constexpr (N == 0)
                add(0, number_of(g));
            else
                for (std::size_t i = 0; i < g.size(); ++i)
                    add(i, g.data()[i]);
        }

        template <class T, class F, class... X>
        struct compared_function final : runtime::compared_function<T>
        {
            weighted_function<F> f;
            std::tuple<X...> inputs, directions;

            compared_function(F const& function, X... xs)
                : f{function},
                  inputs(std::move(xs)...),
                  directions(std::apply([](auto const&... x) { return std::tuple<X...>(zero_direction(x)...); }, inputs))
            {
                std::apply([&](auto&... x) { this->inputs_to_nudge = {entries_of(x)...}; }, inputs);
                std::apply([&](auto&... v) { this->directions_to_set = {entries_of(v)...}; }, directions);
            }
            auto variables() const
            {
                return std::apply([](auto const&... x) { return std::make_tuple(tracked_copy(x)...); }, inputs);
            }
            void reverse(comparison& c) override
            {
                const auto own = variables();
                tape t;
                const auto y = std::apply(f, own);
                c.value = number_of(y);
                const auto all = std::apply([&](auto const&... v) { return t.gradient(y, std::tie(v...)); }, own);
                std::size_t input = 0;
                std::apply([&](auto const&... g) { (add_entries(c, input++, g), ...); }, all);
            }
            double forward() override
            {
                return static_cast<double>(jvp(f, inputs, directions).tangent);
            }
            double value() override
            {
                return number_of(std::apply(f, variables()));
            }
            void record() override
            {
                const auto own = variables();
                tape t;
                std::apply(f, own);
            }
        };
    }

    // Compares d f / d x for every entry of every input: reverse mode (one sweep), forward mode (one jvp an entry), central
    // differences with Richardson extrapolation. A result that is not a number is weighted to one. f takes tracked variables
    // (plain copies of them are never passed: the same code runs in every mode) and is called about six times an entry; it has
    // to return the same value each time. Where the modes disagree, every statement of f is checked on its own
    // (checked_recording), so that the report names the wrong ones.
    template <class F, class... X>
    comparison compare_modes(tolerances const& allowed, F const& f, X const&... xs)
    {
        using T = typename detail::plain_input<std::tuple_element_t<0, std::tuple<X...>>>::number;
        detail::compared_function<T, F, decltype(detail::plain_copy(xs))...> g(f, detail::plain_copy(xs)...);
        return runtime::compare(g, {detail::shape_of(xs)...}, allowed);
    }
    template <class F, class... X>
    requires(!std::is_same_v<F, tolerances>) comparison compare_modes(F const& f, X const&... xs)
    {
        return compare_modes(tolerances{}, f, xs...);
    }

    // compare_modes for tests: throws wrong_gradient, whose text is the report, where the modes disagree.
    template <class F, class... X>
    comparison gradcheck(tolerances const& allowed, F const& f, X const&... xs)
    {
        auto c = compare_modes(allowed, f, xs...);
        if (!c.agree)
            throw wrong_gradient(std::move(c));
        return c;
    }
    template <class F, class... X>
    requires(!std::is_same_v<F, tolerances>) comparison gradcheck(F const& f, X const&... xs)
    {
        return gradcheck(tolerances{}, f, xs...);
    }
}
ETAPE_END_ARCH
