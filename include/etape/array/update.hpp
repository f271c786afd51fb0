// SPDX-License-Identifier: BSL-1.0
// A part of an array computed in place: the expression's kernel writes into the array itself, as one statement.
#pragma once
#include <etape/array/evaluation.hpp>
#include <etape/array/part.hpp>

namespace etape::runtime
{
    // The next version of `now`: the window (offset, shape, strides) holds `value`, which is dense and of the window's shape.
    // It is `now` itself, written in place and with a new identity, when nothing but `references` to it sees the memory.
    template <class T>
    buffer_ptr assign_part(buffer_ptr const& now, part const& window, buffer& value, std::uint32_t references, site const& where);
    // Is `now` seen by no more than the given number of references?
    bool sole_version(buffer const& now, std::uint32_t references);
    // The next version of a recorded array, or of one that a recorded statement changes, with the old values in it: `now` itself,
    // or a copy.
    template <class T>
    buffer_ptr next_version(buffer_ptr const& now, bool in_place, site const& where);
    void check_window(const char* call, buffer const& value, const std::size_t* shape, std::size_t rank);
    void check_window(const char* call, const std::size_t* value, std::size_t value_rank, const std::size_t* shape, std::size_t rank);
    void check_target(buffer const& now, buffer const& then);

    extern template buffer_ptr assign_part<double>(buffer_ptr const&, part const&, buffer&, std::uint32_t, site const&);
    extern template buffer_ptr assign_part<float>(buffer_ptr const&, part const&, buffer&, std::uint32_t, site const&);
    extern template buffer_ptr next_version<double>(buffer_ptr const&, bool, site const&);
    extern template buffer_ptr next_version<float>(buffer_ptr const&, bool, site const&);
}

ETAPE_BEGIN_ARCH
template <class T, std::size_t N, std::size_t R>
class variable_view;

namespace detail
{
    // Expressions that one kernel evaluates where it likes. Others (reductions, for example) make an array first.
    template <class E>
    inline constexpr bool updates_in_place_v = false;
    template <class F, class... CT>
    inline constexpr bool updates_in_place_v<xt::xfunction<F, CT...>> = fused_v<F, CT...>;
    template <class T, std::size_t N>
    inline constexpr bool updates_in_place_v<variable<T, N>> = N > 0;
    template <class T, std::size_t N>
    inline constexpr bool updates_in_place_v<tensor<T, N>> = true;
    template <class T, std::size_t N, std::size_t R>
    inline constexpr bool updates_in_place_v<variable_view<T, N, R>> = true;

    // How many references to an array's memory an expression holds; those that it holds in a form unknown here are not counted, which costs a
    // copy of the array.
    template <class E>
    std::uint32_t references_to(buffer const* b, E const& e)
    {
        if constexpr (requires { e.data_handle(); })
            return e.data_handle().get() == b ? 1 : 0;
        else if constexpr (requires { e.reads(b); })
            return e.reads(b) ? 1 : 0;
        else if constexpr (!is_lazy_v<E> || !holds_handle_v<E>)
            return 0;
        else if constexpr (requires { e.arguments(); })
            return std::apply([&](auto const&... argument) { return (references_to(b, argument) + ... + 0u); }, e.arguments());
        else if constexpr (requires { e.expression(); })
            return references_to(b, e.expression());
        else
            return 0;
    }

    template <class T, class Tree>
    class update_statement : public statement<T, Tree>
    {
        using base = statement<T, Tree>;
        using layout = loop_layout<T, expr::detail::leaf_kinds<Tree>::value>;
        using layout::count;
        using layout::elements_;
        using layout::ids_;
        using layout::leaves;
        using layout::plan_;
        using layout::sources;
        using layout::strides_;
        using layout::table_;

    public:
        // The next version of `now` with the window set to the expression (or increased by it). Null when it must be computed
        // elsewhere first: nothing records, a derivative of the derivative may be asked for, or the kernel would read what it has
        // written in a large array. `references` to `now` do not see the change.
        buffer_ptr into(buffer_ptr const& now, part const& w, bool replaces, std::uint32_t references, site const& where)
        {
            if (!runtime::thread.recording || runtime::thread.higher_order || runtime::thread.log->forward != nullptr)
                return buffer_ptr();
            auto& log = *runtime::thread.log;
            this->number();
            const auto before = log.id_of(*now, sizeof(T) == sizeof(float));
            if ((!this->tracked_ && before == record_log::no_id) || !lay_out(w))
                return buffer_ptr();
            // A kernel that would read what it has written works on a copy; where that is much larger than the part, the part's
            // new values are the better copy.
            const bool alone = runtime::sole_version(*now, references);
            bool apart = overlaps(now->data<T>(), w);
            if (apart && alone && 4 * elements_ < now->size)
                return buffer_ptr();
            if (this->keep_plain_operands() && !lay_out(w))  // the copies have strides of their own
                return buffer_ptr();
            for (std::size_t j = 0; j < count; ++j)
                apart = apart || (sources[j].array && sources[j].owner == now.get() && base::plain_steps::leaf_needed(static_cast<int>(j)) &&
                                  !sources[j].copied_by_tape());
            buffer_ptr out = runtime::next_version<T>(now, alone && !apart, where);
            this->choose([&]<class Map, bool Unit>() { run<Map, Unit>(out, w, before, replaces, where); });
            return out;
        }

    private:
        bool lay_out(part const& w)
        {
            bool flat = this->extra_rank == 0, dense = true;
            std::size_t step = 1;
            for (int k = w.rank - 1; k >= 0; --k)
            {
                dense = dense && (w.shape[k] == 1 || w.strides[k] == static_cast<std::ptrdiff_t>(step));
                step *= w.shape[k];
            }
            elements_ = step;
            if (elements_ == 0)
                return false;
            flat = flat && dense;
            for (std::size_t j = 0; j < count && flat; ++j)
                if (auto const& s = sources[j]; s.array)
                    flat = s.dense && s.rank == w.rank && same_extents(s.shape, w.shape, s.rank);
            if (flat)
            {
                plan_.rank = 1;
                plan_.shape[0] = elements_;
                plan_.unit = true;
                for (auto& p : strides_)
                    p = unit_stride;
                return true;
            }
            constexpr const char* call = "assignment to a view";
            std::size_t shape[max_rank];
            const int rank = broadcast_shapes(sources, leaves, this->extra_shape, this->extra_rank, shape, call);
            runtime::check_window(call, shape, static_cast<std::size_t>(rank), w.shape, static_cast<std::size_t>(w.rank));
            plan_.rank = w.rank;
            std::copy_n(w.shape, w.rank, plan_.shape);
            for (std::size_t j = 0; j < count; ++j)
                for (int k = 0; k < w.rank; ++k)
                {
                    auto const& s = sources[j];
                    const int own = s.array ? k - (w.rank - s.rank) : -1;
                    table_[j][k] = own >= 0 && s.shape[own] != 1 ? s.strides[own] : 0;
                }
            for (int k = 0; k < w.rank; ++k)
                table_[count][k] = w.shape[k] == 1 ? 0 : w.strides[k];
            make_plan(plan_, table_, leaves + 1, leaves);
            plan_.unit = plan_.rank > 0;
            for (std::size_t j = 0; j <= count; ++j)
            {
                strides_[j] = table_[j];
                if (plan_.unit && (j == count || sources[j].array))
                    plan_.unit = table_[j][plan_.rank - 1] == 1;
            }
            return true;
        }

        // Does the kernel read an element of the window through another index than the one it writes?
        bool overlaps(const T* memory, part const& w) const
        {
            const T *first = memory + w.offset, *last = first;
            extent(first, last, w.rank, w.shape, w.strides);
            for (std::size_t j = 0; j < count; ++j)
            {
                auto const& s = sources[j];
                if (!s.array || s.size == 0)
                    continue;
                const T *from = s.data, *to = from;
                extent(from, to, s.rank, s.shape, s.strides);
                if (from > last || to < first || !runtime::parts_meet(s.data - (memory + w.offset), w.rank, w.shape, w.strides, s.rank, s.shape, s.strides))
                    continue;
                bool same = s.data == memory + w.offset;
                for (int k = 0; k < plan_.rank && same; ++k)
                    same = strides_[j][k] == strides_[count][k];
                if (!same)
                    return true;
            }
            return false;
        }
        static void extent(const T*& first, const T*& last, int rank, const std::size_t* shape, const std::ptrdiff_t* strides)
        {
            for (int k = 0; k < rank; ++k)
            {
                const std::ptrdiff_t span = strides[k] * static_cast<std::ptrdiff_t>(shape[k] - 1);
                (span < 0 ? first : last) += span;
            }
        }

        template <class Map, bool Unit>
        void run(buffer_ptr& out, part const& w, std::uint32_t before, bool replaces, site const& where)
        {
            using steps_type = kernel::steps<Tree, Map>;
            operand<T> ops[static_cast<std::size_t>(steps_type::leaves)];
            auto l = this->template loop_over<Map>(ops);
            l.out = out->template data<T>() + w.offset;
            l.out_strides = strides_[count];
            l.accumulate = !replaces;
            auto& log = *runtime::thread.log;
            auto& n = log.template add_node<update_node<T>>();
            n.name = "assignment to a view";
            n.where = where;
            n.before = before;
            n.offset = w.offset;
            n.replaces = replaces;
            for (std::size_t j = 0; j < count; ++j)
                n.reads_old = n.reads_old || (sources[j].array && ids_[j] == before && before != record_log::no_id);
            this->template fill_node<Map, Unit>(log, n.kernel);
            kernel::loops<T, Tree, Map, Unit>::evaluate(l);  // after the operands are kept, which it may write over
            n.out = log.add_array(*out, n.name, where, log.position(), sizeof(T) == sizeof(float));
            log.arrays[n.out].replaced = before + 1;  // none for no_id
        }
    };

    template <class T, class Tree>
    struct statement_number<update_statement<T, Tree>>
    {
        using type = T;
    };

    // The next version of the variable that the window belongs to, or null (see update_statement::into). ends: the expression is about to, and
    // with it its references.
    template <class T, bool Negative, class E>
    buffer_ptr update_part(buffer_ptr const& now, part const& w, E const& e, bool replaces, std::uint32_t references, bool ends, site const& where)
    {
        using given = std::conditional_t<Negative, expr::op<rule::neg, typename lowering<E>::tree>, typename lowering<E>::tree>;
        // The next update may overwrite the result, so the sweep computes it again: an identity at the root keeps it from reading it.
        using tree = std::conditional_t<kernel::steps<given, expr::identity_map<given>>::program.load_root, expr::op<rule::pos, given>, given>;
        update_statement<T, tree> s;
        lowering<E>::collect(e, s);
        return s.into(now, w, replaces, ends ? references + references_to(now.get(), e) : references, where);
    }
}
ETAPE_END_ARCH
