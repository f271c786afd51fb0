// SPDX-License-Identifier: BSL-1.0
// What evaluates an expression: an array, or a number, recorded as one statement where something in it is tracked.
#pragma once
#include <etape/array/lower.hpp>

ETAPE_BEGIN_ARCH
namespace detail
{
    inline constexpr const char* name_of_leaf = "copy";
    template <class Tree>
    inline constexpr const char* name_of = name_of_leaf;
    template <class Rule, class... C>
    inline constexpr const char* name_of<expr::op<Rule, C...>> = Rule::name;

    template <class Tree>
    inline const std::uint16_t operation_of = runtime::operation_number(name_of<Tree>);

    template <class Tree>
    inline constexpr bool has_arrays_v = false;
    template <bool A>
    inline constexpr bool has_arrays_v<expr::array_leaf<A>> = true;
    template <class Rule, class... C>
    inline constexpr bool has_arrays_v<expr::op<Rule, C...>> = (has_arrays_v<C> || ...);

    // An array of rank 0 from a number.
    template <class T>
    buffer_ptr number_as_array(variable<T, 0> const& v, site const& where)
    {
        auto b = make_buffer<T>(nullptr, 0);
        b->role = buffer_role::result;
        b->made = where;
        runtime::packer<T> pack(*b);
        pack.add(v.value(), v.tag_for_recording());
        pack.finish(where);
        return b;
    }

    template <class T, class E>
    struct evaluation
    {
        static buffer_ptr array(E const& e, site const& where)
        {
            static_assert(evaluable<E>::value);
            if constexpr (!contains_tracked_v<E> && !is_tracked_v<E>)
            {
                auto b = evaluate_plain<T>(e);
                if constexpr (notes_constants)
                    if (tape_alive()) [[unlikely]]
                        note_constants(*b, e, where);
                return b;
            }
            else
            {
                static_assert(!is_tracked_v<E> || std::is_same_v<number_t<E>, T>,
                              "etape: the expression's variables and the result differ in precision (float, double)");
                using tree = typename lowering<E>::tree;
                statement<T, tree> s;
                // Numbers alone, broadcast to a shape.
                bool spread = false;
                if constexpr (!has_arrays_v<tree> && static_rank_v<E> != 0)
                    if (const auto rank = e.dimension(); rank != 0)
                    {
                        spread = true;
                        check_dimensions(rank);
                        std::size_t shape[max_rank];
                        std::copy(e.shape().begin(), e.shape().end(), shape);
                        s.require_shape(shape, static_cast<int>(rank));
                    }
                lowering<E>::collect(e, s);
                if constexpr (!has_arrays_v<tree> && static_rank_v<E> == 0)
                    return number_as_array<T>(s.point(name_of<tree>, where), where);
                else
                {
                    if constexpr (!has_arrays_v<tree>)
                        if (!spread)
                            return number_as_array<T>(s.point(name_of<tree>, where), where);
                    auto b = s.array(name_of<tree>, where);
                    b->operation = operation_of<tree>;
                    return b;
                }
            }
        }
        // Constants carry the note that they were read out of tracked arrays: so does what is computed from them.
        static constexpr bool notes_constants = []
        {
            if constexpr (holds_handle_v<E> && fusible_plain_v<E>)
                return std::is_same_v<number_t<E>, T>;
            else
                return false;
        }();
        static void note_constants(buffer& b, E const& e, site const& where)
        {
            using tree = typename lowering<E>::tree;
            statement<T, tree> s;
            lowering<E>::collect(e, s);
            note_lost_history(b, s.sources, static_cast<int>(std::size(s.sources)), name_of<tree>,
                              where);
        }
        static variable<T, 0> number(E const& e, site const& where)
        {
            static_assert(evaluable<E>::value);
            using tree = typename lowering<E>::tree;
            if constexpr (!has_arrays_v<tree>)
            {
                statement<T, tree> s;
                lowering<E>::collect(e, s);
                return s.point(name_of<tree>, where);
            }
            else
            {
                auto b = array(e, where);
                check_rank("conversion to a number", b->rank, 0);
                return read_element<T>(*b, 0);
            }
        }
    };
    // A handle is its own evaluation.
    template <class T, class H>
    struct handle_evaluation
    {
        static buffer_ptr array(H const& h, site const&)
        {
            return h.data_handle();
        }
    };
    template <class T, std::size_t N>
        requires(N > 0)
    struct evaluation<T, variable<T, N>> : handle_evaluation<T, variable<T, N>>
    {
    };
    template <class T, std::size_t N>
    struct evaluation<T, tensor<T, N>> : handle_evaluation<T, tensor<T, N>>
    {
    };
    template <class T, std::size_t N>
    struct evaluation<T, constant<T, N>> : handle_evaluation<T, constant<T, N>>
    {
    };

    template <class T, class E>
    buffer_ptr evaluate(E const& e, site const& where)
    {
        return evaluation<T, E>::array(e, where);
    }
    template <class T, class E>
    variable<T, 0> evaluate_number(E const& e, site const& where)
    {
        return evaluation<T, E>::number(e, where);
    }
}
ETAPE_END_ARCH
