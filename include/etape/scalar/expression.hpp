// SPDX-License-Identifier: BSL-1.0
// What an operator on active scalars returns: the value, and its partial derivatives by what it reads. Not recorded until it
// is assigned.
#pragma once
#include <cstddef>
#include <cstdint>
#include <limits>
#include <type_traits>
#include <utility>

#include <etape/scalar/variable.hpp>

ETAPE_BEGIN_ARCH
// An expression of active scalars with N reads: computed where it is written (so `auto` keeps what it saw), recorded as one
// statement when it becomes a variable<T>. The type tells the number of reads and no more, so that both branches of `?:` and
// both arguments of std::max may be expressions.
template <class T, std::size_t N>
class scalar_expression
{
    static_assert(N > 0);

public:
    using value_type = T;
    static constexpr std::size_t reads = N;

    scalar_expression()
        : scalar_expression(T(0))
    {
    }
    template <class S>
        requires(detail::constant_of<S, T>)
    scalar_expression(S const& v)
        : value_(detail::constant_number<T>(v))
        , partials_{}
        , tags_{}
    {
    }
    template <std::size_t M>
        requires(M < N)
    ETAPE_ALWAYS_INLINE scalar_expression(scalar_expression<T, M> const& o)
        : value_(o.value_)
        , partials_{}
        , tags_{}
    {
        for (std::size_t i = 0; i < M; ++i)
        {
            partials_[i] = o.partials_[i];
            tags_[i] = o.tags_[i];
        }
    }
    // Assignment records, as it does to a variable: also what reads more than N values fits.
    template <std::size_t M>
        requires(M > N)
    scalar_expression& operator=(scalar_expression<T, M> const& o) &
    {
        return *this = variable<T, 0>(o);
    }
    template <std::size_t M>
        requires(M < N)
    scalar_expression& operator=(scalar_expression<T, M> const& o) &
    {
        return *this = scalar_expression(o);
    }
    template <class S>
        requires(detail::constant_of<S, T>)
    scalar_expression& operator=(S const& v) &
    {
        return *this = scalar_expression(v);
    }
    scalar_expression& operator=(variable<T, 0> const& v) &
    {
        return *this = scalar_expression(detail::with_tag{}, v.value(), v.tag());
    }

    T value() const noexcept(std::is_nothrow_copy_constructible_v<T>)
    {
        return value_;
    }
    template <detail::plain_number U>
    explicit operator U() const
    {
        return detail::without_derivative<U>(*this);
    }

    // For the engine: uninitialised, and a recorded value.
    struct raw
    {
    };
    ETAPE_ALWAYS_INLINE explicit scalar_expression(raw) noexcept
    {
    }
    scalar_expression(detail::with_tag, T const& v, std::uint64_t tag)
        : value_(v)
        , partials_{T(1)}
        , tags_{tag}
    {
    }
    T value_;
    T partials_[N];
    std::uint64_t tags_[N];
};

template <class T, std::size_t N>
inline constexpr bool is_scalar_variable_v<scalar_expression<T, N>> = true;

namespace detail
{
    template <class E>
    inline constexpr bool is_scalar_expression_v = false;
    template <class T, std::size_t N>
    inline constexpr bool is_scalar_expression_v<scalar_expression<T, N>> = true;

    // An expression as a variable (recorded), anything else as it is.
    template <class X>
    ETAPE_ALWAYS_INLINE auto settled(X const& x)
    {
        if constexpr (is_scalar_expression_v<X>)
            return variable<typename X::value_type, 0>(x);
        else
            return x;
    }
    template <class X>
    using settled_t = std::remove_cvref_t<decltype(settled(std::declval<X const&>()))>;

    template <class A>
    inline constexpr std::size_t reads_of = 0;
    template <class T>
    inline constexpr std::size_t reads_of<variable<T, 0>> = 1;
    template <class T, std::size_t N>
    inline constexpr std::size_t reads_of<scalar_expression<T, N>> = N;

    // The number type of the first active scalar among arguments.
    template <class... A>
    struct first_number
    {
    };
    template <class A, class... B>
    struct first_number<A, B...> : first_number<B...>
    {
    };
    template <class A, class... B>
        requires(is_scalar_variable_v<A>)
    struct first_number<A, B...>
    {
        using type = typename A::value_type;
    };
    template <class A, class T>
    concept scalar_operand = is_scalar_variable_v<A> || constant_of<A, T>;
    // At least one active scalar; the others are active too, or plain numbers.
    template <class... A>
    concept scalar_operands = (is_scalar_variable_v<A> || ...) && (scalar_operand<A, typename first_number<A...>::type> && ...);
    template <class T, class A>
    inline constexpr bool is_of_v = true;
    template <class T, class A>
        requires(is_scalar_variable_v<A>)
    inline constexpr bool is_of_v<T, A> = std::is_same_v<typename A::value_type, T>;
    template <class T, class... A>
    inline constexpr bool same_number_v = (is_of_v<T, A> && ...);

    // Longer expressions are cut into statements.
    inline constexpr std::size_t most_reads = 24;

    // No type for other operands: some compilers look at the result of an operator before they look at its constraints.
    template <class Rule, class... A>
    struct scalar_result
    {
    };
    template <class Rule, class... A>
        requires scalar_operands<A...>
    struct scalar_result<Rule, A...>
    {
        using number = typename first_number<A...>::type;
        static constexpr std::size_t all = []
        {
            const std::size_t n[] = {reads_of<A>...};
            std::size_t sum = 0;
            for (std::size_t k = 0; k < sizeof...(A); ++k)
                sum += Rule::active[k] ? n[k] : 0;
            return sum;
        }();
        static constexpr bool fits = all <= most_reads;
        static constexpr std::size_t reads = []
        {
            const std::size_t n[] = {reads_of<A>...};
            std::size_t sum = 0;
            for (std::size_t k = 0; k < sizeof...(A); ++k)
                sum += !Rule::active[k] ? 0 : fits ? n[k] : (n[k] != 0 ? 1 : 0);
            return sum;
        }();
        using type = std::conditional_t<reads == 0, variable<number, 0>, scalar_expression<number, reads == 0 ? 1 : reads>>;
    };
    template <class Rule, class... A>
    using scalar_result_t = typename scalar_result<Rule, A...>::type;

    template <class T, class A>
    ETAPE_ALWAYS_INLINE T number_in(A const& a)
    {
        if constexpr (is_scalar_variable_v<A>)
            return a.value();
        else
            return constant_number<T>(a);
    }

    // A partial times the slope of what follows. As in a sweep, a slope of zero lets nothing through, not even an infinity.
    template <class T>
    ETAPE_ALWAYS_INLINE T chained(T const& slope, T const& partial)
    {
        return lane::select<T>(lane::vanishes(slope), T(0), partial * slope);
    }

    template <class Rule, std::size_t K, std::size_t At, class R, class T, class A, class... V>
    ETAPE_ALWAYS_INLINE void append(R& r, bool recorded, T const& aux, A const& a, V const&... v)
    {
        if constexpr (Rule::active[K] && reads_of<A> != 0)
        {
            const T slope = Rule::template pull<static_cast<int>(K)>(T(1), r.value_, aux, v...);
            if constexpr (reads_of<A> == 1 && !is_scalar_expression_v<A>)
            {
                r.partials_[At] = slope;
                r.tags_[At] = recorded ? a.tag() : 0;
            }
            else
                [&]<std::size_t... I>(std::index_sequence<I...>) __attribute__((always_inline)) {
                    ((r.partials_[At + I] = chained(slope, a.partials_[I])), ...);
                    ((r.tags_[At + I] = a.tags_[I]), ...);
                }(std::make_index_sequence<reads_of<A>>{});
        }
    }
    template <class Rule, class... A>
    constexpr std::size_t reads_before(std::size_t k)
    {
        const std::size_t n[] = {reads_of<A>...};
        std::size_t sum = 0;
        for (std::size_t j = 0; j < k; ++j)
            sum += Rule::active[j] ? n[j] : 0;
        return sum;
    }
}
ETAPE_END_ARCH

template <class T, std::size_t N>
class std::numeric_limits<etape::scalar_expression<T, N>> : public std::numeric_limits<T>
{
};
template <class T, std::size_t N, std::size_t M>
struct std::common_type<etape::scalar_expression<T, N>, etape::scalar_expression<T, M>>
{
    using type = etape::variable<T, 0>;
};
template <class T, std::size_t N>
struct std::common_type<etape::scalar_expression<T, N>, etape::variable<T, 0>>
{
    using type = etape::variable<T, 0>;
};
template <class T, std::size_t N>
struct std::common_type<etape::variable<T, 0>, etape::scalar_expression<T, N>>
{
    using type = etape::variable<T, 0>;
};
template <class T, std::size_t N, class S>
    requires std::is_arithmetic_v<S>
struct std::common_type<etape::scalar_expression<T, N>, S>
{
    using type = etape::variable<T, 0>;
};
template <class T, std::size_t N, class S>
    requires std::is_arithmetic_v<S>
struct std::common_type<S, etape::scalar_expression<T, N>>
{
    using type = etape::variable<T, 0>;
};
