// SPDX-License-Identifier: BSL-1.0
// Recording: an expression over sources becomes one evaluation and, when something in it is tracked, one statement.
#pragma once
#include <algorithm>
#include <bit>
#include <utility>

#include <etape/array/history.hpp>
#include <etape/array/source.hpp>
#include <etape/kernel/loops.hpp>
#include <etape/kernel/replay.hpp>
#include <etape/scalar/operators.hpp>
#include <etape/tape/array_nodes.hpp>
#include <etape/tape/forward.hpp>
#include <etape/tape/primitive.hpp>

ETAPE_BEGIN_ARCH
namespace detail
{
    using kernel_args::loop;
    using kernel_args::operand;

    // Everything constant about a kernel, as the tape's nodes want it.
    template <class T, class Tree, class Map, bool Unit>
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
        static constexpr kernel_class<T> value{steps_type::leaves, operands.data(), steps_type::program.load_root,
                                               &kernel::loops<T, Tree, Map, Unit>::reverse, &kernel::replay_of<steps_type, Tree>::value};
    };

    inline constexpr std::ptrdiff_t unit_stride[1] = {1};

    template <class T, class Tree>
    class statement
    {
    public:
        static constexpr int leaves = Tree::leaves;
        static constexpr std::size_t count = static_cast<std::size_t>(leaves);
        using identity = expr::identity_map<Tree>;
        using plain_steps = kernel::steps<Tree, identity>;
        // of the original leaves: bit 0 active, bit 1 array
        static constexpr auto kinds = expr::detail::leaf_kinds<Tree>::value;

        source<T> sources[count];
        int filled = 0;
        std::size_t extra_shape[max_rank];  // from xt::broadcast
        int extra_rank = 0;
        bool stand_in = false;  // only its derivatives are those of the result, whose values are set afterwards

        source<T>& next() noexcept
        {
            return sources[filled++];
        }

        // The result broadcasts to at least this shape; several requirements join.
        void require_shape(const std::size_t* shape, int rank)
        {
            if (extra_rank != 0)
            {
                source<T> both[2];
                for (int k = 0; k < 2; ++k)
                {
                    both[k].set_number(T(0));
                    both[k].array = true;
                }
                both[0].shape = extra_shape;
                both[0].rank = extra_rank;
                both[1].shape = shape;
                both[1].rank = rank;
                std::size_t joined[max_rank];
                extra_rank = broadcast_shapes(both, 2, nullptr, 0, joined, "broadcast");
                std::copy_n(joined, extra_rank, extra_shape);
                return;
            }
            extra_rank = rank;
            std::copy_n(shape, rank, extra_shape);
        }

        // An array result. reduced: bit k set when result dimension k of the operand is summed away; scale: of the sum.
        buffer_ptr array(const char* name, site where, unsigned reduced = 0, bool keep_dims = false, T scale = T(1))
        {
            number();
            if (tracked_)
                keep_plain_operands();
            lay_out(name, reduced, keep_dims);
            buffer_ptr out = make_buffer<T>(out_shape_, out_rank_);
            out->made = where;
            out->role = buffer_role::result;
            if (reduced != 0)
                std::fill_n(out->data<T>(), out->size, T(0));
            choose([&]<class Map, bool Unit>() { evaluate<Map, Unit>(name, where, out, reduced != 0, scale); });
            if (!tracked_)
                note_lost_history(*out, sources, leaves, name, where);
            return out;
        }

        // A full reduction to a number, times a constant.
        template <class Reducer>
        variable<T, 0> reduce(site where, T scale = T(1))
        {
            scale_ = scale;
            number();
            if (tracked_ && copy_small_parts(where))
                number();
            if (tracked_ && runtime::thread.higher_order)
                keep_plain_operands();
            lay_out(Reducer::name, 0, false);
            if (Reducer::needs_elements && elements_ == 0)
                throw_shape_error(Reducer::name, "no elements", "at least one element");
            T value{};
            std::uint64_t tag = 0;
            choose([&]<class Map, bool Unit>() { reduce_with<Reducer, Map, Unit>(where, value, tag); });
            if (!tracked_)
                return lost_history<T>(value, sources, leaves, Reducer::name, where);
            return variable<T, 0>(with_tag{}, value, tag);
        }

        // All leaves are numbers: a scalar statement.
        variable<T, 0> point(const char* name, site where)
        {
            using run = kernel::point<T, Tree, identity>;
            T values[count];
            for (std::size_t j = 0; j < count; ++j)
                values[j] = sources[j].scalar;
            number();
            if (!tracked_)
                return lost_history<T>(run::value(values), sources, leaves, name, where);
            T partials[count];
            const T v = run::value_and_partials(values, partials);
            T kept[count];
            std::uint32_t ids[count];
            int n = 0;
            for (std::size_t j = 0; j < count; ++j)
                if (plain_steps::leaf_active(static_cast<int>(j)) && ids_[j] != record_log::no_id)
                {
                    kept[n] = partials[j];
                    ids[n++] = ids_[j];
                }
            auto& log = *runtime::thread.log;
            if (n == 0)
                return lost_history<T>(v, sources, leaves, name, where, reason::non_differentiable);
            const auto tag = log.template push_statement<T>(kept, ids, n);
            if (runtime::thread.higher_order) [[unlikely]]
                runtime::note_statement<T>(log, log.template scalars<T>().local(tag), kernel::replay_of<plain_steps, Tree>::value, values, ids_);
            else if (log.forward != nullptr) [[unlikely]]
            {
                T slopes[count];
                for (std::size_t j = 0; j < count; ++j)
                    slopes[j] = ids_[j] == record_log::no_id ? T(0) : log.forward->template scalar<T>(ids_[j]);
                if (log.forward->observer != nullptr)
                {
                    for (std::size_t j = 0; j < count; ++j)
                        if (ids_[j] != record_log::no_id)
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
        // Numbers of the active leaves on this thread's log.
        void number()
        {
            tracked_ = false;
            if (!runtime::thread.recording)
                return;
            auto& log = *runtime::thread.log;
            each_operand<identity>(
                [&]<int J, std::size_t>()
                {
                    auto& s = sources[J];
                    ids_[J] = record_log::no_id;
                    if constexpr ((kinds[J] & 1) != 0)
                    {
                        if constexpr ((kinds[J] & 2) != 0)
                            ids_[J] = log.id_of(*s.owner, sizeof(T) == sizeof(float));
                        else
                            ids_[J] = log.template id_of_scalar<T>(*s.scalar_tag);
                        tracked_ = tracked_ || ids_[J] != record_log::no_id;
                    }
                });
        }

        // The reverse pass will read these: plain memory may change or end before it, so it is copied now.
        void keep_plain_operands()
        {
            for (std::size_t j = 0; j < count; ++j)
            {
                auto& s = sources[j];
                if ((plain_steps::leaf_needed(static_cast<int>(j)) || runtime::thread.higher_order) && s.array && s.owner == nullptr)
                {
                    auto copy = copy_dense(s);
                    runtime::thread.log->copied_bytes += copy->bytes;
                    s.set_temporary(std::move(copy));
                }
            }
        }

        // Partials have the shape of the operand's whole array. A small part of a large one is copied first, a statement of its
        // own, so that a loop over the rows of an array costs its size once and not once a row.
        bool copy_small_parts(site where)
        {
            bool any = false;
            for (std::size_t j = 0; j < count; ++j)
            {
                auto& s = sources[j];
                if (!s.array || ids_[j] == record_log::no_id || s.whole || s.owner->size <= 256 || 4 * s.size >= s.owner->size)
                    continue;
                statement<T, expr::array_leaf<true>> part;
                auto& from = part.next();
                std::copy_n(s.shape, s.rank, from.shape_store);
                std::copy_n(s.strides, s.rank, from.stride_store);
                from.set_memory(s.data, s.rank, s.owner, true, s.offset);
                auto b = part.array("view", where);
                // The same part again shares the copy, so that the leaves still merge.
                for (std::size_t i = j + 1; i < count; ++i)
                    if (sources[i].array && ids_[i] == ids_[j] && same_source(sources[i], s))
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

        void lay_out(const char* name, unsigned reduced, bool keep_dims)
        {
            bool flat = extra_rank == 0 && reduced == 0;
            int first = -1;
            for (int j = 0; j < leaves && flat; ++j)
            {
                auto const& s = sources[j];
                if (!s.array)
                    continue;
                if (first < 0)
                    first = j;
                flat = s.dense && s.rank == sources[first].rank &&
                       std::equal(s.shape, s.shape + s.rank, sources[first].shape);
            }
            if (flat && first >= 0)
            {
                auto const& s = sources[first];
                out_rank_ = s.rank;
                std::copy_n(s.shape, s.rank, out_shape_);
                elements_ = s.size;
                plan_.rank = 1;
                plan_.shape[0] = s.size;
                plan_.unit = true;
                for (auto& p : strides_)
                    p = unit_stride;
                return;
            }
            std::size_t shape[max_rank];
            plan_.rank = broadcast_shapes(sources, leaves, extra_shape, extra_rank, shape, name);
            elements_ = 1;
            out_rank_ = 0;
            for (int k = 0; k < plan_.rank; ++k)
            {
                plan_.shape[k] = shape[k];
                elements_ *= shape[k];
                const bool gone = (reduced >> k & 1u) != 0;
                if (!gone || keep_dims)
                    out_shape_[out_rank_++] = gone ? 1 : shape[k];
            }
            // strides of the operands and, last, of the result
            std::ptrdiff_t out_strides[max_rank];
            std::size_t step = 1;
            for (int k = plan_.rank - 1; k >= 0; --k)
            {
                const bool gone = (reduced >> k & 1u) != 0;
                out_strides[k] = gone || shape[k] == 1 ? 0 : static_cast<std::ptrdiff_t>(step);
                if (!gone)
                    step *= shape[k];
            }
            int key = -1;
            for (std::size_t j = 0; j < count; ++j)
            {
                auto const& s = sources[j];
                for (int k = 0; k < plan_.rank; ++k)
                {
                    const int own = k - (plan_.rank - s.rank);
                    table_[j][k] = s.array && own >= 0 && s.shape[own] != 1 ? s.strides[own] : 0;
                }
                if (key < 0 && s.array && s.size == elements_)
                    key = static_cast<int>(j);
            }
            std::copy_n(out_strides, plan_.rank, table_[count]);
            make_plan(plan_, table_, leaves + 1, key < 0 ? leaves : key);
            plan_.unit = plan_.rank > 0;
            for (std::size_t j = 0; j <= count; ++j)
            {
                strides_[j] = table_[j];
                if (plan_.unit && (j == count || sources[j].array))
                {
                    const auto inner = table_[j][plan_.rank - 1];
                    plan_.unit = inner == 1 || (j == count && reduced != 0 && inner == 0);
                }
            }
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
                return same_source(sources[first], sources[I]);
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

        // Calls f with the best kernel: leaves merged as far as the operands allow, unit strides if they are.
        template <class F>
        ETAPE_ALWAYS_INLINE void choose(F&& f) const
        {
            using single = expr::single_map<Tree>;
            using twin = expr::twin_map<Tree>;
            if (!plan_.unit)
                return f.template operator()<identity, false>();
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
                    auto const& s = sources[O];
                    ops[J].scalar = s.scalar;
                    if constexpr (kernel::steps<Tree, Map>::leaf_array(J))
                    {
                        ops[J].data = s.data;
                        ops[J].strides = strides_[O];
                    }
                });
        }

        // An operand whose array appears again with another mapping cannot store its adjoint: the other's part would be lost.
        bool alone(std::size_t o) const
        {
            for (std::size_t i = 0; i < count; ++i)
                if (i != o && sources[i].array && ids_[i] == ids_[o] && !same_source(sources[i], sources[o]))
                    return false;
            return true;
        }
        bool covers(std::size_t o) const
        {
            return sources[o].whole && sources[o].size == elements_ && alone(o);
        }

        const std::size_t* keep_shape(record_log& log) const
        {
            auto* shape = log.memory.template allocate_array<std::size_t>(max_rank);
            std::copy_n(plan_.shape, std::max(plan_.rank, 1), shape);
            return shape;
        }
        const std::ptrdiff_t* keep_strides(record_log& log, const std::ptrdiff_t* from) const
        {
            if (strides_[count] == unit_stride)
                return unit_stride;
            auto* to = log.memory.template allocate_array<std::ptrdiff_t>(static_cast<std::size_t>(std::max(plan_.rank, 1)));
            std::copy_n(from, plan_.rank, to);
            return to;
        }
        // What the tape keeps of the operands: the values that the reverse pass reads, and all of them when its own derivative may
        // be asked for.
        template <class Map>
        kept_operand<T>* keep_operands(record_log& log) const
        {
            using steps_type = kernel::steps<Tree, Map>;
            auto* operands = log.memory.template allocate_array<kept_operand<T>>(static_cast<std::size_t>(steps_type::leaves));
            each_operand<Map>(
                [&]<int J, std::size_t O>()
                {
                    auto const& s = sources[O];
                    auto& k = *new (operands + J) kept_operand<T>;
                    k.id = ids_[O];
                    k.scalar = s.scalar;
                    if constexpr (steps_type::leaf_array(J))
                    {
                        k.strides = keep_strides(log, strides_[O]);
                        k.offset = s.owner != nullptr ? s.offset : 0;
                        k.covers = k.id != record_log::no_id && covers(O);
                        if (steps_type::leaf_needed(J) || runtime::thread.higher_order)
                        {
                            k.data = s.data;
                            buffer_ptr::retain(s.owner);
                            k.keep = s.owner;
                        }
                    }
                    if (k.id == record_log::no_id)
                        note_constant(s, k.tag, k.why);
                });
            return operands;
        }

        template <class Map, bool Unit>
        void evaluate(const char* name, site where, buffer_ptr& out, bool summed, T scale)
        {
            using loops = kernel::loops<T, Tree, Map, Unit>;
            using steps_type = kernel::steps<Tree, Map>;
            operand<T> ops[static_cast<std::size_t>(steps_type::leaves)];
            fill_operands<Map>(ops);
            loop<T> l;
            l.rank = plan_.rank;
            l.shape = plan_.shape;
            l.operands = ops;
            l.out = out->template data<T>();
            l.out_strides = strides_[count];
            l.accumulate = summed;
            loops::evaluate(l);
            if (scale != T(1))
                for (std::size_t i = 0; i < out->size; ++i)
                    out->template data<T>()[i] *= scale;
            if (!tracked_)
                return;
            auto& log = *runtime::thread.log;
            auto& n = log.template add_node<kernel_node<T>>();
            n.name = name;
            n.where = where;
            n.seed_scale = static_cast<double>(scale);
            fill_node<Map, Unit>(log, n);
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

        // What the reverse pass of a kernel needs: loop and operands.
        template <class Map, bool Unit>
        void fill_node(record_log& log, kernel_node<T>& n)
        {
            using steps_type = kernel::steps<Tree, Map>;
            using facts = kernel_facts<T, Tree, Map, Unit>;
            n.kernel = &facts::value;
            n.rank = plan_.rank;
            n.unit = Unit;
            n.shape = keep_shape(log);
            n.seed_strides = keep_strides(log, strides_[count]);
            n.operands = keep_operands<Map>(log);
            n.own = sizeof(n) + static_cast<std::size_t>(steps_type::leaves) * (sizeof(kept_operand<T>) + sizeof(std::ptrdiff_t));
        }

        template <class Reducer, class Map, bool Unit>
        void reduce_with(site where, T& value, std::uint64_t& tag)
        {
            using loops = kernel::loops<T, Tree, Map, Unit>;
            using steps_type = kernel::steps<Tree, Map>;
            constexpr auto merged = static_cast<std::size_t>(steps_type::leaves);
            operand<T> ops[merged];
            fill_operands<Map>(ops);
            loop<T> l;
            l.rank = plan_.rank;
            l.shape = plan_.shape;
            l.operands = ops;
            if (!tracked_)
            {
                value = loops::template reduce<Reducer, false>(l, elements_).value * scale_;
                return;
            }
            auto& log = *runtime::thread.log;
            // The sum of a variable itself has the same partial everywhere: nothing to store.
            constexpr bool constant_partial = expr::is_leaf<Tree> && Reducer::unit_weight;
            buffer_ptr partials[merged];
            kernel::reduced<T> r;
            if (constant_partial && covers(0))
                r = loops::template reduce<Reducer, false>(l, elements_);
            else
            {
                each_operand<Map>(
                    [&]<int J, std::size_t O>()
                    {
                        if constexpr (steps_type::leaf_active(J) && steps_type::leaf_array(J))
                            if (ids_[O] != record_log::no_id)
                            {
                                auto const& s = sources[O];
                                auto& p = partials[J];
                                p = make_buffer_like<T>(*s.owner);
                                // one operand, one buffer of partials: only its own mapping matters
                                const bool once = s.whole && s.size == elements_;
                                if (!once)
                                    std::fill_n(p->template data<T>(), p->size, T(0));
                                ops[J].adjoint = p->template data<T>() + s.offset;
                                ops[J].add = !once;
                            }
                    });
                r = loops::template reduce<Reducer, true>(l, elements_, scale_);
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
            each_operand<Map>(
                [&]<int J, std::size_t O>()
                {
                    constexpr auto facts = kernel_facts<T, Tree, Map, Unit>::operands[J];
                    auto& p = *new (n.partials + J) stored_partial<T>;
                    p.id = ids_[O];
                    p.array = facts.array;
                    p.paths = facts.paths;
                    p.cut = facts.cut;
                    if (p.id == record_log::no_id)
                        note_constant(sources[O], p.tag, p.why);
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
                    sample<Map>(log,
                                [&](operand<T>* moved, int k)
                                {
                                    loop<T> at = l;
                                    at.operands = moved;
                                    log.forward->observer->sample(
                                        k, static_cast<double>(loops::template reduce<Reducer, false>(at, elements_).value * scale_));
                                });
                set_tangents<Map>(log, ops);
                log.forward->template set_scalar<T>(n.out, scale_ * loops::template reduce_tangent<Reducer>(l, elements_), Reducer::name);
            }
        }

        template <class Map, bool Unit>
        ETAPE_COLD kept_reduction<T>* keep_reduction(record_log& log, reducer_kind kind, T value) const
        {
            auto* k = new (log.memory.allocate(sizeof(kept_reduction<T>))) kept_reduction<T>;
            k->kind = kind;
            k->kernel = &kernel_facts<T, Tree, Map, Unit>::value;
            k->operands = keep_operands<Map>(log);
            k->rank = plan_.rank;
            k->shape = keep_shape(log);
            k->scale = scale_;
            k->value = value;
            return k;
        }

        template <class Map>
        void set_tangents(record_log& log, operand<T>* ops) const
        {
            each_operand<Map>(
                [&]<int J, std::size_t O>()
                {
                    if (ids_[O] == record_log::no_id)
                        return;
                    if constexpr (!kernel::steps<Tree, Map>::leaf_array(J))
                        ops[J].scalar_tangent = log.forward->template scalar<T>(ids_[O]);
                    else if (auto* t = log.forward->array(ids_[O]))
                        ops[J].tangent = t->template data<T>() + sources[O].offset;
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
                            if (ids_[O] != record_log::no_id)
                                log.forward->observer->moves(static_cast<double>(std::abs(moved[J].scalar)));
                            moved[J].scalar += h * still[J].scalar_tangent;
                        }
                        else if (still[J].tangent != nullptr)
                        {
                            held[J] = runtime::moved<T>(*sources[O].owner, *log.forward->array(ids_[O]), h);
                            moved[J].data = held[J]->template data<T>() + sources[O].offset;
                        }
                    });
                evaluate(moved, k);
            }
        }
        // Tangent of the result, on the kernel without merging: forward mode is the independent witness.
        ETAPE_NOINLINE void push_tangent(record_log& log, operand<T>*, loop<T> l, std::uint32_t id, buffer_ptr& out, bool summed,
                                         T scale) const
        {
            operand<T> ops[count];
            fill_operands<identity>(ops);
            set_tangents<identity>(log, ops);
            auto t = make_buffer_like<T>(*out);
            if (log.forward->observer != nullptr && !stand_in)
                sample<identity>(log,
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

        std::uint32_t ids_[count];
        bool tracked_ = false;
        T scale_ = T(1);
        std::size_t elements_ = 0;
        loop_plan plan_;
        const std::ptrdiff_t* strides_[count + 1];
        std::ptrdiff_t table_[count + 1][max_rank];
        std::size_t out_shape_[max_rank];
        int out_rank_ = 0;
    };
}
ETAPE_END_ARCH
