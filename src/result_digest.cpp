// SPDX-License-Identifier: BSL-1.0
// Results in two numbers each, to compare a function with itself when it runs again.
#include <cmath>

#include <etape/tape/isolation.hpp>

namespace etape::runtime
{
    namespace
    {
        // Element i has the weight 1 + (i mod lanes) / lanes.
        constexpr std::size_t lanes = 16;
        template <class T>
        result_digest digest(const T* v, std::size_t n)
        {
            double sum[lanes] = {}, size[lanes] = {};
            const std::size_t blocks = n / lanes * lanes;
            for (std::size_t i = 0; i < blocks; i += lanes)
                for (std::size_t k = 0; k < lanes; ++k)
                {
                    const auto x = static_cast<double>(v[i + k]);
                    sum[k] += x;
                    size[k] += std::abs(x);
                }
            for (std::size_t i = blocks; i < n; ++i)
            {
                const auto x = static_cast<double>(v[i]);
                sum[i - blocks] += x;
                size[i - blocks] += std::abs(x);
            }
            result_digest d;
            d.elements = n;
            for (std::size_t k = 0; k < lanes; ++k)
            {
                const double weight = 1 + static_cast<double>(k) / lanes;
                d.sum += weight * sum[k];
                d.size += weight * size[k];
            }
            return d;
        }
    }

    bool result_digest::same(result_digest const& b, bool single) const noexcept
    {
        const auto agree = [](double x, double y, double slack) { return x == y || (std::isnan(x) && std::isnan(y)) || std::abs(x - y) <= slack; };
        const double relative = (single ? 1e-3 : 1e-6) * (size + b.size), slack = std::isfinite(relative) ? relative : 0;
        return elements == b.elements && agree(sum, b.sum, slack) && agree(size, b.size, slack);
    }
    result_digest digest_of(buffer const& b, bool single)
    {
        return single ? digest(b.data<float>(), b.size) : digest(b.data<double>(), b.size);
    }
}
