// SPDX-License-Identifier: BSL-1.0
// Arrays on a stream, in braces as they are written in C++. Printing records nothing.
#pragma once
#include <ostream>

#include <etape/array/evaluation.hpp>
#include <etape/tape/silence.hpp>

namespace etape::runtime
{
    // Nested braces in row-major order, with the stream's format for the numbers; of arrays of more than 1000 elements the first and the last
    // three of every dimension.
    template <class T>
    void print(std::ostream& out, buffer const& b);
    extern template void print<double>(std::ostream&, buffer const&);
    extern template void print<float>(std::ostream&, buffer const&);
}

ETAPE_BEGIN_ARCH
// Tracked arrays, views and expressions of them.
template <detail::tracked_expression E>
requires(detail::static_rank_v<E> != 0 && is_compiled_number_v<detail::number_t<E>>) std::ostream&
operator<<(std::ostream& out, E const& e)
{
    using T = detail::number_t<E>;
    const runtime::silence quiet;
    runtime::print<T>(out, *detail::evaluate<T>(e, site{}));
    return out;
}
// Those of rank 0 (xt::sum(x)): a number.
template <detail::tracked_expression E>
requires(detail::static_rank_v<E> == 0 && is_compiled_number_v<detail::number_t<E>>) std::ostream&
operator<<(std::ostream& out, E const& e)
{
    const runtime::silence quiet;
    return out << detail::evaluate_number<detail::number_t<E>>(e, site{}).value();
}
template <class T, std::size_t N>
std::ostream& operator<<(std::ostream& out, constant<T, N> const& c)
{
    if (c.data_handle())
        runtime::print<T>(out, *c.data_handle());
    return out;
}
ETAPE_END_ARCH
