// SPDX-License-Identifier: BSL-1.0
// Differences in 100 digits, and the splitting of exact numbers.
#include "reference.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include <boost/math/constants/constants.hpp>

#include "reference_table.hpp"

namespace etape_test::proof
{
    namespace
    {
        definitions const& table()
        {
            static const definitions all = []
            {
                definitions d;
                define_elementary(d);
                define_choices(d);
                define_special(d);
                define_logarithmic(d);
                define_normal(d);
                define_gamma(d);
                return d;
            }();
            return all;
        }

        exact split(real const& x)
        {
            if (isnan(x))
            {
                return {};
            }
            const double high = static_cast<double>(x);
            if (std::isinf(high))
            {
                return {high, 0, true};
            }
            if (high == 0 && x != 0)
            {
                return {
                    std::copysign(std::numeric_limits<double>::denorm_min(), x < 0 ? -1.0 : 1.0), 0,
                    true};
            }
            return {high, static_cast<double>(real(x - high)), true};
        }

        real reduce(double x)
        {
            using wide = boost::multiprecision::number<boost::multiprecision::cpp_bin_float<450>,
                                                       boost::multiprecision::et_off>;
            const wide turn = 2 * boost::math::constants::pi<wide>();
            const wide w(x);
            const wide n = floor(wide(w / turn + 0.5));
            return real(wide(w - n * turn));
        }

        // The step of differences: 1e-20 of 1, of a larger argument, or of the distance to the next point where the function is
        // not smooth.
        real step(definition const& d, real const& x)
        {
            real length = abs(x) < 1 || d.periodic ? real(1) : real(abs(x));
            for (const double s : d.special)
            {
                const real distance = abs(x - real(s));
                if (distance != 0 && distance < length)
                {
                    length = distance;
                }
            }
            return length * real("1e-20");
        }
    }

    bool has_reference(std::string const& rule)
    {
        return table().count(rule) != 0;
    }
    std::vector<double> special_points(std::string const& rule)
    {
        return table().at(rule).special;
    }
    bool is_mirrored(std::string const& rule)
    {
        return table().at(rule).mirrored;
    }
    bool is_costly(std::string const& rule)
    {
        return table().at(rule).costly;
    }

    sample evaluate(std::string const& rule, arguments const& at, std::size_t arity)
    {
        definition const& d = table().at(rule);
        sample s;
        s.at = at;
        real x[max_arity];
        for (std::size_t j = 0; j < arity; ++j)
        {
            x[j] = d.periodic && j == 0 ? reduce(at.a[j]) : real(at.a[j]);
        }
        const real centre = d.f(x);
        s.value = split(centre);
        s.value_scale = d.value_scale == nullptr ? 0 : static_cast<double>(d.value_scale(x));
        const auto special = [&](std::size_t j)
        { return std::find(d.special.begin(), d.special.end(), at.a[j]) != d.special.end(); };
        const auto shifted = [&](std::size_t j, real const& h, std::size_t i, real const& k)
        {
            real y[max_arity];
            std::copy(x, x + max_arity, y);
            y[j] += h;
            y[i] += k;
            return d.f(y);
        };
        for (std::size_t j = 0; j < arity; ++j)
        {
            s.first_scale[j] = d.first_scale.empty() ? 0 : static_cast<double>(d.first_scale[j](x));
            const real h = step(d, x[j]);
            if (!d.first.empty())
            {
                s.first[j] = d.first[j] == nullptr ? exact{} : split(d.first[j](x));
            }
            else if (!special(j))
            {
                s.first[j] = split((shifted(j, h, j, 0) - shifted(j, -h, j, 0)) / (2 * h));
            }
            for (std::size_t i = 0; i < arity; ++i)
            {
                if (!d.second_scale.empty())
                {
                    s.second_scale[j][i] = static_cast<double>(d.second_scale[j * arity + i](x));
                }
                if (!d.second.empty())
                {
                    const function f = d.second[j * arity + i];
                    const bool known = i < j && f == d.second[i * arity + j];
                    s.second[j][i] = f == nullptr ? exact{} : known ? s.second[i][j] : split(f(x));
                }
                else if (special(j) || special(i))
                {
                    continue;
                }
                else if (!d.first.empty())
                {
                    // differences of the textbook derivative
                    const real k = step(d, x[i]);
                    real y[max_arity];
                    std::copy(x, x + max_arity, y);
                    y[i] = x[i] + k;
                    const real up = d.first[j](y);
                    y[i] = x[i] - k;
                    s.second[j][i] = split((up - d.first[j](y)) / (2 * k));
                }
                else if (i == j)
                {
                    s.second[j][i] =
                        split(((shifted(j, h, j, 0) - centre) + (shifted(j, -h, j, 0) - centre)) /
                              (h * h));
                }
                else
                {
                    const real k = step(d, x[i]);
                    s.second[j][i] = split(((shifted(j, h, i, k) - shifted(j, h, i, -k)) -
                                            (shifted(j, -h, i, k) - shifted(j, -h, i, -k))) /
                                           (4 * h * k));
                }
            }
        }
        return s;
    }
}
