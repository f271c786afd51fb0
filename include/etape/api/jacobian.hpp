// SPDX-License-Identifier: BSL-1.0
// Jacobians as functions of functions: jacobian, jacrev, jacfwd.
#pragma once
#include <etape/api/grad.hpp>
#include <etape/api/jvp.hpp>
#include <etape/tape/active.hpp>
#include <etape/tape/external_node.hpp>
#include <etape/tape/seed_block.hpp>

ETAPE_BEGIN_ARCH
namespace detail
{
    // d y / d x, shape y.shape + x.shape, put together from rows (one entry of y) or columns (one entry of x).
    template <bool Tracked, class T, std::size_t NY, std::size_t NX>
    auto assemble(std::vector<active> const& parts, bool rows, const std::size_t* y_shape, const std::size_t* x_shape)
    {
        if constexpr (NY + NX == 0)
        {
            auto const& a = parts.front();
            if constexpr (Tracked)
                return a.tracked() ? variable<T, 0>(with_tag{}, static_cast<T>(a.number), runtime::thread.log->template scalars<T>().base + a.id)
                                   : variable<T, 0>(static_cast<T>(a.number));
            else
                return static_cast<T>(a.number);
        }
        else
        {
            std::size_t shape[max_rank], m = 1, n = 1;
            static_assert(NY + NX <= static_cast<std::size_t>(max_rank), "etape: a jacobian has the ranks of target and source together, at most 8");
            for (std::size_t k = 0; k < NY; ++k)
                m *= shape[k] = y_shape[k];
            for (std::size_t k = 0; k < NX; ++k)
                n *= shape[NY + k] = x_shape[k];
            constexpr int rank = static_cast<int>(NY + NX);
            if (m * n == 0)
                return as_result_value<Tracked, T, NY + NX>(make_buffer<T>(shape, rank));
            if (rows)
                return as_result_value<Tracked, T, NY + NX>(primitive::stack(parts, shape, rank).values);
            const std::size_t turned[] = {n, m};
            window_layout w;
            w.rank = 2;
            w.shape[0] = m;
            w.shape[1] = n;
            w.strides[0] = 1;
            w.strides[1] = static_cast<std::ptrdiff_t>(m);
            const auto columns = primitive::stack(parts, turned, 2);
            return as_result_value<Tracked, T, NY + NX>(primitive::reshape(primitive::gather(columns, w), shape, rank).values);
        }
    }
    template <class T>
    std::size_t size_of(returned_number<T> const&)
    {
        return 1;
    }
    template <class T, std::size_t N>
    std::size_t size_of(returned_array<T, N> const& y)
    {
        return y.values->size;
    }
    template <class T>
    const std::size_t* shape_of(returned_number<T> const&)
    {
        return nullptr;
    }
    template <class T, std::size_t N>
    const std::size_t* shape_of(returned_array<T, N> const& y)
    {
        return y.values->shape;
    }
    template <class X>
    std::size_t leaf_size(X const& x)
    {
        if constexpr (leaf_type<X>::rank == 0)
            return 1;
        else
            return x.data_handle()->size;
    }
    template <class X>
    const std::size_t* leaf_shape(X const& x)
    {
        if constexpr (leaf_type<X>::rank == 0)
            return nullptr;
        else
            return x.data_handle()->shape;
    }
    template <class T>
    buffer_ptr unit_array(buffer const& like, std::size_t i)
    {
        auto e = zeros_like(like, sizeof(T) == sizeof(float));
        e->template data<T>()[i] = T(1);
        return e;
    }
    inline active gradient_of(source_request& r, const std::size_t* shape, int rank, bool single)
    {
        if (r.missing)
        {
            runtime::zero_or_throw(*r.missing);
            const auto zero = primitive::constant(0, single);
            return rank == 0 ? zero : primitive::reshape(zero, shape, rank);
        }
        if (rank != 0)
            return primitive::of(r.gradient, single);
        auto a = primitive::constant(r.scalar, single);
        if (r.scalar_tag != 0 && runtime::thread.recording)
            a.id = single ? runtime::thread.log->id_of_scalar<float>(r.scalar_tag) : runtime::thread.log->id_of_scalar<double>(r.scalar_tag);
        return a;
    }

    // Of one number or array: by one reverse sweep for each entry of y (for a block of them, over scalar statements), after one call of f.
    template <bool Tracked, class Y, class Own>
    auto reverse_jacobian_of(reverse_call<Tracked>& call, Y const& y, Own const& own)
    {
        using T = typename Y::number;
        std::vector<std::vector<active>> rows;
        for (std::size_t i = 0; i < size_of(y); ++i)
        {
            target_request t;
            request_returned(t, y);
            if constexpr (Y::rank != 0)
                t.seed = unit_array<T>(*y.values, i);
            auto s = call.requests(own);
            call.run(t, s);
            std::size_t k = 0;
            auto take = [&](auto const& x)
            {
                using leaf = leaf_type<std::remove_cvref_t<decltype(x)>>;
                static_assert(std::is_same_v<typename leaf::number, T>, "etape: a jacobian needs arguments and result of one precision");
                if (rows.size() <= k)
                    rows.resize(k + 1);
                rows[k].push_back(gradient_of(s[k], leaf_shape(x), static_cast<int>(leaf::rank), sizeof(T) == sizeof(float)));
                ++k;
            };
            each_source(own, take);
            if constexpr (Y::rank != 0)
                if (i == 0 && !call.recorded() &&
                    runtime::jacobian_rows<T>(call.tape(), *y.values, 1, size_of(y), s, rows))
                    break;
        }
        std::size_t k = 0;
        auto next = [&](auto const& x)
        {
            const std::size_t at = k++;
            return assemble<Tracked, T, Y::rank, leaf_type<std::remove_cvref_t<decltype(x)>>::rank>(
                at < rows.size() ? rows[at] : std::vector<active>{}, true, shape_of(y), leaf_shape(x));
        };
        return alone_or_tuple(results_like(own, next));
    }
    // In the structure of y, whose leaves are structures of the arguments.
    template <bool Tracked, class Y, class Own>
    auto reverse_jacobian(reverse_call<Tracked>& call, Y const& y, Own const& own)
    {
        auto one = [&](auto const& leaf) { return reverse_jacobian_of(call, leaf, own); };
        return results_like(y, one);
    }
    // The tangent of what a function returned; zeros where it does not depend on the inputs of the level.
    template <class T>
    active active_tangent(runtime::level& level, returned_number<T> const& y)
    {
        std::uint64_t tag = 0;
        auto t = primitive::constant(
            static_cast<double>(level.scalar<T>(y.value.tag_for_recording(), tag)),
            sizeof(T) == sizeof(float));
        if (tag != 0)
            t.id = runtime::thread.log->template scalars<T>().local(tag);
        return t;
    }
    template <class T, std::size_t N>
    active active_tangent(runtime::level& level, returned_array<T, N> const& y)
    {
        auto t = level.array(*y.values);
        return primitive::of(t ? t : zeros_like(*y.values, sizeof(T) == sizeof(float)),
                             sizeof(T) == sizeof(float));
    }
    // By one forward pass for each entry of the arguments.
    template <bool Tracked, class F, class... X>
    auto forward_jacobian(F const& f, X const&... x)
    {
        const std::tuple<decltype(own_argument(x))...> shapes{own_argument(x)...};
        expect_generic<F const&>(shapes);
        runtime::outer_call around("jacfwd");
        using Y = decltype(returned_all(std::apply(f, shapes), site{}));
        std::optional<Y> result;
        std::vector<std::vector<std::vector<active>>>
            columns;  // by leaf of the arguments, leaf of the result, entry
        auto one_pass = [&](std::size_t leaf, std::size_t entry)
        {
            const std::tuple<decltype(own_argument(x))...> own{own_argument(x)...};
            runtime::level level(site{}, runtime::level::asked::afterwards);
            std::size_t k = 0;
            auto set = [&](auto const& a)
            {
                if (k++ != leaf)
                    return;
                using T = typename leaf_type<std::remove_cvref_t<decltype(a)>>::number;
                if constexpr (leaf_type<std::remove_cvref_t<decltype(a)>>::rank == 0)
                {
                    std::uint64_t constant_tag = 0;
                    level.set_scalar<T>(a.tag_for_recording(), T(1), constant_tag);
                }
                else
                    level.set_array(*a.data_handle(), unit_array<T>(*a.data_handle(), entry), sizeof(T) == sizeof(float));
            };
            each_source(own, set);
            around.arguments_made();
            result.emplace(returned_all(std::apply(f, own), site{}));
            if constexpr (!Tracked)
                check_all_captured(around, *result);
            std::size_t j = 0;
            auto take = [&](auto const& y)
            {
                if (columns[leaf].size() <= j)
                    columns[leaf].emplace_back();
                columns[leaf][j++].push_back(active_tangent(level, y));
            };
            each_source(*result, take);
        };
        std::size_t leaf = 0;
        auto all_passes = [&](auto const& a)
        {
            columns.emplace_back();
            for (std::size_t i = 0; i < leaf_size(a); ++i)
                one_pass(leaf, i);
            ++leaf;
        };
        each_source(shapes, all_passes);
        if (!result)  // no entries, but a shape
            result.emplace(returned_all(std::apply(f, shapes), site{}));
        std::size_t j = 0;
        auto each_result = [&]<class R>(R const& y)
        {
            std::size_t k = 0;
            auto next = [&](auto const& a)
            {
                using T = typename R::number;
                using L = leaf_type<std::remove_cvref_t<decltype(a)>>;
                static_assert(std::is_same_v<typename L::number, T>,
                              "etape: a jacobian needs arguments and result of one precision");
                auto const& parts = columns[k++];
                return assemble<Tracked, T, R::rank, L::rank>(
                    j < parts.size() ? parts[j] : std::vector<active>{}, false, shape_of(y),
                    leaf_shape(a));
            };
            auto row = alone_or_tuple(results_like(shapes, next));
            ++j;
            return row;
        };
        return results_like(*result, each_result);
    }

    enum class jacobian_mode
    {
        automatic,
        reverse,
        forward
    };
    template <jacobian_mode Mode, class F>
    struct jacobian_function
    {
        F f;
        template <class... X>
        auto operator()(X const&... x) const
        {
            constexpr bool tracked = (tracked_argument<X>() || ...);
            if constexpr (Mode == jacobian_mode::forward)
                return forward_jacobian<tracked>(f, x...);
            else
            {
                reverse_call<tracked> call("jacobian", true, site{});
                const std::tuple<decltype(own_argument(x))...> own{own_argument(x)...};
                call.open(own);
                expect_generic<F const&>(own);
                const auto y = returned_all(std::apply(f, own), site{});
                call.returned(y);
                call.close();
                if constexpr (Mode == jacobian_mode::automatic)
                {
                    std::size_t inputs = 0, outputs = 0;
                    auto count = [&](auto const& a) { inputs += leaf_size(a); };
                    auto count_results = [&](auto const& e) { outputs += size_of(e); };
                    each_source(own, count);
                    each_source(y, count_results);
                    // A pass over f for each input against a sweep for each output; but a rule by the user may know one way only.
                    const auto ways = runtime::ways_of_rules(call.tape());
                    if (ways.forward && (inputs < outputs || !ways.reverse))
                        return forward_jacobian<tracked>(f, x...);
                }
                return reverse_jacobian(call, y, own);
            }
        }
    };
}

// jacobian(f)(x...): d f / d x, shape f(x).shape + x.shape, in the structure of the arguments (a std::tuple for several); where f
// returns a structure, that structure of them, as of pytrees in JAX. Costs one sweep for each entry of f(x), or one forward pass for each
// entry of x when these are fewer, and where custom rules inside know one of these ways only, in that one. Tracked for tracked arguments;
// f may be called several times: it must not keep tracked values from one call to the next. jacrev and jacfwd choose the mode. Errors as
// in grad().
template <class F>
auto jacobian(F f)
{
    return detail::jacobian_function<detail::jacobian_mode::automatic, F>{std::move(f)};
}
template <class F>
auto jacrev(F f)
{
    return detail::jacobian_function<detail::jacobian_mode::reverse, F>{std::move(f)};
}
template <class F>
auto jacfwd(F f)
{
    return detail::jacobian_function<detail::jacobian_mode::forward, F>{std::move(f)};
}
ETAPE_END_ARCH
