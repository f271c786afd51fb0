// SPDX-License-Identifier: BSL-1.0
// Random programs: initial values of the registers, directions, and the weights of the result.
#pragma once
#include <random/program.hpp>

namespace programs
{
    // Below, at and above the width of a lane.
    inline constexpr std::size_t row_sizes[] = {1, 2, 3, 5};
    inline constexpr std::size_t column_sizes[] = {1, 2, 3, 5, 8, 9, 17};

    using plain_vector = xt::xtensor<double, 1>;
    using plain_matrix = xt::xtensor<double, 2>;
    using inputs = std::tuple<double, double, plain_vector, plain_vector, plain_vector,
                              plain_vector, plain_vector, plain_matrix, plain_matrix>;

    class numbers
    {
    public:
        explicit numbers(std::uint64_t seed)
            : state_(seed * 2654435761u + 12345)
        {
        }
        // in (-1.2, 1.2)
        double next()
        {
            state_ = state_ * 6364136223846793005u + 1442695040888963407u;
            return 2.4 * (static_cast<double>(state_ >> 11) * 0x1p-53 - 0.5);
        }

    private:
        std::uint64_t state_;
    };

    template <class F>
    void each_number(double& x, F f)
    {
        f(x);
    }
    template <std::size_t N, class F>
    void each_number(xt::xtensor<double, N>& x, F f)
    {
        for (double& e : x)
            f(e);
    }
    inline inputs some_inputs(std::size_t m, std::size_t n, std::uint64_t seed)
    {
        inputs all;
        for (auto* v : {&std::get<2>(all), &std::get<3>(all), &std::get<4>(all)})
            v->resize({n});
        for (auto* v : {&std::get<5>(all), &std::get<6>(all)})
            v->resize({m});
        for (auto* v : {&std::get<7>(all), &std::get<8>(all)})
            v->resize({m, n});
        numbers source(seed);
        std::apply([&](auto&... x)
                   { (each_number(x, [&](double& e) { e = source.next(); }), ...); },
                   all);
        return all;
    }
    inline inputs moved(inputs const& x, inputs const& v, double h)
    {
        inputs y = x;
        [&]<std::size_t... K>(std::index_sequence<K...>)
        {
            const auto add = [h](auto& to, auto const& d)
            {
                if constexpr (std::is_arithmetic_v<std::remove_cvref_t<decltype(d)>>)
                    to += h * d;
                else
                    for (std::size_t i = 0; i < to.size(); ++i)
                        to.data()[i] += h * d.data()[i];
            };
            (add(std::get<K>(y), std::get<K>(v)), ...);
        }
        (std::make_index_sequence<std::tuple_size_v<inputs>>{});
        return y;
    }

    inline plain_matrix weights(std::size_t rows, std::size_t columns)
    {
        plain_matrix w({rows, columns});
        for (std::size_t i = 0; i < w.size(); ++i)
            w.data()[i] = std::cos(1.0 + 2.4 * static_cast<double>(i));
        return w;
    }
    // Each number of x moved by about 2^-50 of itself.
    inline inputs nudged(inputs x, std::uint64_t seed)
    {
        numbers source(seed);
        std::apply([&](auto&... e) { (each_number(e, [&](double& v) { v *= 1 + source.next() * 0x1p-50; }), ...); }, x);
        return x;
    }
}
