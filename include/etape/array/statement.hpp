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
    // Partials of a reduction have the shape of the operand's whole array. A small part of a large one is copied first, a statement of its own,
    // so that a loop over the rows of an array costs its size once and not once a row.
    template <class T>
    ETAPE_ALWAYS_INLINE bool is_small_part(source<T> const& s, std::uint32_t id)
    {
        return !s.whole && id != record_log::no_id && s.owner->size > 256 && 4 * s.size < s.owner->size;
    }
    // Is one among the leaves? They become copies. of_loops: those alone of arrays that are written part by part.
    template <class T>
    ETAPE_NOINLINE bool copy_small_parts(source<T>* sources, const std::uint32_t* ids, std::size_t count, bool of_loops, site const& where);

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
        buffer_ptr array(const char* name, site const& where, unsigned reduced = 0, bool keep_dims = false, T scale = T(1))
        {
            number();
            // All operands are kept then, and the next write of a loop would copy the array.
            if constexpr (!expr::is_leaf<Tree>)
                if (this->tracked_ && runtime::thread.higher_order && copy_small_parts<T>(this->sources, this->ids_, count, true, where)) [[unlikely]]
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
        variable<T, 0> reduce(site const& where, T scale = T(1))
        {
            scale_ = scale;
            number();
            if (this->tracked_ && small_parts(std::make_index_sequence<count>{}) && copy_small_parts<T>(this->sources, this->ids_, count, false, where))
                number();
            if (this->tracked_ && runtime::thread.higher_order)
                keep_plain_operands();
            lay_out(Reducer::name, 0, false);
            if (Reducer::needs_elements && this->elements_ == 0)
                throw_shape_error(Reducer::name, "no elements", "at least one element");
            T value{};
            if (!this->tracked_)
            {
                this->choose_for_value([&]<class Map, bool Unit>() { value = reduced_value<Reducer, Map, Unit>(); });
                return lost_history<T>(value, this->sources, leaves, Reducer::name, where);
            }
            std::uint64_t tag = 0;
            choose([&]<class Map, bool Unit>() { reduce_with<Reducer, Map, Unit>(where, value, tag); });
            return variable<T, 0>(with_tag{}, value, tag);
        }

        // All leaves are numbers: a scalar statement.
        variable<T, 0> point(const char* name, site const& where)
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
        template <std::size_t J>
        ETAPE_ALWAYS_INLINE bool small_part() const
        {
            if constexpr (base::kinds[J] != 3)
                return false;
            else
                return is_small_part(this->sources[J], this->ids_[J]);
        }
        template <std::size_t... J>
        ETAPE_ALWAYS_INLINE bool small_parts(std::index_sequence<J...>) const
        {
            return (small_part<J>() || ...);
        }
        template <class Map, bool Unit>
        void evaluate(const char* name, site const& where, buffer_ptr& out, bool summed, T scale)
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
        T reduced_value() const
        {
            operand<T> ops[static_cast<std::size_t>(kernel::steps<Tree, Map>::leaves)];
            auto l = this->template loop_over<Map>(ops);
            return kernel::loops<T, Tree, Map, Unit>::template reduce<Reducer, false>(l, this->elements_).value * scale_;
        }
        template <class Reducer, class Map, bool Unit>
        void reduce_with(site const& where, T& value, std::uint64_t& tag)
        {
            using loops = kernel::loops<T, Tree, Map, Unit>;
            using steps_type = kernel::steps<Tree, Map>;
            constexpr auto merged = static_cast<std::size_t>(steps_type::leaves);
            operand<T> ops[merged];
            auto l = this->template loop_over<Map>(ops);
            auto& log = *runtime::thread.log;
            const auto list = this->template list<Map>();
            // The sum of a variable itself has the same partial everywhere: nothing to store.
            constexpr bool constant_partial = expr::is_leaf<Tree> && Reducer::unit_weight;
            buffer_ptr partials[merged];
            kernel::reduced<T> r;
            if (constant_partial && list.covers(0))
                r = loops::template reduce<Reducer, false>(l, this->elements_);
            else
            {
                base::template each_operand<Map>(
                    [&]<int J, std::size_t O>()
                    {
                        if constexpr (steps_type::leaf_active(J) && steps_type::leaf_array(J))
                            if (this->ids_[O] != record_log::no_id)
                                partials[J] = runtime::make_partials<T>(this->sources[O], this->elements_, ops[J]);
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
            n.partials = runtime::store_partials<T>(log, list, ops, partials, scale_);
            if (runtime::thread.higher_order) [[unlikely]]
                keep_reduction(log, n, kernel_facts<T, Tree, Map>::of_reduction, list, Reducer::kind, r.value);
            else if (log.forward != nullptr) [[unlikely]]
                push_tangent<Reducer>(log, n.out);
        }

        ETAPE_COLD void keep_reduction(record_log& log, reduction_node<T>& n, kernel_class<T> const& kernel, operand_list<T> const& list,
                                       reducer_kind kind, T value) const
        {
            auto* k = new (log.memory.allocate(sizeof(kept_reduction<T>))) kept_reduction<T>;
            k->kind = kind;
            k->kernel = &kernel;
            k->scale = scale_;
            k->value = value;
            runtime::keep_reduction<T>(log, list, *k);
            n.kept = k;
            if (log.forward != nullptr)
                runtime::push_levels(log, n);
        }
        // Tangent of a full reduction, on the kernel without merging: forward mode is the independent witness.
        template <class Reducer>
        ETAPE_NOINLINE void push_tangent(record_log& log, std::uint32_t id) const
        {
            using loops = kernel::loops<T, Tree, identity, false>;
            operand<T> ops[count];
            auto l = this->template loop_over<identity>(ops);
            if (log.forward->observer != nullptr)
                this->template sample<identity>(log,
                                                [&](operand<T>* moved, int k)
                                                {
                                                    loop<T> at = l;
                                                    at.operands = moved;
                                                    const auto r = loops::template reduce<Reducer, false>(at, this->elements_);
                                                    log.forward->observer->sample(k, static_cast<double>(r.value * scale_));
                                                });
            this->template set_tangents<identity>(log, ops);
            log.forward->template set_scalar<T>(id, scale_ * loops::template reduce_tangent<Reducer>(l, this->elements_), Reducer::name);
        }
        // The same of an array.
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

    template <class T>
    bool copy_small_parts(source<T>* sources, const std::uint32_t* ids, std::size_t count, bool of_loops, site const& where)
    {
        bool any = false;
        for (std::size_t j = 0; j < count; ++j)
        {
            auto& s = sources[j];
            if (!s.array || s.owner == nullptr || !is_small_part(s, ids[j]) || (of_loops && !s.owner->written_in_parts))
                continue;
            statement<T, expr::array_leaf<true>> part;
            auto& from = part.next();
            std::copy_n(s.shape, s.rank, from.shape_store);
            std::copy_n(s.strides, s.rank, from.stride_store);
            from.set_memory(s.data, s.rank, s.owner, true, s.offset);
            auto b = part.array("view", where);
            // The same part again shares the copy, so that the leaves still merge.
            for (std::size_t i = j + 1; i < count; ++i)
                if (sources[i].array && ids[i] == ids[j] && same_source(sources[i], s))
                {
                    sources[i].set_handle(b.get(), true);
                    sources[i].hold = b;
                }
            s.set_handle(b.get(), true);
            s.hold = std::move(b);
            any = true;
        }
        return any;
    }
}
ETAPE_END_ARCH
