// SPDX-License-Identifier: BSL-1.0
// What a row of the rule table is: its required members, bases and the macros that spell them.
#pragma once

#include <concepts>
#include <cstddef>
#include <limits>
#include <string_view>

#include <etape/rule/lane_math.hpp>
#include <etape/rule/lane_power.hpp>
#include <etape/rule/lane_special.hpp>
#include <etape/rule/pack.hpp>

ETAPE_BEGIN_ARCH
namespace rule
{
    using lane::constant;
    using lane::select;

    // What a reverse rule reads: decides which operands a statement keeps until the sweep.
    struct need
    {
        enum bits : unsigned
        {
            nothing = 0,
            arg0 = 1,
            arg1 = 2,
            arg2 = 4,
            result = 8,
            aux = 16
        };
    };

    enum class arg_kind
    {
        smooth,            // has a derivative (perhaps zero)
        control,           // only decides: predicates, comparisons
        non_differentiable, // floor, round: no derivative is offered
        parameter           // the order of a Bessel function: a plain number, never tracked
    };

    // Where an argument may be: the stated bounds hold in all of it (an infinite end: up to the largest number). Ends at
    // which the function is infinite or not differentiable belong to it; `convention` says what happens there.
    struct interval
    {
        double low, high;
    };
    inline constexpr double infinite = std::numeric_limits<double>::infinity();
    inline constexpr interval everywhere{-infinite, infinite}, positive{0, infinite};

    // Bases fill in the members that rows with the same kinds of arguments share.
    template <arg_kind... Kinds>
    struct row
    {
        static constexpr int arity = static_cast<int>(sizeof...(Kinds));
        static constexpr arg_kind kind[sizeof...(Kinds)] = {Kinds...};
        static constexpr bool active[sizeof...(Kinds)] = {(Kinds == arg_kind::smooth)...};
        // Ulps are counted at max(|exact|, floor): results that cross zero have no relative accuracy there.
        static constexpr double value_floor = 0, derivative_floor = 0, second_floor = 0;
        // True where the adjoint of an argument may be an exact zero because another argument was chosen.
        // False where the function is computed with the digits of a double: then only lanes of float and double have it.
        static constexpr bool any_precision = true;
        static constexpr bool chooses = ((Kinds == arg_kind::control) || ...) && ((Kinds == arg_kind::smooth) || ...);
        // Of second derivatives, in both compositions of modes.
        static constexpr double second_ulp = 4;
        // Why a bound is wider than its kind's usual one, and what a floor stands for.
        static constexpr const char* note = "";
    };
    using unary = row<arg_kind::smooth>;
    using binary = row<arg_kind::smooth, arg_kind::smooth>;
    using ternary = row<arg_kind::smooth, arg_kind::smooth, arg_kind::smooth>;

    // value(args): on lanes with tangents the forward rule supplies them, so that `value` may branch freely.
    // Written below as ETAPE_VALUE<arity>(expression in a, b, c).
#define ETAPE_ROW_BODY_(...)                                                                       \
    if constexpr (lane::is_composite_v<T>)                                                         \
    {                                                                                              \
        return lane::lane_traits<T>::template apply<self>(__VA_ARGS__);                            \
    }

#define ETAPE_ROW(NAME, COST, VALUE_ULP, DERIVATIVE_ULP, TEXT, CONVENTION)                         \
    using self = NAME;                                                                             \
    static constexpr const char* name = #NAME;                                                     \
    static constexpr double cost = COST;                                                           \
    static constexpr double value_ulp = VALUE_ULP;                                                 \
    static constexpr double derivative_ulp = DERIVATIVE_ULP;                                       \
    static constexpr const char* derivative_text = TEXT;                                           \
    static constexpr const char* convention = CONVENTION;
#define ETAPE_DOMAIN(...) static constexpr interval domain[arity] = {__VA_ARGS__};
#define ETAPE_NEEDS(...) static constexpr unsigned needs[arity] = {__VA_ARGS__};

#define ETAPE_VALUE1(...)                                                                          \
    template <class T>                                                                             \
    ETAPE_ALWAYS_INLINE static T value([[maybe_unused]] const T& a)                                \
    {                                                                                              \
        ETAPE_ROW_BODY_(a) else { return __VA_ARGS__; }                                            \
    }
#define ETAPE_VALUE2(...)                                                                          \
    template <class T>                                                                             \
    ETAPE_ALWAYS_INLINE static T value([[maybe_unused]] const T& a, [[maybe_unused]] const T& b)   \
    {                                                                                              \
        ETAPE_ROW_BODY_(a, b) else { return __VA_ARGS__; }                                         \
    }
#define ETAPE_VALUE3(...)                                                                          \
    template <class T>                                                                             \
    ETAPE_ALWAYS_INLINE static T value([[maybe_unused]] const T& a, [[maybe_unused]] const T& b,   \
                                       [[maybe_unused]] const T& c)                                \
    {                                                                                              \
        ETAPE_ROW_BODY_(a, b, c) else { return __VA_ARGS__; }                                      \
    }
    // Rows without a shared intermediate leave aux alone.
#define ETAPE_NO_AUX                                                                               \
    template <class T, class... Ts>                                                                \
    ETAPE_ALWAYS_INLINE static T value_aux(T&, const T& a, const Ts&... rest)                      \
    {                                                                                              \
        return value(a, rest...);                                                                  \
    }

    // Reverse rules: the adjoint of each argument, from g (adjoint of y), y, aux and the arguments.
#define ETAPE_PULL1(...)                                                                           \
    template <int J, class T>                                                                      \
    ETAPE_ALWAYS_INLINE static T pull([[maybe_unused]] const T& g, [[maybe_unused]] const T& y,    \
                                      [[maybe_unused]] const T& aux, [[maybe_unused]] const T& a)  \
    {                                                                                              \
        static_assert(J == 0);                                                                     \
        return __VA_ARGS__;                                                                        \
    }
#define ETAPE_PULL2(ARG0, ARG1)                                                                    \
    template <int J, class T>                                                                      \
    ETAPE_ALWAYS_INLINE static T pull([[maybe_unused]] const T& g, [[maybe_unused]] const T& y,    \
                                      [[maybe_unused]] const T& aux, [[maybe_unused]] const T& a,  \
                                      [[maybe_unused]] const T& b)                                 \
    {                                                                                              \
        static_assert(J == 0 || J == 1);                                                           \
        if constexpr (J == 0)                                                                      \
        {                                                                                          \
            return ARG0;                                                                           \
        }                                                                                          \
        else                                                                                       \
        {                                                                                          \
            return ARG1;                                                                           \
        }                                                                                          \
    }
#define ETAPE_PULL3(ARG0, ARG1, ARG2)                                                              \
    template <int J, class T>                                                                      \
    ETAPE_ALWAYS_INLINE static T pull([[maybe_unused]] const T& g, [[maybe_unused]] const T& y,    \
                                      [[maybe_unused]] const T& aux, [[maybe_unused]] const T& a,  \
                                      [[maybe_unused]] const T& b, [[maybe_unused]] const T& c)    \
    {                                                                                              \
        static_assert(J == 0 || J == 1 || J == 2);                                                 \
        if constexpr (J == 0)                                                                      \
        {                                                                                          \
            return ARG0;                                                                           \
        }                                                                                          \
        else if constexpr (J == 1)                                                                 \
        {                                                                                          \
            return ARG1;                                                                           \
        }                                                                                          \
        else                                                                                       \
        {                                                                                          \
            return ARG2;                                                                           \
        }                                                                                          \
    }

    // Forward rules: the tangent of y. D is T, or a pack of tangents that share the factors (D*T, D/T, D+D).
#define ETAPE_PUSH1(...)                                                                           \
    template <class T, class D>                                                                    \
    ETAPE_ALWAYS_INLINE static D push([[maybe_unused]] const T& y, [[maybe_unused]] const T& aux,  \
                                      [[maybe_unused]] const T& a, [[maybe_unused]] const D& da)   \
    {                                                                                              \
        return __VA_ARGS__;                                                                        \
    }
#define ETAPE_PUSH2(...)                                                                           \
    template <class T, class D>                                                                    \
    ETAPE_ALWAYS_INLINE static D push([[maybe_unused]] const T& y, [[maybe_unused]] const T& aux,  \
                                      [[maybe_unused]] const T& a, [[maybe_unused]] const T& b,    \
                                      [[maybe_unused]] const D& da, [[maybe_unused]] const D& db)  \
    {                                                                                              \
        return __VA_ARGS__;                                                                        \
    }
#define ETAPE_PUSH3(...)                                                                           \
    template <class T, class D>                                                                    \
    ETAPE_ALWAYS_INLINE static D push([[maybe_unused]] const T& y, [[maybe_unused]] const T& aux,  \
                                      [[maybe_unused]] const T& a, [[maybe_unused]] const T& b,    \
                                      [[maybe_unused]] const T& c, [[maybe_unused]] const D& da,   \
                                      [[maybe_unused]] const D& db, [[maybe_unused]] const D& dc)  \
    {                                                                                              \
        return __VA_ARGS__;                                                                        \
    }

    // Do lanes of T have the function?
    template <class Rule, class T>
    inline constexpr bool has_number = Rule::any_precision || lane::double_suffices_v<T>;

    // A row without documentation, domain or stated accuracy is not a row.
    template <class R>
    concept complete_row = requires(double x) {
        { R::name } -> std::convertible_to<std::string_view>;
        { R::cost } -> std::convertible_to<double>;
        { R::value_ulp } -> std::convertible_to<double>;
        { R::derivative_ulp } -> std::convertible_to<double>;
        { R::derivative_text } -> std::convertible_to<std::string_view>;
        { R::convention } -> std::convertible_to<std::string_view>;
        requires sizeof(R::domain) == sizeof(interval) * static_cast<std::size_t>(R::arity);
        requires sizeof(R::needs) == sizeof(unsigned) * static_cast<std::size_t>(R::arity);
        { R::note } -> std::convertible_to<std::string_view>;
        requires R::value_ulp > 0 && R::derivative_ulp > 0 && R::second_ulp > 0 && R::cost >= 0;
        // A wide bound, or one that is not relative to the result, has a reason.
        requires(R::derivative_ulp <= 4 && R::second_ulp <= 4 && R::derivative_floor == 0 && R::value_floor == 0) || R::note[0] != '\0';
    };
}
ETAPE_END_ARCH
