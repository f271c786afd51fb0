// SPDX-License-Identifier: BSL-1.0
// Recording: an expression over sources becomes one evaluation and, when something in it is tracked, one statement.
#pragma once
#include <algorithm>
#include <utility>

#include <etape/array/statement_operands.hpp>
#include <etape/kernel/point.hpp>
#include <etape/scalar/operators.hpp>
#include <etape/tape/primitive.hpp>

ETAPE_BEGIN_ARCH
namespace detail
{
    template <class T, class Tree>
    class statement : public statement_operands<T, Tree>
    {
        using base = statement_operands<T, Tree>;

    protected:
        using typename base::identity;
        using typename base::plain_steps;
        using base::choose;
        using base::count;
        using base::keep_plain_operands;
        using base::lay_out;
        using base::leaves;
        using base::number;
        using base::out_rank_;
        using base::out_shape_;

    public:
        bool stand_in = false;  // only its derivatives are those of the result, whose values are set afterwards

        // An array result. reduced: bit k set when result dimension k of the operand is summed away; scale: of the sum.
        buffer_ptr array(const char* name, site where, unsigned reduced = 0, bool keep_dims = false, T scale = T(1))
        {
            number();
            if (this->tracked_)
                keep_plain_operands();
            lay_out(name, reduced, keep_dims);
            buffer_ptr out = make_buffer<T>(out_shape_, out_rank_);
            out->made = where;
            out->role = buffer_role::result;
            if (reduced != 0)
                std::fill_n(out->data<T>(), out->size, T(0));
            choose([&]<class Map, bool Unit>() { evaluate<Map, Unit>(name, where, out, reduced != 0, scale); });
            if (!this->tracked_)
                note_lost_history(*out, this->sources, leaves, name, where);
            return out;
        }

        // A full reduction to a number, times a constant.
        template <class Reducer>
        variable<T, 0> reduce(site where, T scale = T(1))
        {
            scale_ = scale;
            number();
            if (this->tracked_ && small_parts(std::make_index_sequence<count>{}) && copy_small_parts(where))
                number();
            if (this->tracked_ && runtime::thread.higher_order)
                keep_plain_operands();
            lay_out(Reducer::name, 0, false);
            if (Reducer::needs_elements && this->elements_ == 0)
                throw_shape_error(Reducer::name, "no elements", "at least one element");
            T value{};
            std::uint64_t tag = 0;
            choose([&]<class Map, bool Unit>() { reduce_with<Reducer, Map, Unit>(where, value, tag); });
            if (!this->tracked_)
                return lost_history<T>(value, this->sources, leaves, Reducer::name, where);
            return variable<T, 0>(with_tag{}, value, tag);
        }

        // All leaves are numbers: a scalar statement.
        variable<T, 0> point(const char* name, site where)
        {
            using run = kernel::point<T, Tree, identity>;
            T values[count];
            for (std::size_t j = 0; j < count; ++j)
                values[j] = this->sources[j].scalar;
            number();
            if (!this->tracked_)
                return lost_history<T>(run::value(values), this->sources, leaves, name, where);
            T partials[count];
            const T v = run::value_and_partials(values, partials);
            T kept[count];
            std::uint32_t ids[count];
            int n = 0;
            for (std::size_t j = 0; j < count; ++j)
                if (plain_steps::leaf_active(static_cast<int>(j)) && this->ids_[j] != record_log::no_id)
                {
                    kept[n] = partials[j];
                    ids[n++] = this->ids_[j];
                }
            auto& log = *runtime::thread.log;
            if (n == 0)
                return lost_history<T>(v, this->sources, leaves, name, where, reason::non_differentiable);
            const auto tag = log.template push_statement<T>(kept, ids, n);
            if (runtime::thread.higher_order) [[unlikely]]
                runtime::note_statement<T>(log, log.template scalars<T>().local(tag), kernel::replay_of<plain_steps, Tree>::value, values, this->ids_);
            else if (log.forward != nullptr) [[unlikely]]
            {
                T slopes[count];
                for (std::size_t j = 0; j < count; ++j)
                    slopes[j] = this->ids_[j] == record_log::no_id ? T(0) : log.forward->template scalar<T>(this->ids_[j]);
                if (log.forward->observer != nullptr)
                {
                    for (std::size_t j = 0; j < count; ++j)
                        if (this->ids_[j] != record_log::no_id)
                            log.forward->observer->moves(static_cast<double>(std::abs(values[j])));
                    log.forward->template sample<T>(
                        [&](T h)
                        {
                            T moved[count];
                            for (std::size_t j = 0; j < count; ++j)
                                moved[j] = values[j] + h * slopes[j];
                            return run::value(moved);
                        });
                }
                log.forward->template set_scalar<T>(log.template scalars<T>().local(tag), run::tangent(values, slopes), name);
            }
            return variable<T, 0>(with_tag{}, v, tag);
        }

    protected:
        // Partials have the shape of the operand's whole array. A small part of a large one is copied first, a statement of its
        // own, so that a loop over the rows of an array costs its size once and not once a row.
        template <std::size_t J>
        ETAPE_ALWAYS_INLINE bool small_part() const
        {
            if constexpr (base::kinds[J] != 3)
                return false;
            else
            {
                auto const& s = this->sources[J];
                return !s.whole && this->ids_[J] != record_log::no_id && s.owner->size > 256 && 4 * s.size < s.owner->size;
            }
        }
        template <std::size_t... J>
        ETAPE_ALWAYS_INLINE bool small_parts(std::index_sequence<J...>) const
        {
            return (small_part<J>() || ...);
        }
        ETAPE_NOINLINE bool copy_small_parts(site where)
        {
            bool any = false;
            for (std::size_t j = 0; j < count; ++j)
            {
                auto& s = this->sources[j];
                if (!s.array || this->ids_[j] == record_log::no_id || s.whole || s.owner->size <= 256 || 4 * s.size >= s.owner->size)
                    continue;
                statement<T, expr::array_leaf<true>> part;
                auto& from = part.next();
                std::copy_n(s.shape, s.rank, from.shape_store);
                std::copy_n(s.strides, s.rank, from.stride_store);
                from.set_memory(s.data, s.rank, s.owner, true, s.offset);
                auto b = part.array("view", where);
                // The same part again shares the copy, so that the leaves still merge.
                for (std::size_t i = j + 1; i < count; ++i)
                    if (this->sources[i].array && this->ids_[i] == this->ids_[j] && same_source(this->sources[i], s))
                    {
                        this->sources[i].set_handle(b.get(), true);
                        this->sources[i].hold = b;
                    }
                s.set_handle(b.get(), true);
                s.hold = std::move(b);
                any = true;
            }
            return any;
        }

        template <class Map, bool Unit>
        void evaluate(const char* name, site where, buffer_ptr& out, bool summed, T scale)
        {
            using loops = kernel::loops<T, Tree, Map, Unit>;
            using steps_type = kernel::steps<Tree, Map>;
            operand<T> ops[static_cast<std::size_t>(steps_type::leaves)];
            auto l = this->template loop_over<Map>(ops);
            l.out = out->template data<T>();
            l.out_strides = this->strides_[count];
            l.accumulate = summed;
            loops::evaluate(l);
            if (scale != T(1))
                for (std::size_t i = 0; i < out->size; ++i)
                    out->template data<T>()[i] *= scale;
            if (!this->tracked_)
                return;
            auto& log = *runtime::thread.log;
            auto& n = log.template add_node<kernel_node<T>>();
            n.name = name;
            n.where = where;
            n.seed_scale = static_cast<double>(scale);
            this->template fill_node<Map, Unit>(log, n);
            n.out = log.add_array(*out, name, where, log.position(), sizeof(T) == sizeof(float));
            if constexpr (steps_type::program.load_root)
            {
                buffer_ptr::retain(out.get());
                n.result_values = out.get();
            }
            if (log.forward != nullptr) [[unlikely]]
            {
                if (log.forward->fused())
                    push_tangent(log, ops, l, n.out, out, summed, scale);
                else
                    runtime::push_levels(log, n);
            }
        }

        template <class Reducer, class Map, bool Unit>
        void reduce_with(site where, T& value, std::uint64_t& tag)
        {
            using loops = kernel::loops<T, Tree, Map, Unit>;
            using steps_type = kernel::steps<Tree, Map>;
            constexpr auto merged = static_cast<std::size_t>(steps_type::leaves);
            operand<T> ops[merged];
            auto l = this->template loop_over<Map>(ops);
            if (!this->tracked_)
            {
                value = loops::template reduce<Reducer, false>(l, this->elements_).value * scale_;
                return;
            }
            auto& log = *runtime::thread.log;
            // The sum of a variable itself has the same partial everywhere: nothing to store.
            constexpr bool constant_partial = expr::is_leaf<Tree> && Reducer::unit_weight;
            buffer_ptr partials[merged];
            kernel::reduced<T> r;
            if (constant_partial && this->covers(0))
                r = loops::template reduce<Reducer, false>(l, this->elements_);
            else
            {
                base::template each_operand<Map>(
                    [&]<int J, std::size_t O>()
                    {
                        if constexpr (steps_type::leaf_active(J) && steps_type::leaf_array(J))
                            if (this->ids_[O] != record_log::no_id)
                            {
                                auto const& s = this->sources[O];
                                auto& p = partials[J];
                                p = make_buffer_like<T>(*s.owner);
                                // one operand, one buffer of partials: only its own mapping matters
                                const bool once = s.whole && s.size == this->elements_;
                                if (!once)
                                    std::fill_n(p->template data<T>(), p->size, T(0));
                                ops[J].adjoint = p->template data<T>() + s.offset;
                                ops[J].add = !once;
                            }
                    });
                r = loops::template reduce<Reducer, true>(l, this->elements_, scale_);
            }
            value = r.value * scale_;
            tag = log.template reserve_scalars<T>(1);
            auto& n = log.template add_node<reduction_node<T>>();
            n.name = Reducer::name;
            n.where = where;
            n.factor = static_cast<double>(r.factor);
            n.out = log.template scalars<T>().local(tag);
            n.count = steps_type::leaves;
            n.partials = log.memory.template allocate_array<stored_partial<T>>(merged);
            base::template each_operand<Map>(
                [&]<int J, std::size_t O>()
                {
                    constexpr auto facts = kernel_facts<T, Tree, Map, Unit>::operands[J];
                    auto& p = *new (n.partials + J) stored_partial<T>;
                    p.id = this->ids_[O];
                    p.array = facts.array;
                    p.paths = facts.paths;
                    p.cut = facts.cut;
                    if (p.id == record_log::no_id)
                    {
                        if (auto const& s = this->sources[O]; s.array || s.active)
                            note_constant(s, p.tag, p.why);
                    }
                    else if constexpr (!facts.array)
                        p.scalar = static_cast<double>(ops[J].scalar_adjoint);
                    else if (partials[J])
                        p.values = partials[J].detach();
                    else
                        p.scalar = static_cast<double>(scale_);
                });
            if (runtime::thread.higher_order) [[unlikely]]
            {
                n.kept = keep_reduction<Map, Unit>(log, Reducer::kind, r.value);
                if (log.forward != nullptr)
                    runtime::push_levels(log, n);
            }
            else if (log.forward != nullptr) [[unlikely]]
            {
                if (log.forward->observer != nullptr)
                    this->template sample<Map>(log,
                                [&](operand<T>* moved, int k)
                                {
                                    loop<T> at = l;
                                    at.operands = moved;
                                    log.forward->observer->sample(
                                        k, static_cast<double>(loops::template reduce<Reducer, false>(at, this->elements_).value * scale_));
                                });
                this->template set_tangents<Map>(log, ops);
                log.forward->template set_scalar<T>(n.out, scale_ * loops::template reduce_tangent<Reducer>(l, this->elements_), Reducer::name);
            }
        }

        template <class Map, bool Unit>
        ETAPE_COLD kept_reduction<T>* keep_reduction(record_log& log, reducer_kind kind, T value) const
        {
            auto* k = new (log.memory.allocate(sizeof(kept_reduction<T>))) kept_reduction<T>;
            k->kind = kind;
            k->kernel = &kernel_facts<T, Tree, Map, Unit>::value;
            k->operands = this->template keep_operands<Map>(log);
            k->rank = this->plan_.rank;
            k->shape = this->keep_shape(log);
            k->scale = scale_;
            k->value = value;
            return k;
        }
        // Tangent of the result, on the kernel without merging: forward mode is the independent witness.
        ETAPE_NOINLINE void push_tangent(record_log& log, operand<T>*, loop<T> l, std::uint32_t id, buffer_ptr& out, bool summed,
                                         T scale) const
        {
            operand<T> ops[count];
            this->template fill_operands<identity>(ops);
            this->template set_tangents<identity>(log, ops);
            auto t = make_buffer_like<T>(*out);
            if (log.forward->observer != nullptr && !stand_in)
                this->template sample<identity>(log,
                                 [&](operand<T>* moved, int k)
                                 {
                                     loop<T> at = l;
                                     at.operands = moved;
                                     at.out = t->template data<T>();
                                     if (summed)
                                         std::fill_n(at.out, t->size, T(0));
                                     kernel::loops<T, Tree, identity, false>::evaluate(at);
                                     if (scale != T(1))
                                         for (std::size_t i = 0; i < t->size; ++i)
                                             at.out[i] *= scale;
                                     log.forward->observer->sample(k, id, *t);
                                 });
            if (summed)
                std::fill_n(t->template data<T>(), t->size, T(0));
            l.operands = ops;
            l.out = t->template data<T>();
            kernel::loops<T, Tree, identity, false>::tangents(l);
            if (scale != T(1))
                for (std::size_t i = 0; i < t->size; ++i)
                    t->template data<T>()[i] *= scale;
            log.forward->set_array(id, std::move(t));
        }

        T scale_ = T(1);
    };
}
ETAPE_END_ARCH
