// SPDX-License-Identifier: BSL-1.0
// Cross-verification: the reverse gradient of a function against dual-number forward mode and finite differences.
#pragma once
#include <cmath>
#include <tuple>

#include <etape/api/jvp.hpp>
#include <etape/verify/report.hpp>

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
        requires std::is_floating_point_v<T> T* data_of(T& x)
        {
            return &x;
        }
        template <class T, std::size_t N>
        T* data_of(xt::xtensor<T, N>& x)
        {
            return x.data();
        }
        template <class T>
        requires std::is_floating_point_v<T> std::size_t size_of(T const&)
        {
            return 1;
        }
        template <class T, std::size_t N>
        std::size_t size_of(xt::xtensor<T, N> const& x)
        {
            return x.size();
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
        template <class T>
        requires std::is_floating_point_v<T> T unit_direction(T const&, std::size_t)
        {
            return T(1);
        }
        template <class T, std::size_t N>
        xt::xtensor<T, N> unit_direction(xt::xtensor<T, N> const& x, std::size_t i)
        {
            xt::xtensor<T, N> v = xt::zeros<T>(x.shape());
            v.data()[i] = T(1);
            return v;
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
        constexpr bool single = sizeof(T) == sizeof(float);
        constexpr double epsilon = std::numeric_limits<T>::epsilon();
        comparison c;
        auto inputs = std::make_tuple(detail::plain_copy(xs)...);
        c.shapes = {detail::shape_of(xs)...};
        const auto weighted_f = [&](auto const&... v) { return detail::weighted(f(v...)); };
        const auto number = [](auto const& y)
        {
            if constexpr (std::is_arithmetic_v<std::remove_cvref_t<decltype(y)>>)
                return static_cast<double>(y);
            else
                return static_cast<double>(y.value());
        };

        // reverse
        std::apply(
            [&](auto const&... x)
            {
                auto own = std::make_tuple(detail::tracked_copy(x)...);
                tape t;
                const auto y = std::apply(weighted_f, own);
                c.value = number(y);
                auto all = std::apply(
                    [&](auto const&... v) { return t.gradient(y, std::tie(v...)); }, own);
                std::size_t input = 0;
                std::apply(
                    [&](auto const&... g)
                    {
                        auto take = [&](auto const& r)
                        {
                            if (!r && c.missing.empty())
                                c.missing = r.why_not().text;
                            const auto v = r.value_or_zero();
                            const auto add = [&](std::size_t i, double slope)
                            {
                                entry e;
                                e.input = input;
                                e.index = i;
                                e.reverse = slope;
                                e.missing = !r;
                                c.all.push_back(e);
                            };
                            if constexpr (std::is_arithmetic_v<std::remove_cvref_t<decltype(v)>>)
                                add(0, static_cast<double>(v));
                            else
                                for (std::size_t i = 0; i < v.size(); ++i)
                                    add(i, static_cast<double>(v.data()[i]));
                            ++input;
                        };
                        (take(g), ...);
                    },
                    all);
            },
            inputs);

        // forward and differences, entry by entry
        const auto evaluate = [&]
        {
            runtime::silence quiet;
            return std::apply([&](auto const&... x)
                              { return number(weighted_f(detail::tracked_copy(x)...)); },
                              inputs);
        };
        c.again = evaluate();
        std::size_t at = 0;
        auto one_input = [&]<std::size_t I>()
        {
            auto& x = std::get<I>(inputs);
            for (std::size_t i = 0; i < detail::size_of(x); ++i, ++at)
            {
                auto& e = c.all[at];
                auto directions = std::apply(
                    [&](auto const&... y) { return std::make_tuple(detail::zero_direction(y)...); },
                    inputs);
                std::get<I>(directions) = detail::unit_direction(x, i);
                e.forward = static_cast<double>(jvp(weighted_f, inputs, directions).tangent);

                T& entry_of_x = detail::data_of(x)[i];
                const T keep = entry_of_x;
                auto central = [&](double step)
                {
                    entry_of_x = static_cast<T>(static_cast<double>(keep) + step);
                    const double up = evaluate(), x_up = static_cast<double>(entry_of_x);
                    entry_of_x = static_cast<T>(static_cast<double>(keep) - step);
                    const double down = evaluate(), x_down = static_cast<double>(entry_of_x);
                    entry_of_x = keep;
                    return std::make_tuple((up - down) / (x_up - x_down),
                                           epsilon * std::max(std::abs(up), std::abs(down)) / step);
                };
                // (4 D(h) - D(2h)) / 3, error about |D(h) - D(2h)| / 3 plus rounding. Smaller steps only where the first disagrees:
                // the estimate with the least error of its own counts.
                double h = std::pow(epsilon, 1.0 / 5.0) *
                    std::max(1.0, std::abs(static_cast<double>(keep))) * 0.5;
                for (int attempt = 0; attempt < 3; ++attempt, h /= 16)
                {
                    const auto [near, rounding] = central(h);
                    const auto [far, rounding_far] = central(2 * h);
                    const double found = (4 * near - far) / 3,
                                 error = std::abs(near - far) / 3 + 8 * rounding + rounding_far;
                    if (attempt == 0 || error < e.difference_error)
                    {
                        e.finite_difference = found;
                        e.difference_error = error;
                    }
                    if (std::abs(e.finite_difference - e.reverse) <= e.difference_error)
                        break;
                }
            }
        };
        [&]<std::size_t... I>(std::index_sequence<I...>)
        {
            (one_input.template operator()<I>(), ...);
        }
        (std::index_sequence_for<X...>{});
        auto bound = allowed;
        if (bound.relative == 0)
            bound.relative = 256 * epsilon;
        runtime::summarise(c, single, bound);
        if (!c.agree && !runtime::forward_in_progress())
            std::apply(
                [&](auto const&... x)
                {
                    checked_recording checked(on_wrong_rule::collect,
                                              std::isfinite(allowed.ulps) ? allowed.ulps * epsilon
                                                                          : 0);
                    auto own = std::make_tuple(detail::tracked_copy(x)...);
                    tape t;
                    std::apply(weighted_f, own);
                    c.wrong_statements = checked.wrong();
                },
                inputs);
        return c;
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
