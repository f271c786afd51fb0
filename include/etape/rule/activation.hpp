// SPDX-License-Identifier: BSL-1.0
// Rules of logistic and rectifier functions.
#pragma once

#include <etape/rule/detail/circle.hpp>
#include <etape/rule/detail/logistic.hpp>
#include <etape/rule/row.hpp>

#define ETAPE_UNARY_ACTIVATION(X) X(sigmoid) X(logit) X(softplus) X(log_sigmoid) X(silu) X(relu)
#define ETAPE_BINARY_ACTIVATION(X) X(leaky_relu) X(elu)

ETAPE_BEGIN_ARCH
namespace rule
{
    // 1/(1 + exp(-a)); y (1 - y) with 1 - y = sigmoid(-a) computed on its own, since it cancels.
    struct sigmoid : unary
    {
        ETAPE_ROW(sigmoid, 25, 3.5, 4, "y sigmoid(-a)", "")
        static constexpr double second_ulp = 4.5;
        static constexpr const char* note = "the second derivative has the error of tanh(a/2), too";
        ETAPE_DOMAIN(everywhere)
        ETAPE_NEEDS(need::aux)
        ETAPE_VALUE1(detail::logistic(a).up)
        template <class T>
        ETAPE_ALWAYS_INLINE static T value_aux(T& aux, const T& a)
        {
            return detail::logistic_with_slope(aux, a).up;
        }
        ETAPE_PULL1(g * aux)
        ETAPE_PUSH1(da * detail::logistic_slope(a))
    };

    // log(a/(1 - a)), the inverse of sigmoid
    struct logit : unary
    {
        ETAPE_ROW(logit, 30, 4, 2, "1/(a (1 - a))", "logit'(0) = logit'(1) = inf")
        static constexpr double second_ulp = 4.5;
        static constexpr const char* note = "five roundings add up in the second derivative";
        ETAPE_DOMAIN({0, 1})
        ETAPE_NEEDS(need::arg0)
        ETAPE_VALUE1(detail::log_odds(a))
        ETAPE_NO_AUX
        ETAPE_PULL1(lane::times(g, detail::over_times_complement(a)))
        ETAPE_PUSH1(lane::times(da, detail::over_times_complement(a)))
    };

    // log(1 + exp(a)) = max(a, 0) + log1p(exp(-|a|))
    struct softplus : unary
    {
        ETAPE_ROW(softplus, 45, 4, 4, "sigmoid(a)", "")
        ETAPE_DOMAIN(everywhere)
        ETAPE_NEEDS(need::aux)
        ETAPE_VALUE1(detail::soft_maximum(a))
        template <class T>
        ETAPE_ALWAYS_INLINE static T value_aux(T& aux, const T& a)
        {
            aux = detail::logistic(a).up;
            return value(a);
        }
        ETAPE_PULL1(g * aux)
        ETAPE_PUSH1(da * detail::logistic(a).up)
    };

    // log(sigmoid(a)) = -softplus(-a)
    struct log_sigmoid : unary
    {
        ETAPE_ROW(log_sigmoid, 45, 4, 4, "sigmoid(-a)", "")
        ETAPE_DOMAIN(everywhere)
        ETAPE_NEEDS(need::aux)
        ETAPE_VALUE1(lane::negate(detail::soft_maximum(T(-a))))
        template <class T>
        ETAPE_ALWAYS_INLINE static T value_aux(T& aux, const T& a)
        {
            aux = detail::logistic(a).down;
            return value(a);
        }
        ETAPE_PULL1(g * aux)
        ETAPE_PUSH1(da * detail::logistic(a).down)
    };

    // a sigmoid(a); the derivative crosses zero near -1.278.
    struct silu : unary
    {
        ETAPE_ROW(silu, 30, 4, 4, "s (1 + a sigmoid(-a)), s = sigmoid(a)", "")
        static constexpr double derivative_floor = 0.125, second_floor = 0.125;
        static constexpr const char* note = "derivatives cross zero at -1.278 and +-2.399: ulps of at least 1/8; the roundings of both tails add up";
        static constexpr double second_ulp = 5;
        ETAPE_DOMAIN(everywhere)
        ETAPE_NEEDS(need::aux)
        // Infinity times a tail that is 0 is 0 here: the tails have vanished long before.
        template <class T>
        ETAPE_ALWAYS_INLINE static T above(const T& a)
        {
            return select<T>(lane::lt(a, constant<T>(-1e4)), constant<T>(-1e4), a);
        }
        template <class T>
        ETAPE_ALWAYS_INLINE static T below(const T& a)
        {
            return select<T>(lane::gt(a, constant<T>(1e4)), constant<T>(1e4), a);
        }
        // Where sigmoid(a) has left the normal range, which a sigmoid(a) has not yet: a exp(a/2)^2.
        template <class T>
        ETAPE_ALWAYS_INLINE static T product(const T& a, const T& up)
        {
            const T x = above(a), y = x * up;
            const auto tail = lane::lt(a, constant<T>(sizeof(lane::scalar_t<T>) == sizeof(float) ? -80.0 : -700.0));
            if (lane::any(tail)) [[unlikely]]
            {
                const T root = lane::exp(T(constant<T>(0.5) * x));
                return select<T>(tail, x * root * root, y);
            }
            return y;
        }
        ETAPE_VALUE1(product(a, detail::logistic(a).up))
        template <class T>
        ETAPE_ALWAYS_INLINE static T value_aux(T& aux, const T& a)
        {
            const auto s = detail::logistic(a);
            aux = s.up * (constant<T>(1.0) + below(above(a)) * s.down);
            return product(a, s.up);
        }
        ETAPE_PULL1(g * aux)
        ETAPE_PUSH1(da * (detail::logistic(a).up + below(y) * detail::logistic(a).down))
    };

    struct relu : unary
    {
        ETAPE_ROW(relu, 1, 0.5, 0.5, "a > 0", "relu'(0) = relu'(NaN) = 0; NaN propagates")
        static constexpr bool chooses = true;
        ETAPE_DOMAIN(everywhere)
        ETAPE_NEEDS(need::arg0)
        ETAPE_VALUE1(select<T>(lane::le(a, lane::zero<T>()), lane::zero<T>(), a))
        ETAPE_NO_AUX
        ETAPE_PULL1(select<T>(lane::gt(a, lane::zero<T>()), g, lane::zero<T>()))
        ETAPE_PUSH1(lane::select_tangent(lane::gt(y, lane::zero<T>()), da, lane::zero_like(da)))
    };

    // a for a > 0, else b a: b is the slope of the negative side.
    struct leaky_relu : binary
    {
        ETAPE_ROW(leaky_relu, 2, 0.51, 0.51, "a > 0 ? 1 : b, a > 0 ? 0 : a", "leaky_relu'(0) = b")
        static constexpr bool chooses = true;
        ETAPE_DOMAIN(everywhere, everywhere)
        ETAPE_NEEDS(need::arg0 | need::arg1, need::arg0)
        ETAPE_VALUE2(select<T>(lane::gt(a, lane::zero<T>()), a, b * a))
        ETAPE_NO_AUX
        ETAPE_PULL2(select<T>(lane::gt(a, lane::zero<T>()), g, g * b),
                    select<T>(lane::gt(a, lane::zero<T>()), lane::zero<T>(), g * a))
        ETAPE_PUSH2(lane::select_tangent(lane::gt(a, lane::zero<T>()), da, D(da * b + db * a)))
    };

    // a for a > 0, else b (exp(a) - 1)
    struct elu : binary
    {
        ETAPE_ROW(elu, 25, 4, 4, "a > 0 ? 1 : b exp(a), a > 0 ? 0 : expm1(a)", "elu'(0) = b; NaN where the formula is 0 inf")
        static constexpr bool chooses = true;
        ETAPE_DOMAIN(everywhere, {-1, 1})
        static constexpr const char* note = "with |b| > 1 too, where exp(a) is in the normal range";
        ETAPE_NEEDS(need::arg0 | need::arg1, need::arg0)
        ETAPE_VALUE2(select<T>(lane::gt(a, lane::zero<T>()), a, b * lane::expm1(a)))
        ETAPE_NO_AUX
        ETAPE_PULL2(select<T>(lane::gt(a, lane::zero<T>()), g, g * (b * lane::exp(a))),
                    select<T>(lane::gt(a, lane::zero<T>()), lane::zero<T>(), g * lane::expm1(a)))
        ETAPE_PUSH2(lane::select_tangent(lane::gt(a, lane::zero<T>()), da,
                                         D(da * lane::exp(a) * b + db * lane::expm1(a))))
    };
}
ETAPE_END_ARCH
