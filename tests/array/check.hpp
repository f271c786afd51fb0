// SPDX-License-Identifier: BSL-1.0
// An expression on tracked arrays against the same generic code on plain ones: values and derivatives, by three modes.
#pragma once
#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>
#include <functional>
#include <limits>

#include <semantics/expect.hpp>

#include <etape/verify/compare.hpp>

namespace check
{
    using expect::numbers;

    template <class E>
    std::vector<std::size_t> shape_of(E const& e)
    {
        return {e.shape().begin(), e.shape().end()};
    }

    // Equal up to a few roundings (of epsilon) of the largest element: whether a*b + c is contracted to one rounding is the
    // compiler's choice, in our kernels as in xtensor's loops.
    inline expect::predicate_result near(std::vector<double> const& found, std::vector<double> const& expected, double epsilon)
    {
        double largest = 0;
        for (double x : expected)
            if (std::isfinite(x))
                largest = std::max(largest, std::abs(x));
        bool good = found.size() == expected.size();
        for (std::size_t i = 0; good && i < found.size(); ++i)
            good = found[i] == expected[i] || (std::isnan(found[i]) && std::isnan(expected[i])) ||
                   std::abs(found[i] - expected[i]) <= 8 * epsilon * largest;
        if (good)
            return expect::predicate_result(true);
        expect::predicate_result r(false);
        r.message() << "found " << expect::text(found) << ", expected " << expect::text(expected);
        return r;
    }

    template <class T>
    xt::xarray<T> weights(std::vector<std::size_t> const& shape)
    {
        xt::xarray<T> w = xt::zeros<T>(shape);
        for (std::size_t i = 0; i < w.size(); ++i)
            w.data()[i] = static_cast<T>(std::cos(1.0 + 2.4 * static_cast<double>(i)));
        return w;
    }
    template <class T>
    ad::variable<T> weighted_array(ad::buffer_ptr b)
    {
        const auto w = weights<T>({b->shape, b->shape + b->rank});
        switch (b->rank)
        {
        case 1: return ad::sum(ad::tensor<T, 1>(b) * w);
        case 2: return ad::sum(ad::tensor<T, 2>(b) * w);
        case 3: return ad::sum(ad::tensor<T, 3>(b) * w);
        case 4: return ad::sum(ad::tensor<T, 4>(b) * w);
        case 5: return ad::sum(ad::tensor<T, 5>(b) * w);
        default: return ad::detail::read_element<T>(*b, 0);
        }
    }
    // One number of a result of any rank, by a stored array and (fused) by one reduction.
    template <bool Fused, class E>
    auto weighted(E const& e)
    {
        using T = ad::detail::number_t<E>;
        if constexpr (ad::is_scalar_variable_v<E>)
            return e;
        else if constexpr (ad::detail::static_rank_v<E> == 0)
            return ad::detail::evaluate_number<T>(e, {});
        else if constexpr (Fused)
            return ad::sum(e * weights<T>(shape_of(e)));
        else
            return weighted_array<T>(ad::detail::evaluate<T>(e, {}));
    }

    inline void expect_agreement(ad::verify::comparison const& c)
    {
        BOOST_TEST(c.agree, c);
    }
    // f reduced to one number. Called, never inlined: the expressions of a test are compiled once, not for each use.
    template <bool Fused, class F>
    struct reduced
    {
        F const& f;

        template <class... X>
        ETAPE_NOINLINE auto operator()(X const&... x) const
        {
            return weighted<Fused>(f(x...));
        }
    };

    template <class F, class... X>
    void modes_agree(F const& f, X const&... x)
    {
        expect_agreement(ad::verify::compare_modes(reduced<false, F>{f}, x...));
        expect_agreement(ad::verify::compare_modes(reduced<true, F>{f}, x...));
    }

    template <class H>
    std::vector<std::uint64_t> bits_of(H const& h)
    {
        auto const& b = *h.data_handle();
        std::vector<std::uint64_t> all(b.size);
        for (std::size_t i = 0; i < b.size; ++i)
            all[i] = b.bytes / std::max<std::size_t>(b.size, 1) == sizeof(float) ? std::bit_cast<std::uint32_t>(b.template data<float>()[i])
                                                                                 : std::bit_cast<std::uint64_t>(b.template data<double>()[i]);
        return all;
    }
    // Two sweeps of one recording give the same bits, as does a second recording, which is of the same length; the inputs stay.
    template <class T, std::size_t... N>
    void sweeps_repeat(std::function<ad::variable<T>()> const& record, ad::variable<T, N> const&... x)
    {
        using all_bits = std::vector<std::vector<std::uint64_t>>;
        const all_bits before{bits_of(x)...};
        ad::tape t(true);
        const auto sweep = [&](ad::variable<T> const& y)
        {
            return std::apply([](auto const&... g) { return all_bits{bits_of(g.value_or_zero())...}; }, t.gradient(y, std::tie(x...)));
        };
        const auto y = record();
        const auto statistics = t.statistics();
        const auto first = sweep(y);
        BOOST_TEST((sweep(y) == first), "the second sweep differs");
        BOOST_TEST(t.statistics().statements == statistics.statements);
        t.reset();
        const auto again = record();
        BOOST_TEST(t.statistics().statements == statistics.statements);
        BOOST_TEST(t.statistics().tape_bytes == statistics.tape_bytes);
        BOOST_TEST(t.statistics().kept_bytes == statistics.kept_bytes);
        BOOST_TEST((sweep(again) == first), "the sweep of the second recording differs");
        BOOST_TEST((all_bits{bits_of(x)...} == before), "an input changed");
    }

    template <class T>
    void same_values(ad::buffer const& found, xt::xarray<T> const& expected)
    {
        const std::vector<std::size_t> shape(found.shape, found.shape + found.rank);
        BOOST_TEST(near(numbers(xt::xarray<T>(xt::adapt(found.data<T>(), found.size, xt::no_ownership(), shape))), numbers(expected),
                        static_cast<double>(std::numeric_limits<T>::epsilon())));
        BOOST_TEST(shape == shape_of(expected), boost::test_tools::per_element());
    }

    // f is generic: plain arrays in, plain values out; variables in, tracked values out. Values are equal up to
    // roundings, derivatives agree in reverse mode, forward mode and finite differences.
    template <class F, class T, std::size_t... N>
    void agrees(F const& f, ad::variable<T, N> const&... x)
    {
        const auto plain = [&](auto const&... a) { return xt::xarray<T>(f(a...)); }(xt::xtensor<T, N>(ad::value(x))...);
        {
            ad::tape t;
            same_values(*ad::detail::evaluate<T>(f(x...), {}), plain);
        }
        modes_agree(f, x...);
        sweeps_repeat<T>([&] { return ad::variable<T>(reduced<true, F>{f}(x...)); }, x...);
    }

    // Numbers that are not regular, away from zero and from each other.
    template <class T, std::size_t N>
    ad::variable<T, N> some(std::array<std::size_t, N> const& shape, double shift = 0.0)
    {
        xt::xtensor<T, N> a(shape);
        double v = 0.37 + shift;
        for (auto& x : a)
        {
            v = v * 1.618 + 0.31;
            v -= 2.0 * static_cast<int>(v / 2.0);
            x = static_cast<T>(v + 0.25);
        }
        return ad::variable<T, N>(a);
    }
    template <class T = double, class... S>
    auto array(S... extents)
    {
        return some<T>(std::array<std::size_t, sizeof...(S)>{static_cast<std::size_t>(extents)...});
    }
}
