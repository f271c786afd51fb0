// SPDX-License-Identifier: BSL-1.0
// Vectors of numbers as arrays of xtensor, without a copy.
#pragma once
#include <array>
#include <vector>

#include <xtensor/xadapt.hpp>
#include <xtensor/xtensor.hpp>

namespace gradbench
{
    template <class... N>
    auto shown(std::vector<double> const& x, N... shape)
    {
        return xt::adapt(x.data(), x.size(), xt::no_ownership(), std::array<std::size_t, sizeof...(N)>{shape...});
    }
    template <class... N>
    auto shown(std::vector<double>& x, N... shape)
    {
        return xt::adapt(x.data(), x.size(), xt::no_ownership(), std::array<std::size_t, sizeof...(N)>{shape...});
    }
    inline auto shown(std::vector<double> const& x)
    {
        return shown(x, x.size());
    }
    inline auto shown(std::vector<double>& x)
    {
        return shown(x, x.size());
    }
}
