// SPDX-License-Identifier: BSL-1.0
// The active scalar: a number and its identity on the tape, inline, no heap. Also the element type of array variables.
#pragma once
#include <concepts>
#include <cstdint>
#include <limits>
#include <type_traits>

#include <etape/core/config.hpp>
#include <etape/dual/functions.hpp>
#include <etape/dual/lane_mask.hpp>
#include <etape/dual/limits.hpp>
#include <etape/rule/lane.hpp>
#include <etape/tape/log.hpp>

ETAPE_BEGIN_ARCH
template <class T, std::size_t N = 0>
class variable;
template <class T, std::size_t N>
class scalar_expression;
// An active scalar: a variable of rank 0, or an expression of such.
template <class V>
inline constexpr bool is_scalar_variable_v = false;
template <class T>
inline constexpr bool is_scalar_variable_v<variable<T, 0>> = true;

namespace detail
{
    template <class>
    inline constexpr bool dependent_false = false;

    template <class S>
    concept plain_number = std::is_arithmetic_v<S>;

    // Plain numbers that mix with variables of T: the built-in ones, T itself, and what T is made of (elements of a batch, the number
    // under a dual).
    template <class S, class T>
    concept constant_of = std::is_arithmetic_v<S> || std::is_same_v<S, T> || std::is_same_v<S, lane::scalar_t<T>> ||
                          std::is_same_v<S, lane::primal_t<T>>;
    template <class T, class S>
    ETAPE_ALWAYS_INLINE T constant_number(S const& s)
    {
        if constexpr (std::is_same_v<S, T>)
            return s;
        else if constexpr (std::is_same_v<S, lane::primal_t<T>>)
            return T(s);
        else
            return T(static_cast<lane::scalar_t<T>>(s));
    }
    // What a variable may hold: a floating-point number (also of a library), a SIMD batch or a dual number of such; plain ones.
    template <class T>
    inline constexpr bool inner_number_v = []
    {
        using S = lane::scalar_t<T>;
        if constexpr (is_scalar_variable_v<S> || !std::numeric_limits<S>::is_specialized)
            return false;
        else
            return !std::numeric_limits<S>::is_integer;
    }();
    template <class T>
    concept closed_number = requires(T const& a) {
        { a * a } -> std::same_as<T>;
        { -a } -> std::same_as<T>;
    };
    // Its number space, with a stream on the log of this thread.
    template <class T>
    id_space space_on_log()
    {
        if constexpr (!is_compiled_number_v<T>)
            record_log::of_this_thread().template scalars<T>();
        return space_of<T>();
    }
    template <class V>
    void note_comparison(V const& v);
    // The conversion of a tracked number. To a whole number or a truth it is like rounding or a comparison: no derivative is lost.
    template <class U, class V>
    U without_derivative(V const& v)
    {
        if constexpr (std::is_integral_v<U> && lane::lane_size<typename V::value_type> == 1)
        {
            note_comparison(v);
            if constexpr (std::is_same_v<U, bool>)
                return v.value() != typename V::value_type(0);
            else
                return static_cast<U>(v.value());
        }
        else
            static_assert(dependent_false<U>,
                          "etape: a tracked value would lose its derivative here: use value(e) for the plain values, or stop_gradient(e)");
    }

    // Is any tape of this thread alive (recording or paused)? Then numbers come from its log.
    ETAPE_ALWAYS_INLINE bool tape_alive() noexcept
    {
        return runtime::thread.recording || runtime::thread.paused;
    }

    template <class T>
    std::uint64_t new_scalar_leaf()
    {
        if (tape_alive()) [[unlikely]]
            return runtime::thread.log->template new_leaf<T>();
        return number_scalar() | tag_bits::leaf;
    }
    struct with_tag
    {
    };
    // Array expressions of rank 0 convert to a number; the array layer says which types these are, and how.
    template <class E>
    struct number_expression
    {
        static constexpr bool value = false;
    };
    // The tag of a result, recorded with what it reads; it replaces a version of the variable, or 0 (scalar/record.hpp).
    template <class T, std::size_t N>
    std::uint64_t recorded(scalar_expression<T, N> const& e, std::uint64_t replaced);
    // A new version of a variable, with what stays known of the one that it replaces.
    template <class T>
    ETAPE_ALWAYS_INLINE std::uint64_t new_version(std::uint64_t tag, std::uint64_t replaced) noexcept
    {
        auto* log = runtime::thread.log;
        return replaced <= tag_bits::number || log == nullptr ? tag : log->template with_ordinal_of<T>(tag, replaced);
    }
}

// A tracked number. Assignment makes a new version: what was recorded before keeps the old value.
//
// T is double or float; or
//   xsimd::batch<double>: one recording serves as many points as the batch has lanes. Comparisons give masks, for
//     select(mask, a, b). A gradient is a batch, lane i the gradient at point i;
//   dual<U, N>: forward over reverse. The tangents of a gradient are second derivatives: rows of the Hessian times the tangents
//     of the variables;
//   a floating-point number of a library whose operators return it, such as boost::multiprecision::cpp_bin_float_50.
// Variables of these have the operators and functions that the number type has a rule for, and tape.gradient() with plain
// results; arrays, custom rules, forward mode and recorded sweeps are of double and float.
template <class T>
class variable<T, 0>
{
    static_assert(detail::inner_number_v<T>, "etape: variable<T> needs T = double or float, or a number of a library (SIMD batch, dual, multiprecision)");
    static_assert(detail::closed_number<T>, "etape: variable<T> needs a T whose operators return T: of Boost.Multiprecision the number types with et_off");

public:
    using value_type = T;

    variable()
        : variable(T(0))
    {
    }
    template <class S>
        requires(detail::constant_of<S, T>)
    variable(S const& v)
        : value_(detail::constant_number<T>(v))
        , tag_(detail::new_scalar_leaf<T>())
    {
    }
    // One statement.
    template <std::size_t N>
    ETAPE_ALWAYS_INLINE variable(scalar_expression<T, N> const& e)
        : value_(e.value())
        , tag_(detail::recorded(e, 0))
    {
    }
    // For the engine: a number with a given identity (0: a constant).
    variable(detail::with_tag, T const& v, std::uint64_t tag) noexcept(std::is_nothrow_copy_constructible_v<T>)
        : value_(v)
        , tag_(tag)
    {
    }
    // Another precision: explicit, recorded.
    template <class U>
        requires(!std::is_same_v<U, T>)
    explicit variable(variable<U, 0> const& o);
    template <class U, std::size_t N>
        requires(!std::is_same_v<U, T>)
    explicit variable(scalar_expression<U, N> const& e)
        : variable(variable<U, 0>(e))
    {
    }

    // A tracked array expression of rank 0, such as a sum: evaluated and recorded.
    template <class E>
        requires(detail::number_expression<E>::value)
    variable(E const& e, site const& where = site::current())
        : variable(detail::number_expression<E>::template evaluate<T>(e, where))
    {
    }

    variable(variable const&) = default;
    // To lvalues only: an element that an array hands out is a copy, and `x(0) = 3` on it would be lost without a word.
    variable& operator=(variable const& o) &
    {
        value_ = o.value_;
        tag_ = detail::new_version<T>(o.tag_, tag_);
        return *this;
    }
    template <std::size_t N>
    ETAPE_ALWAYS_INLINE variable& operator=(scalar_expression<T, N> const& e) &
    {
        tag_ = detail::recorded(e, tag_);
        value_ = e.value();
        return *this;
    }
    template <class S>
        requires(detail::constant_of<S, T>)
    variable& operator=(S const& v) &
    {
        value_ = detail::constant_number<T>(v);
        replace();
        return *this;
    }

    // The number; the derivative stays behind.
    T value() const noexcept(std::is_nothrow_copy_constructible_v<T>)
    {
        return value_;
    }
    std::uint64_t tag() const noexcept
    {
        return tag_;
    }
    // Watching a constant makes it a leaf.
    std::uint64_t& tag_for_recording() const noexcept
    {
        return tag_;
    }

    // A number that is read out of a tracked one must say so, unless it is a whole one. Explicit, because an implicit conversion would
    // make `c ? x : 0.0` ambiguous.
    template <detail::plain_number U>
    explicit operator U() const
    {
        return detail::without_derivative<U>(*this);
    }

private:
    void replace()
    {
        const auto old = tag_;
        const auto fresh = detail::new_scalar_leaf<T>();
        if (runtime::thread.recording && (old & tag_bits::leaf) == 0)
            runtime::thread.log->template note_overwritten<T>(fresh, old);
        tag_ = detail::new_version<T>(fresh, old);
    }

    T value_;
    mutable std::uint64_t tag_;
};

static_assert(sizeof(variable<double, 0>) == 16);
ETAPE_END_ARCH

template <class T>
class std::numeric_limits<etape::variable<T, 0>> : public std::numeric_limits<T>
{
};
template <class T, class S>
    requires std::is_arithmetic_v<S>
struct std::common_type<etape::variable<T, 0>, S>
{
    using type = etape::variable<T, 0>;
};
template <class T, class S>
    requires std::is_arithmetic_v<S>
struct std::common_type<S, etape::variable<T, 0>>
{
    using type = etape::variable<T, 0>;
};
