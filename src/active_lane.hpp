// SPDX-License-Identifier: BSL-1.0
// The lane on which the rules of the table emit recorded operations: one rule text serves numbers, SIMD, dual numbers and this.
#pragma once
#include <cmath>

#include <etape/tape/active.hpp>

ETAPE_BEGIN_ARCH
// Truth values of an array, as ones and zeros; never tracked.
struct active_mask
{
    active m;

    friend active_mask operator&(active_mask const& a, active_mask const& b)
    {
        return {primitive::apply(row_number::logical_and, a.m, b.m)};
    }
    friend active_mask operator|(active_mask const& a, active_mask const& b)
    {
        return {primitive::apply(row_number::logical_or, a.m, b.m)};
    }
    friend active_mask operator!(active_mask const& a)
    {
        return {primitive::apply(row_number::logical_not, a.m)};
    }
    bool all() const
    {
        return count() == size();
    }
    bool any() const
    {
        return count() != 0;
    }

private:
    std::size_t size() const
    {
        return m.is_number() ? 1 : m.values->size;
    }
    std::size_t count() const
    {
        if (m.is_number())
            return m.number != 0 ? 1 : 0;
        std::size_t n = 0;
        for (std::size_t i = 0; i < m.values->size; ++i)
            n += m.single ? m.values->data<float>()[i] != 0 : m.values->data<double>()[i] != 0;
        return n;
    }
};

template <class T>
struct active_lane
{
    active a;

    active_lane()
        : a(primitive::constant(0, sizeof(T) == sizeof(float)))
    {
    }
    active_lane(T v)
        : a(primitive::constant(static_cast<double>(v), sizeof(T) == sizeof(float)))
    {
    }
    explicit active_lane(active v)
        : a(std::move(v))
    {
    }
    // The values without their history: what comparisons look at.
    active_lane plain() const
    {
        active_lane p(a);
        p.a.id = record_log::no_id;
        return p;
    }
};

namespace detail
{
    template <class Rule, class T, class... Ts>
    active_lane<T> emit(active_lane<T> const& a, Ts const&... rest)
    {
        return active_lane<T>(primitive::apply(rule::number_of<Rule>, a.a, rest.a...));
    }
}

#define ETAPE_ACTIVE_OPERATOR(OP, NAME)                                                                              \
    template <class T>                                                                                               \
    active_lane<T> operator OP(active_lane<T> const& a, active_lane<T> const& b)                                     \
    {                                                                                                                \
        return detail::emit<rule::NAME>(a, b);                                                                       \
    }
ETAPE_ACTIVE_OPERATOR(+, add)
ETAPE_ACTIVE_OPERATOR(-, sub)
ETAPE_ACTIVE_OPERATOR(*, mul)
ETAPE_ACTIVE_OPERATOR(/, div)
#undef ETAPE_ACTIVE_OPERATOR
#define ETAPE_ACTIVE_COMPARISON(OP, NAME)                                                                            \
    template <class T>                                                                                               \
    active_mask operator OP(active_lane<T> const& a, active_lane<T> const& b)                                        \
    {                                                                                                                \
        return {primitive::apply(row_number::NAME, a.plain().a, b.plain().a)};                                       \
    }
ETAPE_ACTIVE_COMPARISON(<, less)
ETAPE_ACTIVE_COMPARISON(<=, less_equal)
ETAPE_ACTIVE_COMPARISON(>, greater)
ETAPE_ACTIVE_COMPARISON(>=, greater_equal)
ETAPE_ACTIVE_COMPARISON(==, equal_to)
#undef ETAPE_ACTIVE_COMPARISON
template <class T>
active_lane<T> operator-(active_lane<T> const& a)
{
    return detail::emit<rule::neg>(a);
}

// Found by argument-dependent lookup from lane::exp and the like.
#define ETAPE_ACTIVE_UNARY(NAME)                                                                                     \
    template <class T>                                                                                               \
    active_lane<T> NAME(active_lane<T> const& a)                                                                     \
    {                                                                                                                \
        return detail::emit<rule::NAME>(a);                                                                          \
    }
#define ETAPE_ACTIVE_BINARY(NAME)                                                                                    \
    template <class T>                                                                                               \
    active_lane<T> NAME(active_lane<T> const& a, active_lane<T> const& b)                                            \
    {                                                                                                                \
        return detail::emit<rule::NAME>(a, b);                                                                       \
    }
ETAPE_FOR_EACH_UNARY(ETAPE_ACTIVE_UNARY)
ETAPE_FOR_EACH_BINARY(ETAPE_ACTIVE_BINARY)
#undef ETAPE_ACTIVE_UNARY
#undef ETAPE_ACTIVE_BINARY

namespace lane
{
    template <class T>
    struct lane_traits<active_lane<T>>
    {
        using number = active_lane<T>;
        using scalar = T;
        using primal_type = number;
        using mask = active_mask;
        static constexpr std::size_t size = 1;
        static constexpr bool is_batch = false;
        static constexpr bool composite = true;
        static number primal(number const& a)
        {
            return a.plain();
        }
        static number select(mask const& m, number const& a, number const& b)
        {
            return number(primitive::apply(row_number::where, m.m, a.a, b.a));
        }
        template <class Rule, class... Lanes>
        static number apply(Lanes const&... args)
        {
            return etape::detail::emit<Rule>(args...);
        }
        static void sincos(number const& a, number& s, number& c)
        {
            s = sin(a);
            c = cos(a);
        }
        static number divide(number& r, number const& a, number const& b)
        {
            r = number(T(1)) / b;
            return a / b;
        }
        // d f and d / f, 0 where d is 0 and the factor has a pole. Not a selection by d == 0 alone, which would cut off the
        // derivative with respect to d.
        static number times(number const& d, number const& f)
        {
            return number(primitive::guarded(d.a, (d * f).a));
        }
        static number over(number const& d, number const& f)
        {
            return number(primitive::guarded(d.a, (d / f).a));
        }
        template <int n>
        static number polygamma(number const& a)
        {
            return number(primitive::polygamma(n, a.a));
        }
        template <class... Lanes>
        static number special(runtime::special_function f, std::size_t first, runtime::derivative_orders orders, Lanes const&... args)
        {
            return number(primitive::special(f, first, orders, {&args.a...}));
        }
        // A constant: in the reals it is zero.
        static number product_error(number const& a, number const& b, number const& p)
        {
            const auto on = [](auto const& x, std::size_t i)
            { return x.a.is_number() ? static_cast<T>(x.a.number) : x.a.values->template data<T>()[i]; };
            if (p.a.is_number())
                return number(std::fma(on(a, 0), on(b, 0), -on(p, 0)));
            auto e = make_buffer_like<T>(*p.a.values);
            for (std::size_t i = 0; i < e->size; ++i)
                e->template data<T>()[i] = std::fma(on(a, i), on(b, i), -on(p, i));
            return number(primitive::constant(std::move(e), sizeof(T) == sizeof(float)));
        }
    };
}
ETAPE_END_ARCH
