// SPDX-License-Identifier: BSL-1.0
// An elementwise function over arrays on SIMD dual lanes, one statement on the tape.
#pragma once
#include <array>
#include <utility>

#include <etape/api/custom_rule.hpp>
#include <etape/api/detail/mapping.hpp>

ETAPE_BEGIN_ARCH
namespace detail
{
    // Keeps the partials; an operand that was broadcast gets the sum.
    template <class T, std::size_t Arguments, std::size_t Tangents>
    struct map_node final : external_node
    {
        mapped_loop loop;
        std::array<mapped_operand<T>, Arguments> operands;
        std::array<std::size_t, Tangents> argument;  // of tangent k
        std::array<buffer_ptr, Tangents> partials;   // null: the tape does not know the argument

        // The partials are numbers: map() records nothing of this kind where derivatives of derivatives may be asked for.
        void reverse_active(active_sweep& s) const override
        {
            node::reverse_active(s);
        }
        // f(offset in the operand, offset in the result, stride of the operand, length) for every row of operand j
        template <class F>
        void rows(std::size_t j, F&& f) const
        {
            const auto step = loop.rank == 0 ? 0 : operands[j].strides[static_cast<std::size_t>(loop.rank - 1)];
            loop.template each_row<Arguments>(operands, [&](std::size_t r, std::array<std::ptrdiff_t, Arguments> const& at)
                { f(at[j], r * loop.length, step, loop.length); });
        }
        void pull(external_adjoint const* of_results, external_adjoint* of_inputs) const override
        {
            const T* g = of_results[0].array->template data<T>();
            for (std::size_t k = 0; k < Tangents; ++k)
            {
                if (!partials[k])
                    continue;
                const T* p = partials[k]->template data<T>();
                // An adjoint of 0 passes 0, also through a slope that is infinite or NaN.
                const auto contribution = [&](std::size_t i) { return g[i] == T(0) ? T(0) : g[i] * p[i]; };
                auto& to = of_inputs[k];
                to.given = true;
                if (inputs_[k].array == nullptr)
                {
                    T sum{};
                    for (std::size_t i = 0; i < loop.rows * loop.length; ++i)
                        sum += contribution(i);
                    to.number = static_cast<double>(sum);
                    continue;
                }
                to.array = make_buffer_like<T>(*inputs_[k].array);
                T* a = to.array->template data<T>();
                if (loop.rows == 1 && inputs_[k].array->size == loop.length)
                {
                    for (std::size_t i = 0; i < loop.length; ++i)
                        a[i] = contribution(i);
                    continue;
                }
                std::fill_n(a, to.array->size, T(0));
                rows(argument[k], [&](std::ptrdiff_t at, std::size_t first, std::ptrdiff_t step, std::size_t n)
                    {
                        for (std::size_t i = 0; i < n; ++i)
                            a[at + static_cast<std::ptrdiff_t>(i) * step] += contribution(first + i);
                    });
            }
        }
        void push(external_adjoint const* of_inputs, external_adjoint* of_results) const override
        {
            auto& to = of_results[0];
            to.given = true;
            to.array = make_buffer_like<T>(*results_[0].array);
            T* t = to.array->template data<T>();
            std::fill_n(t, to.array->size, T(0));
            for (std::size_t k = 0; k < Tangents; ++k)
            {
                if (!partials[k])
                    continue;
                const T* p = partials[k]->template data<T>();
                const T number = static_cast<T>(of_inputs[k].number);
                const T* from = of_inputs[k].array ? of_inputs[k].array->template data<T>() : &number;
                rows(argument[k], [&](std::ptrdiff_t at, std::size_t first, std::ptrdiff_t step, std::size_t n)
                    {
                        for (std::size_t i = 0; i < n; ++i)
                            if (const T moves = from[at + static_cast<std::ptrdiff_t>(i) * step]; moves != T(0))  // 0 passes 0, also by an infinite slope
                                t[first + i] += p[first + i] * moves;
                    });
            }
        }
    };

    // Element by element with active scalars: what derivatives of derivatives look into.
    template <class T, std::size_t N, class F, class... X>
    tensor<T, N> map_elements(F const& f, mapping<F, T, X...> const& m, std::tuple<X...> const& xs, site const& where)
    {
        auto b = make_buffer<T>(m.shape(), static_cast<int>(N));
        b->role = buffer_role::result;
        b->made = where;
        runtime::packer<T> pack(*b);
        m.loop().template each_row<sizeof...(X)>(m.operands(), [&](std::size_t, std::array<std::ptrdiff_t, sizeof...(X)> const& at)
            {
                for (std::size_t i = 0; i < m.loop().length; ++i)
                {
                    const auto argument = [&]<std::size_t J>()
                    {
                        auto const& x = std::get<J>(xs);
                        using A = std::remove_cvref_t<decltype(x)>;
                        const auto step = m.loop().rank == 0 ? 0 : m.operands()[J].strides[static_cast<std::size_t>(m.loop().rank - 1)];
                        const auto offset = at[J] + static_cast<std::ptrdiff_t>(i) * step;
                        if constexpr (is_tensor_v<A>)
                            return read_element<T>(*x.data_handle(), offset);
                        else if constexpr (is_constant_array_v<A>)
                            return x.data_handle()->template data<T>()[offset];
                        else
                            return x;
                    };
                    const variable<T, 0> y = [&]<std::size_t... J>(std::index_sequence<J...>)
                    { return f(argument.template operator()<J>()...); }(std::index_sequence_for<X...>{});
                    pack.add(y.value(), y.tag_for_recording());
                }
            });
        pack.finish(where);
        return tensor<T, N>(std::move(b));
    }
    template <class... X>
    struct map_number
    {
        using type = void;
    };
    template <class X, class... Rest>
    struct map_number<X, Rest...>
    {
        using own = typename number_of_held<X>::type;
        using type = std::conditional_t<std::is_void_v<own>, typename map_number<Rest...>::type, own>;
    };
}

// f applied to the elements of arrays that broadcast to one shape, as in xtensor: one statement on the tape, whatever f does.
// f is written for numbers: it is called with dual numbers of SIMD lanes for tracked arguments and plain arrays, and with plain
// numbers as they are; it returns one number. if, ?: and loops on its comparisons work (lanes that would go another way are
// run again); select(condition, a, b) costs less.
//
//     auto y = map([](auto const& x, auto const& s) { return x > 0.0 ? log1p(x / s) : x / s; }, x, sigma);
//
// Value and partials are computed in one pass; the statement keeps one array of partials for each tracked argument. Inside
// derivatives of derivatives (a persistent tape may ask for them) f runs on active scalars, element by element. Throws shape_error where shapes do not broadcast.
template <class F, class... X>
auto map(F const& f, X&&... xs)
{
    static_assert(((detail::is_expression_v<std::remove_cvref_t<X>> || is_scalar_variable_v<std::remove_cvref_t<X>> ||
                    std::is_arithmetic_v<std::remove_cvref_t<X>>) && ...),
                  "etape: map() takes arrays, tracked numbers and plain numbers");
    const std::tuple<decltype(detail::held(std::as_const(xs), site{}))...> held{detail::held(std::as_const(xs), site{})...};
    (detail::give_up<X>(xs), ...);
    return [&]<class... H>(std::tuple<H...> const& arguments)
    {
        using T = typename detail::map_number<H...>::type;
        static_assert(!std::is_void_v<T>, "etape: map() needs an array or a tracked number among its arguments");
        static_assert(((std::is_void_v<typename detail::number_of_held<H>::type> || std::is_same_v<typename detail::number_of_held<H>::type, T>) && ...),
                      "etape: map() needs arrays of one type: all double or all float");
        using mapping = detail::mapping<F, T, H...>;
        constexpr std::size_t rank = mapping::rank, tangents = mapping::tangents;
        static_assert(rank > 0, "etape: map() needs an array among its arguments; for numbers alone see preaccumulate()");
        const mapping m(f, arguments);
        static constexpr external_rule rule{"map", site{}, true, true};
        std::vector<external_value> in;
        bool tracked = false;
        detail::each_leaf(arguments, [&](auto const& leaf)
            {
                in.push_back(detail::as_input(leaf));
                tracked = tracked || in.back().id != record_log::no_id;
            });
        detail::note_constants(arguments, in);
        if (tracked && runtime::thread.higher_order)
            return detail::map_elements<T, rank>(f, m, arguments, site{});
        auto values = make_buffer<T>(m.shape(), static_cast<int>(rank));
        values->role = buffer_role::result;
        std::array<buffer_ptr, tangents> partials;
        std::array<T*, tangents> to{};
        for (std::size_t k = 0; k < tangents; ++k)
            if (in[k].id != record_log::no_id)
            {
                partials[k] = make_buffer<T>(m.shape(), static_cast<int>(rank));
                to[k] = partials[k]->template data<T>();
            }
        m.run(values->template data<T>(), to);
        tensor<T, rank> y(std::move(values));
        if (!tracked)
            return detail::untracked_results(rule, in, y);
        auto& log = *runtime::thread.log;
        auto& n = log.template add_node<detail::map_node<T, sizeof...(H), tangents>>();
        n.loop = m.loop();
        n.operands = m.operands();
        n.partials = std::move(partials);
        std::size_t k = 0, j = 0;
        ((detail::has_leaves_v<H> ? void(n.argument[k++] = j++) : void(++j)), ...);
        const auto next = log.position();
        auto numbered = detail::number_results(log, n, rule, in, y);
        n.push_tangents(log, next);
        return numbered;
    }(held);
}
ETAPE_END_ARCH
