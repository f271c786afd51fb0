// SPDX-License-Identifier: BSL-1.0
// The active scalar: a number and its identity on the tape, inline, no heap. Also the element type of array variables.
#pragma once
#include <concepts>
#include <cstdint>
#include <iosfwd>
#include <limits>
#include <ostream>
#include <type_traits>

#include <etape/core/config.hpp>
#include <etape/tape/log.hpp>

ETAPE_BEGIN_ARCH
template <class T, std::size_t N = 0>
class variable;

namespace detail
{
    template <class>
    inline constexpr bool dependent_false = false;

    template <class S>
    concept plain_number = std::is_arithmetic_v<S>;

    // Is any tape of this thread alive (recording or paused)? Then numbers come from its log.
    ETAPE_ALWAYS_INLINE bool tape_alive() noexcept
    {
        return runtime::thread.recording || runtime::thread.paused;
    }

    template <class T>
    std::uint64_t new_scalar_leaf()
    {
        if (tape_alive())
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
    // A comparison reads its operands without a derivative.
    template <class V>
    ETAPE_ALWAYS_INLINE void note_comparison(V const& v)
    {
        if (runtime::thread.recording)
            runtime::thread.log->template note_compared<typename V::value_type>(v.tag_for_recording());
    }
}

// A tracked number. Assignment makes a new version: what was recorded before keeps the old value.
template <class T>
class variable<T, 0>
{
    static_assert(std::is_same_v<T, double> || std::is_same_v<T, float>, "etape: variable<T> needs T = double or float");

public:
    using value_type = T;

    variable()
        : variable(T(0))
    {
    }
    template <detail::plain_number S>
    variable(S v)
        : value_(static_cast<T>(v))
        , tag_(detail::new_scalar_leaf<T>())
    {
    }
    // For the engine: a number with a given identity (0: a constant).
    variable(detail::with_tag, T v, std::uint64_t tag) noexcept
        : value_(v)
        , tag_(tag)
    {
    }
    // Another precision: explicit, recorded.
    template <class U>
        requires(!std::is_same_v<U, T>)
    explicit variable(variable<U, 0> const& o);

    // A tracked array expression of rank 0, such as a sum: evaluated and recorded.
    template <class E>
        requires(detail::number_expression<E>::value)
    variable(E const& e, site where = site::current())
        : variable(detail::number_expression<E>::template evaluate<T>(e, where))
    {
    }

    variable(variable const&) noexcept = default;
    // To lvalues only: an element that an array hands out is a copy, and `x(0) = 3` on it would be lost without a word.
    variable& operator=(variable const& o) &
    {
        value_ = o.value_;
        retag(o.tag_);
        return *this;
    }
    template <detail::plain_number S>
    variable& operator=(S v) &
    {
        value_ = static_cast<T>(v);
        replace();
        return *this;
    }

    // The number; the derivative stays behind.
    T value() const noexcept
    {
        return value_;
    }
    std::uint64_t tag() const noexcept
    {
        return tag_;
    }
    // Reading an old leaf on a new recording numbers it there.
    std::uint64_t& tag_for_recording() const noexcept
    {
        return tag_;
    }

    // A number that is read out of a tracked one must say so. Explicit, because an implicit one would make `c ? x : 0.0` ambiguous.
    template <detail::plain_number U>
    explicit operator U() const
    {
        static_assert(detail::dependent_false<U>,
                      "etape: a tracked value would lose its derivative here: use value(e) for the plain values, or stop_gradient(e)");
        return U();
    }

private:
    // The version changes, the leaf that this object began as stays known: gradient() falls back to it.
    ETAPE_ALWAYS_INLINE void retag(std::uint64_t tag) noexcept
    {
        const auto* log = runtime::thread.log;
        const auto own = (tag_ & (tag_bits::ordinal | tag_bits::leaf)) == 0 || log == nullptr ? 0 : log->template ordinal_of<T>(tag_);
        tag_ = own == 0 ? tag : (tag & ~(tag_bits::ordinal | tag_bits::leaf)) | own | (tag & tag_bits::leaf);
    }
    void replace()
    {
        const auto old = tag_;
        const auto fresh = detail::new_scalar_leaf<T>();
        if (runtime::thread.recording && (old & tag_bits::leaf) == 0)
            runtime::thread.log->template note_overwritten<T>(fresh, old);
        retag(fresh);
    }

    T value_;
    mutable std::uint64_t tag_;
};

static_assert(sizeof(variable<double, 0>) == 16);

template <class V>
inline constexpr bool is_scalar_variable_v = false;
template <class T>
inline constexpr bool is_scalar_variable_v<variable<T, 0>> = true;

template <class T>
T value(variable<T, 0> const& v) noexcept
{
    return v.value();
}

template <class T>
std::ostream& operator<<(std::ostream& out, variable<T, 0> const& v)
{
    return out << v.value();
}
template <class T>
std::istream& operator>>(std::istream& in, variable<T, 0>& v)
{
    T x;
    if (in >> x)
        v = x;
    return in;
}
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
