// SPDX-License-Identifier: BSL-1.0
// Jacobians of functions that map the rows of a batch independently.
#pragma once
#include <cmath>

#include <etape/api/jacobian.hpp>
#include <etape/tape/row_pattern.hpp>

ETAPE_BEGIN_ARCH
namespace detail
{
    template <class F>
    struct batch_jacobian_function
    {
        F f;
        template <class X>
        auto operator()(X const& x) const
        {
            constexpr bool one_array = source_leaf_v<decltype(own_argument(x))>;
            static_assert(
                one_array,
                "etape: batch_jacobian needs one array, whose first axis is the batch, found a structure: use jacobian(), or "
                "batch_jacobian of each array with the others captured");
            if constexpr (one_array)
                return rows(x);
        }

    private:
        template <class X>
        auto rows(X const& x) const
        {
            constexpr bool tracked = tracked_argument<X>();
            reverse_call<tracked> call("batch_jacobian", true, site{});
            const std::tuple<decltype(own_argument(x))> own{own_argument(x)};
            auto const& own_x = std::get<0>(own);
            using L = leaf_type<std::remove_cvref_t<decltype(own_x)>>;
            call.open(own);
            expect_generic<F const&>(own);
            const auto y = detail::returned(f(own_x), site{});
            using Y = std::remove_cvref_t<decltype(y)>;
            using T = typename Y::number;
            static_assert(L::rank >= 2 && Y::rank >= 2, "etape: batch_jacobian needs an argument and a result of rank 2 or more: rows of a batch");
            call.returned(y);
            call.close();
            auto const& in = *own_x.data_handle();
            auto const& out = *y.values;
            if (in.shape[0] != out.shape[0])
                throw_shape_error("batch_jacobian", "a batch of " + std::to_string(in.shape[0]) + " rows in the argument and of " +
                                                        std::to_string(out.shape[0]) + " in the result",
                                  "equal batches");
            const std::size_t batch = in.shape[0], width = batch == 0 ? 0 : out.size / batch, inputs = batch == 0 ? 0 : in.size / batch;
            auto sweep = [&](auto&& weight)
            {
                target_request t;
                request_returned(t, y);
                t.seed = make_buffer_like<T>(out);
                for (std::size_t b = 0; b < batch; ++b)
                    for (std::size_t j = 0; j < width; ++j)
                        t.seed->template data<T>()[b * width + j] = weight(b, j);
                auto s = call.requests(own);
                call.run(t, s);
                return gradient_of(s[0], in.shape, in.rank, sizeof(T) == sizeof(float));
            };
            // One sweep gives the entry j of every row, if no row of y depends on another row of x: what was recorded tells.
            const bool proved = in.size == 0 || width == 0 || independent(call.tape(), in, out);
            std::vector<active> parts;
            for (std::size_t j = 0; j < width; ++j)
                parts.push_back(sweep([&](std::size_t, std::size_t k) { return k == j ? T(1) : T(0); }));
            // Or else rows with weights of their own would not come out with these weights.
            const auto row_weight = [](std::size_t b) { return static_cast<T>(1.5 + std::cos(1.0 + 2.4 * static_cast<double>(b))); };
            const auto entry_weight = [](std::size_t j) { return static_cast<T>(1.5 + std::sin(1.0 + 1.7 * static_cast<double>(j))); };
            if (!proved)
            {
                const auto weighted = sweep([&](std::size_t b, std::size_t j) { return row_weight(b) * entry_weight(j); });
                for (std::size_t i = 0; i < in.size; ++i)
                {
                    T sum = 0, size = 0;
                    for (std::size_t j = 0; j < width; ++j)
                    {
                        const T term = row_weight(i / inputs) * entry_weight(j) * parts[j].values->template data<T>()[i];
                        sum += term;
                        size += std::abs(term);
                    }
                    const T found = weighted.values->template data<T>()[i];
                    const T slack = static_cast<T>(1e3) * std::numeric_limits<T>::epsilon() * (size + std::abs(found));
                    if (std::abs(found - sum) > slack)
                        throw rule_error("etape: batch_jacobian: found a row of the result that depends on other rows of the argument than " +
                                         std::to_string(i / inputs) + ", expected independent rows: use jacobian()");
                }
            }
            // parts are (width, batch, inputs); the result is (batch, width, inputs)
            std::size_t shape[max_rank];
            constexpr int rank = static_cast<int>(Y::rank + L::rank - 1);
            static_assert(rank <= max_rank, "etape: batch_jacobian: the ranks of argument and result are too large");
            std::copy_n(out.shape, Y::rank, shape);
            std::copy_n(in.shape + 1, L::rank - 1, shape + Y::rank);
            if (parts.empty() || in.size == 0)
                return as_result_value<tracked, T, static_cast<std::size_t>(rank)>(make_buffer<T>(shape, rank));
            const std::size_t stacked[] = {width, batch, inputs};
            window_layout w;
            w.rank = 3;
            const std::size_t turned[] = {batch, width, inputs};
            std::copy_n(turned, 3, w.shape);
            w.strides[0] = static_cast<std::ptrdiff_t>(inputs);
            w.strides[1] = static_cast<std::ptrdiff_t>(batch * inputs);
            w.strides[2] = 1;
            return as_result_value<tracked, T, static_cast<std::size_t>(rank)>(
                primitive::reshape(primitive::gather(primitive::stack(parts, stacked, 3), w), shape, rank).values);
        }

    private:
        // Row b of the result reads row b of the argument only. False: a statement does not tell. Throws rule_error where rows mix.
        static bool independent(tape_core& tape, buffer const& in, buffer const& out)
        {
            auto const& log = tape.log();
            const auto from = log.find(in), to = log.find(out);
            if (from == record_log::no_id || to == record_log::no_id)
                return true;
            row_pattern rows(tape, from);
            rows.begin(from, in.shape[0]);
            rows.run();
            bool known = true;
            auto const& labels = rows.array(to);
            for (std::size_t i = 0; i < labels.size(); ++i)
            {
                const auto row = static_cast<std::int32_t>(i / (out.size / out.shape[0]));
                if (labels[i] == row_pattern::unknown)
                    known = false;
                else if (labels[i] != row_pattern::none && labels[i] != row)
                {
                    auto const* n = rows.joined();
                    throw rule_error("etape: batch_jacobian: found that row " + std::to_string(row) + " of the result depends on " +
                                     (labels[i] == row_pattern::several ? "several rows" : "row " + std::to_string(labels[i])) +
                                     " of the argument" +
                                     (n != nullptr ? std::string(", first joined by ") + n->name +
                                                         (n->where.known() ? " at " + to_string(n->where) : std::string())
                                                   : std::string()) +
                                     ", expected independent rows: use jacobian()");
                }
            }
            return known;
        }
    };
}

// batch_jacobian(f)(x), for f that maps each row of x (its first axis) to the same row of the result, independently: shape
// f(x).shape + x.shape[1:], by one sweep for each entry of one row. Throws shape_error for batches of different size, rule_error when a
// row depends on another one: the rows that each recorded element reads are followed through the statements. Where one of these
// does not tell (a rule by the user), one more sweep with other weights of the rows does.
template <class F>
auto batch_jacobian(F f)
{
    return detail::batch_jacobian_function<F>{std::move(f)};
}
ETAPE_END_ARCH
