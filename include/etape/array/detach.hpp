// SPDX-License-Identifier: BSL-1.0
// Out of the tape on purpose: value() for plain numbers, stop_gradient() for a constant in the middle of a computation,
// borrow() for plain memory without a copy.
#pragma once
#include <etape/array/view_target.hpp>
#include <etape/tape/silence.hpp>

namespace etape::runtime
{
    // A note on an array that it was detached (or read out) here.
    void note_detached(buffer& now, buffer const& from, reason why, const char* operation, site const& where);
    // The space has a stream on this thread's log.
    std::uint64_t detached_scalar(id_space space, std::uint64_t tag, site const& where);
}

ETAPE_BEGIN_ARCH
namespace detail
{
    template <class E>
    auto detached_array(E const& e, reason why, const char* operation, site const& where)
    {
        using T = number_t<E>;
        constexpr auto N = static_rank_v<E>;
        static_assert(N != dynamic_rank, "etape: value() and stop_gradient() need an expression whose rank is known at compile time");
        // The operands are recorded as usual, so that the note can say what was cut off.
        auto b = evaluate<T>(e, where);
        auto alias = make_alias<T>(*b);
        alias->made = where;
        runtime::note_detached(*alias, *b, why, operation, where);
        return constant<T, N>(std::move(alias));
    }
}

// The values of a tracked array or expression, as a constant that shares the memory. Its way back into a computation is
// noted: a gradient that is missing because of it says `escaped`.
template <class A>
    requires(detail::tracked_expression<std::remove_cvref_t<A>> && detail::static_rank_v<std::remove_cvref_t<A>> != 0)
auto value(A&& e, site const& where = site::current())
{
    const detail::last_use<A> ends{e};
    return detail::detached_array(e, reason::escaped, "value", where);
}
template <detail::tracked_expression E>
    requires(detail::static_rank_v<E> == 0)
auto value(E const& e)
{
    return detail::evaluate_number<detail::number_t<E>>(e, site{}).value();
}

// Of what is plain already, for functions that are written once: a number, or a constant with a copy of the values.
template <class S>
    requires std::is_arithmetic_v<S>
constexpr S value(S v) noexcept
{
    return v;
}
template <detail::plain_expression E>
auto value(E const& e)
{
    constexpr auto N = detail::static_rank_v<E>;
    static_assert(N != detail::dynamic_rank, "etape: value() needs an expression whose rank is known at compile time");
    if constexpr (N == 0)
        return typename E::value_type(e());
    else
        return constant<detail::number_t<E>, N>(e);
}

// The same values without their history: derivatives do not pass. Differentiates as 0 and says `detached`.
template <class A>
    requires(detail::tracked_expression<std::remove_cvref_t<A>> && detail::static_rank_v<std::remove_cvref_t<A>> != 0)
auto stop_gradient(A&& e, site const& where = site::current())
{
    const detail::last_use<A> ends{e};
    return detail::detached_array(e, reason::detached, "stop_gradient", where);
}
template <class T>
variable<T, 0> stop_gradient(variable<T, 0> const& v, site const& where = site::current())
{
    return variable<T, 0>(detail::with_tag{}, v.value(), runtime::detached_scalar(detail::space_on_log<T>(), v.tag(), where));
}
template <class T, std::size_t N>
variable<T, 0> stop_gradient(scalar_expression<T, N> const& e, site const& where = site::current())
{
    return stop_gradient(variable<T, 0>(e), where);
}
template <detail::tracked_expression E>
    requires(detail::static_rank_v<E> == 0)
auto stop_gradient(E const& e, site const& where = site::current())
{
    return stop_gradient(detail::evaluate_number<detail::number_t<E>>(e, where), where);
}

// Plain row-major memory as a constant without a copy. The caller keeps the array alive and unchanged until the last tape
// that read it has been swept. Throws shape_error for memory that is not contiguous and row-major.
template <class E>
    requires(detail::has_plain_memory_v<E> && std::is_floating_point_v<typename E::value_type>)
auto borrow(E const& a)
{
    using T = typename E::value_type;
    constexpr auto N = detail::static_rank_v<E>;
    static_assert(N != detail::dynamic_rank && N > 0, "etape: borrow() needs an array whose rank is known at compile time");
    source<T> s;
    std::copy(a.shape().begin(), a.shape().end(), s.shape_store);
    std::copy(a.strides().begin(), a.strides().end(), s.stride_store);
    s.set_memory(a.data() + a.data_offset(), static_cast<int>(N), nullptr, false, 0);
    if (!s.dense)
        throw_shape_error("borrow", "memory with gaps or in column-major order", "contiguous row-major memory");
    return constant<T, N>(make_borrowed<T>(s.data, s.shape_store, static_cast<int>(N)));
}
template <class E>
void borrow(E const&& a) = delete;  // a temporary would be gone
ETAPE_END_ARCH
