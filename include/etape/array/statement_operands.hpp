// SPDX-License-Identifier: BSL-1.0
// The operands of a statement as its kernel sees them: numbered on the log, merged where they are the same, kept for the sweep.
#pragma once
#include <algorithm>
#include <utility>

#include <etape/array/history.hpp>
#include <etape/array/loop_layout.hpp>
#include <etape/kernel/loops.hpp>
#include <etape/kernel/replay.hpp>
#include <etape/tape/array_nodes.hpp>
#include <etape/tape/forward.hpp>

ETAPE_BEGIN_ARCH
namespace detail
{
    using kernel_args::loop;
    using kernel_args::operand;

    // Everything constant about a kernel, as the tape's nodes want it.
    template <class T, class Tree, class Map>
    struct kernel_facts
    {
        using steps_type = kernel::steps<Tree, Map>;
        static constexpr auto operands = []
        {
            std::array<operand_class, static_cast<std::size_t>(steps_type::leaves)> all{};
            for (int j = 0; j < steps_type::leaves; ++j)
            {
                auto const& s = steps_type::program[steps_type::program.leaf_slot[static_cast<std::size_t>(j)]];
                all[static_cast<std::size_t>(j)] = {s.array, s.pulled, s.keep_value, s.paths, s.cut};
            }
            return all;
        }();
        static constexpr auto first = steps_type::program.first_original;
        static constexpr kernel_class<T> with(void (*reverse)(kernel_args::loop<T>&), void (*add_rows)(T*, const T*, const T*, std::size_t))
        {
            return {steps_type::leaves, operands.data(), steps_type::program.load_root, reverse, add_rows,
                    &kernel::replay_of<steps_type, Tree>::value};
        }
        // Of a reduction, which stores its slopes: there is no reverse pass.
        static constexpr kernel_class<T> of_reduction = with(nullptr, nullptr);
        template <bool Unit>
        static constexpr kernel_class<T> value = with(&kernel::loops<T, Tree, Map, Unit>::reverse, &kernel::add_rows<T>);
    };

    template <class T, class Tree>
    class statement_operands : public loop_layout<T, expr::detail::leaf_kinds<Tree>::value>
    {
        using layout = loop_layout<T, expr::detail::leaf_kinds<Tree>::value>;

    public:
        using layout::count;
        using layout::leaves;
        using identity = expr::identity_map<Tree>;
        using plain_steps = kernel::steps<Tree, identity>;
        // of the original leaves: bit 0 active, bit 1 array
        static constexpr auto kinds = expr::detail::leaf_kinds<Tree>::value;

    protected:
        // Numbers of the active leaves on this thread's log.
        void number()
        {
            tracked_ = false;
            if (!runtime::thread.recording)
                return;
            auto& log = *runtime::thread.log;
            [[maybe_unused]] buffer* seen = nullptr;
            [[maybe_unused]] std::uint32_t last = record_log::no_id;
            each_operand<identity>(
                [&]<int J, std::size_t>()
                {
                    auto& s = this->sources[J];
                    this->ids_[J] = record_log::no_id;
                    if constexpr ((kinds[J] & 1) != 0)
                    {
                        if constexpr ((kinds[J] & 2) != 0)
                        {
                            this->ids_[J] = seen == s.owner ? last : log.id_of(*s.owner, sizeof(T) == sizeof(float));
                            seen = s.owner;
                            last = this->ids_[J];
                        }
                        else
                            this->ids_[J] = log.template id_of_scalar<T>(*s.scalar_tag);
                        tracked_ = tracked_ || this->ids_[J] != record_log::no_id;
                    }
                });
        }

        // The reverse pass will read these: plain memory may change or end before it, so it is copied now. True when a copy has other
        // strides than what it was made of.
        bool keep_plain_operands()
        {
            bool other = false;
            for (std::size_t j = 0; j < count; ++j)
            {
                auto& s = this->sources[j];
                if ((plain_steps::leaf_needed(static_cast<int>(j)) || runtime::thread.higher_order) && s.array && s.owner == nullptr)
                {
                    auto copy = copy_dense(s);
                    other = other || !s.dense;
                    runtime::thread.log->copied_bytes += copy->bytes;
                    s.set_temporary(std::move(copy));
                }
            }
            return other;
        }

        // Leaf I and the first leaf that it is merged with
        template <class Map, std::size_t I>
        ETAPE_ALWAYS_INLINE bool fits_one() const
        {
            constexpr std::size_t first = []
            {
                std::size_t k = 0;
                while (Map::value[k] != Map::value[I])
                    ++k;
                return k;
            }();
            if constexpr (first == I)
                return true;
            else
                return same_source(this->sources[first], this->sources[I]);
        }
        template <class Map, std::size_t... I>
        ETAPE_ALWAYS_INLINE bool fits_all(std::index_sequence<I...>) const
        {
            return (fits_one<Map, I>() && ...);
        }
        template <class Map>
        ETAPE_ALWAYS_INLINE bool fits() const
        {
            return fits_all<Map>(std::make_index_sequence<count>{});
        }

        // f.operator()<J, O>() for every merged operand J and the first original leaf O behind it: unrolled, so that
        // what is constant about an operand costs nothing.
        template <class Map, class F>
        ETAPE_ALWAYS_INLINE static void each_operand(F&& f)
        {
            [&]<std::size_t... J>(std::index_sequence<J...>) __attribute__((always_inline))
            {
                (f.template operator()<static_cast<int>(J),
                                       static_cast<std::size_t>(kernel::steps<Tree, Map>::program.first_original[J])>(),
                 ...);
            }(std::make_index_sequence<static_cast<std::size_t>(kernel::steps<Tree, Map>::leaves)>{});
        }

        // The same for a value alone, with fewer kernels to compile: different leaves are merged all or not at all.
        template <class F>
        ETAPE_ALWAYS_INLINE void choose_for_value(F&& f) const
        {
            using single = expr::single_map<Tree>;
            if (!this->plan_.unit)
                return f.template operator()<identity, false>();
            if constexpr (!std::is_same_v<single, identity>)
                if (fits<single>())
                    return f.template operator()<single, true>();
            f.template operator()<identity, true>();
        }
        // Calls f with the best kernel: leaves merged as far as the operands allow, unit strides if they are.
        template <class F>
        ETAPE_ALWAYS_INLINE void choose(F&& f) const
        {
            if (!this->plan_.unit)
                return f.template operator()<identity, false>();
            choose_unit(f);
        }
        template <class F>
        ETAPE_ALWAYS_INLINE void choose_unit(F&& f) const
        {
            using single = expr::single_map<Tree>;
            using twin = expr::twin_map<Tree>;
            if constexpr (!std::is_same_v<single, identity>)
                if (fits<single>())
                    return f.template operator()<single, true>();
            if constexpr (!std::is_same_v<twin, identity> && !std::is_same_v<twin, single>)
                if (fits<twin>())
                    return f.template operator()<twin, true>();
            f.template operator()<identity, true>();
        }

        template <class Map>
        ETAPE_ALWAYS_INLINE void fill_operands(operand<T>* ops) const
        {
            each_operand<Map>(
                [&]<int J, std::size_t O>()
                {
                    auto const& s = this->sources[O];
                    ops[J].scalar = s.scalar;
                    if constexpr (kernel::steps<Tree, Map>::leaf_array(J))
                    {
                        ops[J].data = s.data;
                        ops[J].strides = this->strides_[O];
                    }
                });
        }

        // A loop over these operands, which are filled in.
        template <class Map>
        ETAPE_ALWAYS_INLINE loop<T> loop_over(operand<T>* ops) const
        {
            fill_operands<Map>(ops);
            loop<T> l;
            l.rank = this->plan_.rank;
            l.shape = this->plan_.shape;
            l.operands = ops;
            return l;
        }

        template <class Map>
        ETAPE_ALWAYS_INLINE operand_list<T> list() const
        {
            using facts = kernel_facts<T, Tree, Map>;
            return {this->sources,        this->ids_, leaves, this->strides_, &this->plan_, this->elements_, facts::first.data(),
                    facts::operands.data(), facts::steps_type::leaves};
        }
        // What the reverse pass of a kernel needs: loop and operands.
        template <class Map, bool Unit>
        void fill_node(record_log& log, kernel_node<T>& n)
        {
            n.kernel = &kernel_facts<T, Tree, Map>::template value<Unit>;
            n.unit = Unit;
            runtime::keep_kernel<T>(log, list<Map>(), n);
        }

        template <class Map>
        void set_tangents(record_log& log, operand<T>* ops) const
        {
            each_operand<Map>(
                [&]<int J, std::size_t O>()
                {
                    if (this->ids_[O] == record_log::no_id)
                        return;
                    if constexpr (!kernel::steps<Tree, Map>::leaf_array(J))
                        ops[J].scalar_tangent = log.forward->template scalar<T>(this->ids_[O]);
                    else if (auto* t = log.forward->array(this->ids_[O]))
                        ops[J].tangent = t->template data<T>() + this->sources[O].offset;
                });
        }
        // For an observer: evaluate(operands, k) with the operands at x + step(k) * tangent.
        template <class Map, class F>
        ETAPE_NOINLINE void sample(record_log& log, F&& evaluate) const
        {
            constexpr auto merged = static_cast<std::size_t>(kernel::steps<Tree, Map>::leaves);
            operand<T> still[merged];
            fill_operands<Map>(still);
            set_tangents<Map>(log, still);
            for (int k = 0; k < statement_observer::samples; ++k)
            {
                const T h = static_cast<T>(log.forward->observer->step(k, sizeof(T) == sizeof(float)));
                operand<T> moved[merged];
                buffer_ptr held[merged];
                each_operand<Map>(
                    [&]<int J, std::size_t O>()
                    {
                        moved[J] = still[J];
                        if constexpr (!kernel::steps<Tree, Map>::leaf_array(J))
                        {
                            if (this->ids_[O] != record_log::no_id)
                                log.forward->observer->moves(static_cast<double>(std::abs(moved[J].scalar)));
                            moved[J].scalar += h * still[J].scalar_tangent;
                        }
                        else if (still[J].tangent != nullptr)
                        {
                            held[J] = runtime::moved<T>(*this->sources[O].owner, *log.forward->array(this->ids_[O]), h);
                            moved[J].data = held[J]->template data<T>() + this->sources[O].offset;
                        }
                    });
                evaluate(moved, k);
            }
        }

        bool tracked_ = false;
    };
}
ETAPE_END_ARCH
