// SPDX-License-Identifier: BSL-1.0
// The Jacobian of what a tape recorded: tape.jacobian(y, x).
#pragma once
#include <algorithm>

#include <etape/api/jacobian.hpp>

ETAPE_BEGIN_ARCH
template <class Target, class S>
auto tape::run_jacobian(Target const& target, S const& source, bool is_detached, site const& where)
{
    // All rows of one state of the tape, whatever its own thread means to do.
    const tape_core::access access(core_, "jacobian");
    detail::count_sources checked{"jacobian", where};
    detail::each_source(source, checked);
    const auto y = detail::returned(target, where);
    using Y = std::remove_cvref_t<decltype(y)>;
    using T = typename Y::number;
    std::vector<std::vector<active>> rows;
    std::vector<std::unique_ptr<explanation>> missing;
    const std::size_t m = detail::size_of(y);
    // An empty target has no rows; one sweep says what it is connected to.
    for (std::size_t i = 0; i < std::max<std::size_t>(m, 1); ++i)
    {
        target_request t;
        detail::request_returned(t, y);
        if constexpr (Y::rank != 0)
            t.seed = m == 0 ? zeros_like(*y.values, sizeof(T) == sizeof(float)) : detail::unit_array<T>(*y.values, i);
        auto s = detail::reverse_call<false>::requests(source);
        // The first row has the words for the result: why a source has none is asked once.
        for (std::size_t k = 0; k < s.size(); ++k)
        {
            s[k].zero_if_unread = i != 0;
            s[k].zero_anyway = i != 0 && missing[k] != nullptr;
        }
        differentiate(core_, &t, 1, s.data(), s.size(), where, i + 1 < m, is_detached);
        std::size_t k = 0;
        auto take = [&](auto const& x)
        {
            using leaf = detail::leaf_type<std::remove_cvref_t<decltype(x)>>;
            static_assert(std::is_same_v<typename leaf::number, T>, "etape: a jacobian needs sources and target of one precision");
            if (i == 0)
            {
                rows.emplace_back();
                missing.push_back(std::move(s[k].missing));
            }
            if (missing[k] == nullptr && m != 0)
                rows[k].push_back(detail::gradient_of(s[k], detail::leaf_shape(x), static_cast<int>(leaf::rank), sizeof(T) == sizeof(float)));
            ++k;
        };
        detail::each_source(source, take);
        // The last row is swept alone: it uses up the tape.
        if constexpr (Y::rank != 0)
            if (i == 0 && m > 2 && std::none_of(missing.begin(), missing.end(), [](auto const& e) { return e != nullptr; }) &&
                runtime::jacobian_rows<T>(core_, *y.values, 1, m - 1, s, rows))
                i = m - 2;
    }
    std::size_t k = 0;
    auto next = [&](auto const& x)
    {
        constexpr std::size_t rank = Y::rank + detail::leaf_type<std::remove_cvref_t<decltype(x)>>::rank;
        using result = gradient_result<T, rank>;
        const std::size_t at = k++;
        if (missing[at] == nullptr)
            return result(detail::assemble<false, T, Y::rank, rank - Y::rank>(rows[at], true, detail::shape_of(y), detail::leaf_shape(x)));
        // what zeros would look like
        std::size_t shape[max_rank] = {};
        std::copy_n(detail::shape_of(y), Y::rank, shape);
        std::copy_n(detail::leaf_shape(x), rank - Y::rank, shape + Y::rank);
        return result(std::move(missing[at]), rank == 0 ? buffer_ptr() : make_buffer<T>(shape, static_cast<int>(rank)));
    };
    return detail::results_like(source, next);
}
ETAPE_END_ARCH
