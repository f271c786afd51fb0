// SPDX-License-Identifier: BSL-1.0
// An expression on tracked arrays against the same generic code on plain ones: values and derivatives, by three modes.
#pragma once
#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>
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

    // Equal up to a few roundings of the largest element: whether a*b + c is contracted to one rounding is the compiler's
    // choice, in our kernels as in xtensor's loops.
    template <class T>
    expect::predicate_result near(std::vector<double> const& found, std::vector<double> const& expected)
    {
        double largest = 0;
        for (double x : expected)
            if (std::isfinite(x))
                largest = std::max(largest, std::abs(x));
        bool good = found.size() == expected.size();
        for (std::size_t i = 0; good && i < found.size(); ++i)
            good = found[i] == expected[i] || (std::isnan(found[i]) && std::isnan(expected[i])) ||
                   std::abs(found[i] - expected[i]) <= 8 * static_cast<double>(std::numeric_limits<T>::epsilon()) * largest;
        if (good)
            return expect::predicate_result(true);
        expect::predicate_result r(false);
        r.message() << "found " << expect::text(found) << ", expected " << expect::text(expected);
        return r;
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
        else
        {
            xt::xarray<T> w = xt::zeros<T>(shape_of(e));
            for (std::size_t i = 0; i < w.size(); ++i)
                w.data()[i] = static_cast<T>(std::cos(1.0 + 2.4 * static_cast<double>(i)));
            if constexpr (Fused)
                return ad::sum(e * w);
            else
            {
                auto b = ad::detail::evaluate<T>(e, {});
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
        }
    }

    template <class F, class... X>
    void modes_agree(F const& f, X const&... x)
    {
        const auto stored = ad::verify::compare_modes([&](auto const&... v) { return weighted<false>(f(v...)); }, x...);
        BOOST_TEST(stored.agree, stored);
        const auto fused = ad::verify::compare_modes([&](auto const&... v) { return weighted<true>(f(v...)); }, x...);
        BOOST_TEST(fused.agree, fused);
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
    template <class F, class T, std::size_t... N>
    void sweeps_repeat(F const& f, ad::variable<T, N> const&... x)
    {
        const std::vector<std::vector<std::uint64_t>> before{bits_of(x)...};
        ad::tape t(true);
        const auto sweep = [&](auto const& y)
        {
            return std::apply([](auto const&... g) { return std::vector<std::vector<std::uint64_t>>{bits_of(g.value_or_zero())...}; },
                              t.gradient(y, std::tie(x...)));
        };
        const auto record = [&] { return weighted<true>(f(x...)); };
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
        BOOST_TEST((std::vector<std::vector<std::uint64_t>>{bits_of(x)...} == before), "an input changed");
    }

    // f is generic: plain arrays in, plain values out; variables in, tracked values out. Values are equal up to
    // roundings, derivatives agree in reverse mode, forward mode and finite differences.
    template <class F, class T, std::size_t... N>
    void agrees(F const& f, ad::variable<T, N> const&... x)
    {
        const auto plain = [&](auto const&... a) { return xt::xarray<T>(f(a...)); }(xt::xtensor<T, N>(ad::value(x))...);
        {
            ad::tape t;
            auto b = ad::detail::evaluate<T>(f(x...), {});
            BOOST_TEST(near<T>(numbers(xt::xarray<T>(xt::adapt(b->template data<T>(), b->size, xt::no_ownership(),
                                                               std::vector<std::size_t>(b->shape, b->shape + b->rank)))),
                               numbers(plain)));
            const std::vector<std::size_t> found(b->shape, b->shape + b->rank), expected = shape_of(plain);
            BOOST_TEST(found == expected, boost::test_tools::per_element());
        }
        modes_agree(f, x...);
        sweeps_repeat(f, x...);
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
