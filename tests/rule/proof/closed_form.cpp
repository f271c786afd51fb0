// SPDX-License-Identifier: BSL-1.0
// Textbook formulas that keep their digits, for any type of <cmath>; they know nothing of the rules.
#include "closed_form.hpp"

#include <cmath>
#include <map>
#include <type_traits>

#include <boost/math/constants/constants.hpp>

// clang-format off
#define ROW(NAME, ...) all[#NAME] = both([]<class R>([[maybe_unused]] const R a, [[maybe_unused]] const R b) -> jet<R> { __VA_ARGS__ })

namespace etape_test::proof
{
    namespace
    {
        template <class F>
        closed_form both(F f) { return {f, f}; }

        template <class R> R ln(int n) { return std::log(R(n)); }
        template <class R> R nan() { return std::numeric_limits<R>::quiet_NaN(); }
        template <class R> R cubed(R x) { return x * x * x; }
        template <class R> R logistic(R x) { return x < 0 ? std::exp(x) / (1 + std::exp(x)) : 1 / (1 + std::exp(-x)); }
        template <class R> R logistic_slope(R x) { const R e = std::exp(-std::abs(x)); return e / ((1 + e) * (1 + e)); }
        template <class R> R soft_plus(R x) { return (x > 0 ? x : R(0)) + std::log1p(std::exp(-std::abs(x))); }
        // exp(-x^2 / n): the rounding of a large square would be an error of the result
        template <class R> R gauss(R x, int n)
        {
            const R h = static_cast<R>(static_cast<float>(x));
            return std::abs(x) > 200 ? R(0) : std::exp(-h * h / n) * std::exp(-(x - h) * (x + h) / n);
        }

        std::map<std::string, closed_form> table()
        {
            std::map<std::string, closed_form> all;
            ROW(div, return {a / b, {1 / b, -a / (b * b)}, {0, -1 / (b * b), 2 * a / cubed(b)}};);
            ROW(cube, return {cubed(a), {3 * a * a}, {6 * a}};);
            ROW(sqrt, const R r = std::sqrt(a); return {r, {1 / (2 * r)}, {-1 / (4 * a * r)}};);
            ROW(rsqrt, const R r = std::sqrt(a); return {1 / r, {-1 / (2 * a * r)}, {3 / (4 * a * a * r)}};);
            ROW(cbrt, const R r = std::cbrt(a); return {r, {1 / (3 * r * r)}, {-2 / (9 * a * r * r)}};);
            ROW(pow, if (!(a > 0)) return {nan<R>(), {nan<R>(), nan<R>()}, {nan<R>(), nan<R>(), nan<R>()}};
                const R p = std::pow(a, b - 1), q = std::pow(a, b), l = std::log(a);
                return {q, {b * p, q * l}, {b * (b - 1) * std::pow(a, b - 2), p * (1 + b * l), q * l * l}, p * (1 + std::abs(b * l))};);
            ROW(hypot, const R r = std::hypot(a, b), p = a / r, q = b / r; return {r, {p, q}, {q * q / r, -p * q / r, p * p / r}};);
            ROW(exp, const R e = std::exp(a); return {e, {e}, {e}};);
            ROW(exp2, const R e = std::exp2(a); return {e, {ln<R>(2) * e}, {ln<R>(2) * ln<R>(2) * e}};);
            ROW(expm1, const R e = std::exp(a); return {std::expm1(a), {e}, {e}};);
            ROW(log, return {std::log(a), {1 / a}, {-1 / (a * a)}};);
            ROW(log2, return {std::log2(a), {1 / (ln<R>(2) * a)}, {-1 / (ln<R>(2) * a * a)}};);
            ROW(log10, return {std::log10(a), {1 / (ln<R>(10) * a)}, {-1 / (ln<R>(10) * a * a)}};);
            ROW(log1p, return {std::log1p(a), {1 / (1 + a)}, {-1 / ((1 + a) * (1 + a))}};);
            ROW(sin, const R s = std::sin(a); return {s, {std::cos(a)}, {-s}};);
            ROW(cos, const R c = std::cos(a); return {c, {-std::sin(a)}, {-c}};);
            ROW(tan, const R s = std::sin(a), c = std::cos(a); return {s / c, {1 / (c * c)}, {2 * s / cubed(c)}};);
            ROW(asin, const R s = (1 - a) * (1 + a), r = std::sqrt(s); return {std::asin(a), {1 / r}, {a / (s * r)}};);
            ROW(acos, const R s = (1 - a) * (1 + a), r = std::sqrt(s); return {std::acos(a), {-1 / r}, {-a / (s * r)}};);
            ROW(atan, const R s = 1 + a * a; return {std::atan(a), {1 / s}, {-2 * a / s / s}};);
            ROW(atan2, const R r = std::hypot(a, b), p = a / r, q = b / r, mixed = (a - b) / r * ((a + b) / r) / r / r;
                return {std::atan2(a, b), {q / r, -p / r}, {-2 * p * q / r / r, mixed, 2 * p * q / r / r}};);
            ROW(sinh, const R s = std::sinh(a); return {s, {std::cosh(a)}, {s}};);
            ROW(cosh, const R c = std::cosh(a); return {c, {std::sinh(a)}, {c}};);
            ROW(tanh, const R t = std::tanh(a), s = 4 * logistic_slope(2 * a); return {t, {s}, {-2 * t * s}};);
            ROW(asinh, const R s = 1 + a * a, r = std::sqrt(s); return {std::asinh(a), {1 / r}, {-a / r / s}};);
            ROW(acosh, const R p = a - 1, q = a + 1, r = std::sqrt(p) * std::sqrt(q); return {std::acosh(a), {1 / r}, {-a / r / p / q}};);
            ROW(atanh, const R s = (1 - a) * (1 + a); return {std::atanh(a), {1 / s}, {2 * a / (s * s)}};);
            ROW(erf, const R d = boost::math::constants::two_div_root_pi<R>() * gauss(a, 1); return {std::erf(a), {d}, {-2 * a * d}};);
            ROW(erfc, const R d = boost::math::constants::two_div_root_pi<R>() * gauss(a, 1); return {std::erfc(a), {-d}, {2 * a * d}};);
            ROW(normal_cdf, const R d = boost::math::constants::one_div_root_two_pi<R>() * gauss(a, 2);
                return {std::erfc(-a * boost::math::constants::half_root_two<R>()) / 2, {d}, {-a * d}};);
            ROW(sigmoid, const R s = logistic_slope(a); return {logistic(a), {s}, {-s * std::tanh(a / 2)}};);
            ROW(logit, const R p = 1 - a, s = a * p; return {a > 0.25 && a < 0.75 ? std::log1p((2 * a - 1) / p) : std::log(a / p), {1 / s}, {(2 * a - 1) / (s * s)}};);
            ROW(softplus, return {soft_plus(a), {logistic(a)}, {logistic_slope(a)}};);
            ROW(log_sigmoid, return {-soft_plus(-a), {logistic(-a)}, {-logistic_slope(a)}};);
            ROW(silu, const R s = logistic(a), d = logistic_slope(a); return {a * s, {s * (1 + a * logistic(-a))}, {d * (2 - a * std::tanh(a / 2))}};);
            ROW(log1mexp, const R m = std::expm1(a), e = std::exp(a);
                return {a < R(-0.5) ? std::log1p(-e) : std::log(-m), {e / m}, {-e / (m * m)}};);
            ROW(xlogy, return {a * std::log(b), {std::log(b), a / b}, {0, 1 / b, -a / (b * b)}};);
            ROW(xlog1py, return {a * std::log1p(b), {std::log1p(b), a / (1 + b)}, {0, 1 / (1 + b), -a / ((1 + b) * (1 + b))}};);
            all["log1pexp"] = all["softplus"];
            return all;
        }

        template <class R>
        exact split(R x)
        {
            constexpr double least = std::numeric_limits<double>::denorm_min();
            const auto high = static_cast<double>(x);
            if (high == 0 && x != 0)
            {
                return {x < 0 ? -least : least, 0, true};
            }
            return {high, static_cast<double>(x - static_cast<R>(high)), std::isfinite(x)};
        }
        template <class R>
        sample spread(arguments const& point, jet<R> const& j)
        {
            sample s;
            s.at = point;
            s.value = split(j.value);
            for (std::size_t i = 0; i < 2; ++i)
            {
                s.first[i] = split(j.first[i]);
                for (std::size_t k = 0; k < 2; ++k)
                {
                    s.second[i][k] = split(j.second[i + k]);
                }
            }
            s.second_scale[0][1] = s.second_scale[1][0] = static_cast<double>(j.mixed_scale);
            return s;
        }
    }

    sample closed_form::at(arguments const& p, bool single) const
    {
        return single ? spread(p, in_double(p.a[0], p.a[1])) : spread(p, in_long_double(p.a[0], p.a[1]));
    }

    closed_form const* closed_form_of(std::string const& rule)
    {
        static const auto all = table();
        const auto found = all.find(rule);
        return found == all.end() ? nullptr : &found->second;
    }
}
