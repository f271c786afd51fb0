// SPDX-License-Identifier: BSL-1.0
// Ulps of every result of a row, the worst kept with its place.
#include "measure.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

namespace etape_test::proof
{
    double ulps(double got, exact const& e, bool single, double floor)
    {
        constexpr double infinity = std::numeric_limits<double>::infinity();
        using f = std::numeric_limits<float>;
        using d = std::numeric_limits<double>;
        const double largest = single ? static_cast<double>(f::max()) : d::max();
        const int digits = single ? f::digits : d::digits;
        if (std::isnan(got))
        {
            return infinity;
        }
        // Beyond the largest number: infinity of this sign, or the largest itself.
        if (std::abs(e.high) > largest || std::isinf(got))
        {
            const bool same_side = std::signbit(got) == std::signbit(e.high);
            const double margin = largest * (1 - 16 * std::ldexp(1.0, -digits));
            return same_side && std::abs(got) > margin && std::abs(e.high) > margin ? 0 : infinity;
        }
        const double tiny = single ? static_cast<double>(f::min()) : d::min();
        if (std::abs(e.high) < tiny)
        {
            return std::abs(got - e.high) / std::max(tiny, floor);
        }
        const double size = std::max(std::abs(e.high), floor);
        const double ulp = std::ldexp(1.0, std::ilogb(size) - (digits - 1));
        return std::abs((got - e.high) - e.low) / ulp;
    }

    void error::take(double u, arguments const& where, double value, exact const& e,
                     char const* which)
    {
        if (u > ulp)
        {
            ulp = u;
            at = where;
            got = value;
            expected = e.high;
            what = which;
        }
    }

    namespace
    {
        bool in_range(exact const& e, bool single)
        {
            return e.defined &&
                std::abs(e.high) <= (single ? static_cast<double>(std::numeric_limits<float>::max())
                                            : std::numeric_limits<double>::max());
        }
        double smallest(bool single)
        {
            return single ? static_cast<double>(std::numeric_limits<float>::min())
                          : std::numeric_limits<double>::min();
        }
        bool whole(exact const& e, bool single)
        {
            return in_range(e, single) && (e.high == 0 || std::abs(e.high) >= smallest(single));
        }
        // A value below the normal range from which a derivative close to that range is made.
        bool lost_digits(sample const& s, row_info const& info, bool single)
        {
            const double close = std::ldexp(smallest(single), single ? 24 : 53);
            bool lost = false;
            for (std::size_t j = 0; j < info.arity; ++j)
            {
                lost = lost || (info.active[j] && std::abs(s.first[j].high) < close);
            }
            return lost && !whole(s.value, single);
        }
    }

    row_errors measure(row_on_lane const& row, std::vector<sample> const& samples)
    {
        row_errors worst;
        row_info const& info = row.info;
        outcome out[max_width];
        arguments in[max_width];
        for (std::size_t k = 0; k < samples.size(); k += row.width)
        {
            const std::size_t n = std::min(row.width, samples.size() - k);
            for (std::size_t l = 0; l < n; ++l)
            {
                in[l] = samples[k + l].at;
            }
            row.run(in, n, out);
            for (std::size_t l = 0; l < n; ++l)
            {
                sample const& s = samples[k + l];
                outcome const& o = out[l];
                const auto check =
                    [&](error& to, double got, exact const& e, double floor, char const* what)
                {
                    if (e.defined)
                    {
                        to.take(ulps(got, e, row.single, floor), s.at, got, e, what);
                    }
                };
                const double value_floor = std::max(info.value_floor, s.value_scale);
                check(worst.value, o.value, s.value, value_floor, "value");
                check(worst.value, o.value_aux, s.value, value_floor, "value with aux");
                check(worst.value, o.value_fused, s.value, value_floor, "value, fused");
                // Derivatives are claimed where the value is in the range of the type; second ones where all derivatives are,
                // and none has lost digits below the smallest normal number.
                if (!in_range(s.value, row.single) || lost_digits(s, info, row.single))
                {
                    continue;
                }
                bool second = true;
                for (std::size_t j = 0; j < info.arity; ++j)
                {
                    second = second && (!info.active[j] || whole(s.first[j], row.single));
                    for (std::size_t i = 0; i < info.arity; ++i)
                    {
                        second = second &&
                            (!info.active[i] || !info.active[j] ||
                             whole(s.second[j][i], row.single) || info.arity == 1);
                    }
                }
                for (std::size_t j = 0; j < info.arity; ++j)
                {
                    if (!info.active[j])
                    {
                        continue;
                    }
                    const double first_floor = std::max(info.derivative_floor, s.first_scale[j]);
                    check(worst.first, o.reverse[j], s.first[j], first_floor, "reverse");
                    check(worst.first, o.forward[j], s.first[j], first_floor, "forward");
                    check(worst.first, o.reverse_fused[j], s.first[j], first_floor,
                          "reverse, fused");
                    check(worst.first, o.forward_fused[j], s.first[j], first_floor,
                          "forward, fused");
                    for (std::size_t i = 0; i < info.arity; ++i)
                    {
                        if (info.active[i] && second)
                        {
                            const double floor = std::max(info.second_floor, s.second_scale[j][i]);
                            check(worst.second, o.second_reverse[j][i], s.second[j][i], floor,
                                  "forward over reverse");
                            check(worst.second, o.second_forward[j][i], s.second[j][i], floor,
                                  "forward over forward");
                            check(worst.second, o.second_reverse_fused[j][i], s.second[j][i], floor,
                                  "forward over reverse, fused");
                            check(worst.second, o.second_forward_fused[j][i], s.second[j][i], floor,
                                  "forward over forward, fused");
                        }
                    }
                }
            }
        }
        return worst;
    }
}
