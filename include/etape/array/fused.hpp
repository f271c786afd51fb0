// SPDX-License-Identifier: BSL-1.0
// Value and gradient of one expression, without a tape: its reductions run as fused kernels whose partials go straight to the
// gradients of the arguments, the numbers around them as one evaluation with partials.
#pragma once
#include <cmath>

#include <etape/array/fused_argument.hpp>

ETAPE_BEGIN_ARCH
namespace detail
{
    // How many full reductions an expression has, with those inside the operands of others.
    template <class E>
    inline constexpr std::size_t reductions_v = 0;
    template <class F, class... CT>
    inline constexpr std::size_t reductions_v<xt::xfunction<F, CT...>> = (reductions_v<std::decay_t<CT>> + ... + 0);
    template <class CT, class X>
    inline constexpr std::size_t reductions_v<xt::xbroadcast<CT, X>> = reductions_v<std::decay_t<CT>>;
    template <class R, class CT>
    inline constexpr std::size_t reductions_v<full_reduction<R, CT>> = 1 + reductions_v<std::decay_t<CT>>;

    // Is everything tracked in it an argument? Else something of an outer recording takes part.
    template <class E>
    inline constexpr bool closed_v = !is_tracked_v<E>;
    template <class T, std::size_t N>
    inline constexpr bool closed_v<fused_argument<T, N>> = true;
    template <class CT>
    inline constexpr bool closed_v<xt::xscalar<CT>> = !is_scalar_variable_v<std::decay_t<CT>>;
    template <class V>
    inline constexpr bool closed_v<number_leaf<V>> = !is_scalar_variable_v<V>;
    template <class F, class... CT>
    inline constexpr bool closed_v<xt::xfunction<F, CT...>> = (closed_v<std::decay_t<CT>> && ...);
    template <class R, class CT>
    inline constexpr bool closed_v<full_reduction<R, CT>> = closed_v<std::decay_t<CT>>;
    template <class CT, class X>
    inline constexpr bool closed_v<xt::xbroadcast<CT, X>> = closed_v<std::decay_t<CT>>;
    template <class CT, class... S>
    inline constexpr bool closed_v<xt::xview<CT, S...>> = closed_v<std::decay_t<CT>>;
    template <class CT, class S, xt::layout_type L, class FST>
    inline constexpr bool closed_v<xt::xstrided_view<CT, S, L, FST>> = closed_v<std::decay_t<CT>>;

    template <class T, class Tree>
    class fused_pass;
    template <class T, class Tree>
    struct statement_number<fused_pass<T, Tree>>
    {
        using type = T;
    };
    // Calls f(pass) for the operand of a reduction. inner: the slot of the first reduction inside.
    template <class T, class E, class F>
    ETAPE_ALWAYS_INLINE void pass_over(E const& operand, fused_reduction<T>* inner, F&& f)
    {
        fused_pass<T, typename lowering<E>::tree> pass(inner);
        lowering<E>::collect(operand, pass);
        f(pass);
    }

    // The operand of one reduction, collected by its lowering as a statement would be.
    template <class T, class Tree>
    class fused_pass : public statement_operands<T, Tree>
    {
        using base = statement_operands<T, Tree>;
        using base::count;

    public:
        using fused = T;

        ETAPE_ALWAYS_INLINE explicit fused_pass(fused_reduction<T>* inner) noexcept
            : inner_(inner)
        {
        }

        // ---- for the lowering ----
        ETAPE_ALWAYS_INLINE void take_argument(fused_slot<T>& a) noexcept
        {
            const auto j = static_cast<std::size_t>(this->filled);
            sinks_[j] = &a;
            arguments_[j] = &a;
            auto& s = this->next();
            s.data = a.data;
            s.scalar = T(0);
            s.owner = nullptr;
            s.shape = a.shape;
            s.strides = a.strides;
            s.offset = 0;
            s.size = a.size;
            s.rank = a.rank;
            s.array = s.active = s.dense = s.whole = true;
        }
        ETAPE_ALWAYS_INLINE void take_number(fused_slot<T>& a) noexcept
        {
            sinks_[static_cast<std::size_t>(this->filled)] = &a;
            this->next().set_scalar(a.value, a.tag);
        }
        void take_part(fused_slot<T>& a, part&& p)
        {
            const auto j = static_cast<std::size_t>(this->filled);
            sinks_[j] = &a;
            arguments_[j] = &a;
            auto& s = this->next();
            std::copy_n(p.shape, p.rank, s.shape_store);
            std::copy_n(p.strides, p.rank, s.stride_store);
            s.set_memory(a.data + p.offset, p.rank, nullptr, true, p.offset);
        }
        template <class Reducer, class E>
        void take_reduction(E const& operand, T scale)
        {
            auto* r = inner_;
            inner_ += 1 + reductions_v<E>;
            if (!r->known)
                pass_over<T>(operand, r + 1, [&](auto& pass) { pass.template value<Reducer>(*r, scale); });
            sinks_[static_cast<std::size_t>(this->filled)] = r;
            this->next().set_own_scalar(r->value, 0);
        }

        // ---- passes ----
        template <class Reducer>
        ETAPE_ALWAYS_INLINE void value(fused_reduction<T>& r, T scale)
        {
            each_kernel<Reducer>([&]<class Map, bool Unit>() __attribute__((always_inline))
                                 { store(r, scale, this->template run<Reducer, Map, Unit, false>(T(1))); });
        }
        // Partials up to the reduction's factor.
        template <class Reducer>
        ETAPE_ALWAYS_INLINE void value_and_partials(fused_reduction<T>& r, T scale)
        {
            each_kernel<Reducer>([&]<class Map, bool Unit>() __attribute__((always_inline))
                                 { store(r, scale, this->template run<Reducer, Map, Unit, true>(scale)); });
        }
        // Added to the gradients: weight times the partials.
        template <class Reducer>
        void partials(T weight)
        {
            each_kernel<Reducer>([&]<class Map, bool Unit>() __attribute__((always_inline))
                                 { this->template run<Reducer, Map, Unit, true>(weight); });
        }

    private:
        // Calls f with the kernel that fits the operands, nearly always one over dense arrays of one shape.
        template <class Reducer, class F>
        ETAPE_ALWAYS_INLINE void each_kernel(F&& f)
        {
            const bool alike = this->alike();
            if (alike)
            {
                this->elements_ = this->sources[base::first_array < count ? base::first_array : 0].size;
                this->plan_.rank = 1;
                this->plan_.shape[0] = this->elements_;
                for (auto& s : this->strides_)
                    s = unit_stride;
            }
            else
                base::lay_out(Reducer::name, 0, false);
            if (Reducer::needs_elements && this->elements_ == 0)
                throw_shape_error(Reducer::name, "no elements", "at least one element");
            if (alike || this->plan_.unit)
                base::choose_unit(f);
            else
                f.template operator()<typename base::identity, false>();
        }
        ETAPE_ALWAYS_INLINE static void store(fused_reduction<T>& r, T scale, kernel::reduced<T> const& found) noexcept
        {
            r.value = found.value * scale;
            r.scale = scale;
            r.factor = found.factor;
            r.known = true;
        }

        template <class Reducer, class Map, bool Unit, bool Partials>
        ETAPE_ALWAYS_INLINE kernel::reduced<T> run(T weight)
        {
            using steps_type = kernel::steps<Tree, Map>;
            using loops = kernel::loops<T, Tree, Map, Unit>;
            operand<T> ops[static_cast<std::size_t>(steps_type::leaves)];
            auto l = this->template loop_over<Map>(ops);
            if constexpr (!Partials)
                return loops::template reduce_here<Reducer, false, false>(l, this->elements_, T(1));
            else
            {
                bool first = Unit;
                base::template each_operand<Map>(
                    [&]<int J, std::size_t O>()
                    {
                        if constexpr (steps_type::leaf_active(J) && steps_type::leaf_array(J))
                        {
                            aim<Map, J, O>(ops[J]);
                            first = first && !ops[J].add;
                        }
                    });
                kernel::reduced<T> found;
                if (first)
                    found = loops::template reduce_here<Reducer, true, Unit>(l, this->elements_, weight);
                else
                    found = loops::template reduce<Reducer, true>(l, this->elements_, weight);
                base::template each_operand<Map>(
                    [&]<int J, std::size_t O>()
                    {
                        if constexpr (steps_type::leaf_active(J) && !steps_type::leaf_array(J))
                            sinks_[O]->pending += ops[J].scalar_adjoint;
                    });
                return found;
            }
        }
        // Where the adjoints of an array go: stored where this operand alone covers the argument once, otherwise added.
        template <class Map, int J, std::size_t O>
        ETAPE_ALWAYS_INLINE void aim(operand<T>& o) const
        {
            using steps_type = kernel::steps<Tree, Map>;
            auto& a = *arguments_[O];
            bool alone = true;
            base::template each_operand<Map>(
                [&]<int I, std::size_t P>()
                {
                    if constexpr (I != J && steps_type::leaf_active(I) && steps_type::leaf_array(I))
                        alone = alone && arguments_[P] != &a;
                });
            auto const& s = this->sources[O];
            o.adjoint = a.gradient + s.offset;
            o.add = a.written || !alone || !s.whole || s.size != this->elements_;
            if (o.add && !a.written)
                std::fill_n(a.gradient, a.size, T(0));
            a.written = true;
        }

        fused_reduction<T>* inner_;
        fused_sink<T>* sinks_[count];
        fused_slot<T>* arguments_[count];
    };

    // The numbers at the root of the expression.
    template <class T, class E>
    class fused_root;
    template <class T, class E>
    struct statement_number<fused_root<T, E>>
    {
        using type = T;
    };
    template <class T, class E>
    class fused_root
    {
    public:
        using fused = T;
        using tree = typename lowering<E>::tree;
        using steps_type = kernel::steps<tree, expr::identity_map<tree>>;
        static constexpr auto leaves = static_cast<std::size_t>(steps_type::leaves);
        static constexpr std::size_t reductions = reductions_v<E>;
        static_assert(!has_arrays_v<tree>, "etape: fused() needs a function whose result is one number");

        // ---- for the lowering ----
        struct leaf
        {
            T& value;
            ETAPE_ALWAYS_INLINE void set_number(T v) const noexcept
            {
                value = v;
            }
        };
        ETAPE_ALWAYS_INLINE leaf next() noexcept
        {
            return {values_[filled_++]};
        }
        ETAPE_ALWAYS_INLINE void take_number(fused_slot<T>& a) noexcept
        {
            sinks_[filled_] = &a;
            values_[filled_++] = a.value;
        }
        template <class Reducer, class R>
        ETAPE_ALWAYS_INLINE void take_reduction(R const& operand, T scale)
        {
            auto* r = at_;
            at_ += 1 + reductions_v<R>;
            pass_over<T>(operand, r + 1,
                         [&](auto& pass)
                         {
                             // The only one: its partials in the same pass, up to a factor that the root decides.
                             if (reductions == 1 && steps_type::leaf_active(static_cast<int>(filled_)))
                                 pass.template value_and_partials<Reducer>(*r, scale);
                             else
                                 pass.template value<Reducer>(*r, scale);
                         });
            sinks_[filled_] = r;
            values_[filled_++] = r->value;
        }

        // The value, and the gradients; arguments(f) calls f for each of them. False: an adjoint is infinite or NaN, where the
        // tape knows better which elements it reaches.
        template <class Arguments>
        ETAPE_ALWAYS_INLINE bool run(E const& e, T& value, Arguments&& arguments)
        {
            lowering<E>::collect(e, *this);
            T partials[leaves];
            value = kernel::point<T, tree, expr::identity_map<tree>>::value_and_partials(values_, partials);
            [&]<std::size_t... J>(std::index_sequence<J...>) __attribute__((always_inline)) { (hand_over<J>(partials[J]), ...); }
            (std::make_index_sequence<leaves>{});
            T factor = 1;
            if constexpr (reductions == 1)
                factor = reductions_[0].adjoint * reductions_[0].factor;
            else if constexpr (reductions > 1)
            {
                auto* at = reductions_;
                if (!reverse(e, at))
                    return false;
            }
            if (!std::isfinite(factor)) [[unlikely]]
                return false;
            arguments([&]<class Input>(Input& a) { finish<Input::rank == 0>(a.slot, factor); });
            return true;
        }

    private:
        template <std::size_t J>
        ETAPE_ALWAYS_INLINE void hand_over(T partial) noexcept
        {
            if constexpr (steps_type::leaf_active(static_cast<int>(J)))
                sinks_[J]->adjoint += partial;
        }
        template <bool Number>
        ETAPE_ALWAYS_INLINE static void finish(fused_slot<T>& a, T factor) noexcept
        {
            if constexpr (Number)
                // An adjoint of 0 passes 0, also past factors that are infinite or NaN.
                a.adjoint += factor == T(0) ? T(0) : factor * a.pending;
            else if (!a.written || factor == T(0))
                std::fill_n(a.gradient, a.size, T(0));
            else if (factor != T(1))
                for (std::size_t i = 0; i < a.size; ++i)
                    a.gradient[i] *= factor;
        }

        // The reductions in the expression, each after those whose operands it is in.
        template <class A>
        static bool reverse(A const&, fused_reduction<T>*&)
        {
            return true;
        }
        template <class F, class... CT>
        static bool reverse(xt::xfunction<F, CT...> const& e, fused_reduction<T>*& at)
        {
            return std::apply([&](auto const&... a) { return (reverse(a, at) && ...); }, e.arguments());
        }
        template <class CT, class X>
        static bool reverse(xt::xbroadcast<CT, X> const& e, fused_reduction<T>*& at)
        {
            return reverse(e.expression(), at);
        }
        template <class R, class CT>
        static bool reverse(full_reduction<R, CT> const& e, fused_reduction<T>*& at)
        {
            auto& r = *at++;
            const T adjoint = r.adjoint + r.pending;
            const T weight = adjoint == T(0) ? T(0) : r.scale * adjoint * r.factor;
            if (!std::isfinite(weight)) [[unlikely]]
                return false;
            // A weight of 0 gives 0, also past partials that are infinite or NaN.
            if (weight != T(0))
                pass_over<T>(e.expression(), at, [&](auto& pass) { pass.template partials<R>(weight); });
            return reverse(e.expression(), at);
        }

        T values_[leaves];
        fused_sink<T>* sinks_[leaves];  // of those that are tracked
        std::size_t filled_ = 0;
        fused_reduction<T> reductions_[reductions + 1];
        fused_reduction<T>* at_ = reductions_;
    };
}
ETAPE_END_ARCH
