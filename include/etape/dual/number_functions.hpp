// SPDX-License-Identifier: BSL-1.0
// What <cmath> has beside the functions of the rule table: made of these where there is a derivative, plain results of the value
// where there is none. For dual numbers, and for every number that says what stands under it (scalar/variable.hpp).
#pragma once

#include <cmath>
#include <limits>
#include <type_traits>
#include <utility>

#include <etape/dual/functions.hpp>

ETAPE_BEGIN_ARCH
namespace detail
{
    // The plain number under one that carries derivatives; `read` is told that a result without a derivative depends on it.
    template <class A>
    struct number_under
    {
    };
    template <class T, std::size_t N>
        requires(!lane::lane_traits<lane::primal_t<T>>::is_batch)
    struct number_under<dual<T, N>>
    {
        using type = lane::primal_t<T>;
        using kept = dual<T, N>;
        static type of(dual<T, N> const& a)
        {
            return lane::primal(a);
        }
        static void read(dual<T, N> const&) noexcept
        {
        }
    };
    template <class A>
    concept active_number = requires { typename number_under<A>::type; };
    template <class A>
    concept number_or_plain = active_number<A> || std::is_arithmetic_v<A>;

    template <class A>
    auto plain_of(A const& a)
    {
        if constexpr (active_number<A>)
            return number_under<A>::of(a);
        else
            return a;
    }
    // The same for a result that has no derivative.
    template <class A>
    auto plain_read(A const& a)
    {
        if constexpr (active_number<A>)
            number_under<A>::read(a);
        return plain_of(a);
    }
    template <class A, class B>
    auto common_plain(A const& a, B const& b)
    {
        using T = typename number_under<std::conditional_t<active_number<A>, A, B>>::type;
        return std::pair<T, T>(static_cast<T>(plain_of(a)), static_cast<T>(plain_of(b)));
    }
    template <class A>
    auto magnitude(A const& a)
    {
        using std::abs;
        if constexpr (active_number<A>)
            return abs(plain_of(a));
        else
            return std::abs(static_cast<double>(a));
    }
    template <class T>
    bool is_finite(T const& v)
    {
        return v - v == T(0);
    }
}

// ---- of the value alone ----
#define ETAPE_NUMBER_PLAIN(NAME)                                                                   \
    template <detail::active_number A>                                                             \
    auto NAME(A const& a)                                                                          \
    {                                                                                              \
        using std::NAME;                                                                           \
        return NAME(detail::plain_read(a));                                                        \
    }
ETAPE_NUMBER_PLAIN(signbit)
ETAPE_NUMBER_PLAIN(isnormal)
ETAPE_NUMBER_PLAIN(fpclassify)
ETAPE_NUMBER_PLAIN(logb)
ETAPE_NUMBER_PLAIN(ilogb)
ETAPE_NUMBER_PLAIN(lround)
ETAPE_NUMBER_PLAIN(llround)
ETAPE_NUMBER_PLAIN(lrint)
ETAPE_NUMBER_PLAIN(llrint)
#undef ETAPE_NUMBER_PLAIN
#define ETAPE_NUMBER_COMPARISON(NAME, TRUTH)                                                       \
    template <detail::number_or_plain A, detail::number_or_plain B>                                \
        requires(detail::active_number<A> || detail::active_number<B>)                             \
    bool NAME(A const& a, B const& b)                                                              \
    {                                                                                              \
        const auto x = detail::plain_read(a);                                                      \
        const auto y = detail::plain_read(b);                                                      \
        return TRUTH;                                                                              \
    }
ETAPE_NUMBER_COMPARISON(isgreater, x > y)
ETAPE_NUMBER_COMPARISON(isgreaterequal, x >= y)
ETAPE_NUMBER_COMPARISON(isless, x < y)
ETAPE_NUMBER_COMPARISON(islessequal, x <= y)
ETAPE_NUMBER_COMPARISON(islessgreater, x < y || x > y)
ETAPE_NUMBER_COMPARISON(isunordered, x != x || y != y)
#undef ETAPE_NUMBER_COMPARISON
template <class T, std::size_t N>
lane::truth_t<T> isnan(dual<T, N> const& a)
{
    return lane::isnan(a);
}
template <class T, std::size_t N>
lane::truth_t<T> isinf(dual<T, N> const& a)
{
    return lane::mask_not(lane::mask_or(lane::isfinite(a), lane::isnan(a)));
}
template <class T, std::size_t N>
lane::truth_t<T> isfinite(dual<T, N> const& a)
{
    return lane::isfinite(a);
}

// ---- norms of a number, which xtensor's norms of arrays add up ----
template <class T, std::size_t N>
auto norm_l1(dual<T, N> const& a)
{
    return abs(a);
}
template <class T, std::size_t N>
auto norm_l2(dual<T, N> const& a)
{
    return abs(a);
}
template <class T, std::size_t N>
auto norm_linf(dual<T, N> const& a)
{
    return abs(a);
}
template <class T, std::size_t N>
auto norm_sq(dual<T, N> const& a)
{
    return square(a);
}

// ---- exponents: (a + h) 2^n = a 2^n + 2^n h ----
template <detail::active_number A>
auto scalbln(A const& a, long n)
{
    using std::ldexp;
    using T = typename detail::number_under<A>::type;
    // A power beyond the range of T, which a subnormal number may need, is passed in three steps.
    constexpr long most = std::numeric_limits<T>::max_exponent - 1, least = std::numeric_limits<T>::min_exponent;
    const auto step = [](long k) { return ldexp(T(1), static_cast<int>(k < least ? least : k > most ? most : k)); };
    const long second = n > most ? n - most : n < least ? n - least : 0;
    const long third = second > most ? second - most : second < least ? second - least : 0;
    return a * step(n) * step(second) * step(third);
}
template <detail::active_number A>
auto scalbn(A const& a, int n)
{
    return scalbln(a, n);
}
template <detail::active_number A>
auto ldexp(A const& a, int n)
{
    return scalbln(a, n);
}
template <detail::active_number A>
auto frexp(A const& a, int* exponent)
{
    using std::frexp;
    *exponent = 0;
    frexp(detail::plain_of(a), exponent);
    return scalbln(a, -static_cast<long>(*exponent));
}

// ---- parts ----
// a = whole + fraction, where the whole part is constant between its jumps.
template <detail::active_number A, detail::number_or_plain Whole>
auto modf(A const& a, Whole* whole)
{
    using std::trunc, std::copysign;
    const auto v = detail::plain_of(a);
    const auto w = trunc(v);
    using result = decltype(a - w);
    // inf is all whole
    const result fraction = detail::is_finite(v) || v != v ? result(a - w) : result(copysign(decltype(v)(0), v));
    if constexpr (detail::active_number<Whole>)
        *whole = trunc(a);  // tells why it has no derivative
    else
    {
        detail::plain_read(a);
        *whole = static_cast<Whole>(w);
    }
    return fraction;
}
template <detail::number_or_plain A, detail::number_or_plain B>
    requires(detail::active_number<A> || detail::active_number<B>)
auto remquo(A const& a, B const& b, int* quotient)
{
    using std::remquo;
    const auto [x, y] = detail::common_plain(a, b);
    remquo(x, y, quotient);
    return remainder(a, b);
}
// The neighbour of a moves with a.
template <detail::number_or_plain A, detail::number_or_plain B>
    requires(detail::active_number<A> || detail::active_number<B>)
auto nextafter(A const& a, B const& b)
{
    using std::nextafter;
    const auto [x, y] = detail::common_plain(a, b);
    const auto next = nextafter(x, y);
    if constexpr (detail::active_number<A>)
    {
        using result = decltype(a + (next - x));
        return detail::is_finite(x) && detail::is_finite(next) ? result(a + (next - x)) : result(next);
    }
    else
    {
        detail::plain_read(b);
        return next;
    }
}

// ---- of three ----
// The larger of a and c goes into the inner root, which then vanishes only where all three do: also second derivatives are right
// where two of the three are 0.
template <detail::number_or_plain A, detail::number_or_plain B, detail::number_or_plain C>
    requires(detail::active_number<A> || detail::active_number<B> || detail::active_number<C>)
auto hypot(A const& a, B const& b, C const& c)
{
    using std::hypot;
    using result = typename detail::number_under<decltype(hypot(hypot(a, b), c))>::kept;
    return detail::magnitude(c) > detail::magnitude(a) ? result(hypot(hypot(c, b), a)) : result(hypot(hypot(a, b), c));
}
// Exact at both ends.
template <detail::number_or_plain A, detail::number_or_plain B, detail::number_or_plain C>
    requires(detail::active_number<A> || detail::active_number<B> || detail::active_number<C>)
auto lerp(A const& a, B const& b, C const& t)
{
    return t * b + (1 - t) * a;
}
ETAPE_END_ARCH
