// SPDX-License-Identifier: BSL-1.0
// Functions that are one expression: value and gradient in one pass, without a tape.
#pragma once
#include <etape/api/grad.hpp>
#include <etape/array/fused.hpp>

ETAPE_BEGIN_ARCH
template <class F>
class fused_function;

namespace detail
{
    // A number or an array of plain numbers, as an argument of a fused function.
    template <class X>
    struct fused_input
    {
        static constexpr bool usable = std::is_floating_point_v<X>;
        static constexpr std::size_t rank = 0;
        using number = X;
        fused_slot<X> slot;

        ETAPE_ALWAYS_INLINE explicit fused_input(X x) noexcept
        {
            slot.value = x;
        }
        ETAPE_ALWAYS_INLINE void make_result() noexcept
        {
        }
        ETAPE_ALWAYS_INLINE X gradient() const noexcept
        {
            return slot.adjoint + X(0);
        }
        X kept(X x) const noexcept
        {
            return x;
        }
    };
    template <class X>
        requires(is_expression_v<X>)
    struct fused_input<X>
    {
        using number = typename X::value_type;
        static constexpr std::size_t rank = static_rank_v<X>;
        static constexpr bool usable = std::is_floating_point_v<number> && rank != dynamic_rank && rank != 0 && rank <= std::size_t{max_rank};
        fused_slot<number> slot;
        std::size_t shape[rank];
        std::ptrdiff_t strides[rank];  // dense, row-major
        buffer_ptr values;             // of an argument whose numbers are not
        buffer_ptr result;

        ETAPE_ALWAYS_INLINE explicit fused_input(X const& x)
        {
            std::size_t n = 1;
            bool dense = has_plain_memory_v<X>;
            for (std::size_t k = rank; k-- > 0;)
            {
                shape[k] = x.shape()[k];
                strides[k] = shape[k] == 1 ? 0 : static_cast<std::ptrdiff_t>(n);
                if constexpr (has_plain_memory_v<X>)
                    dense = dense && (shape[k] == 1 || static_cast<std::ptrdiff_t>(x.strides()[k]) == strides[k]);
                n *= shape[k];
            }
            slot.shape = shape;
            slot.strides = strides;
            slot.size = n;
            slot.rank = static_cast<int>(rank);
            if constexpr (has_plain_memory_v<X>)
                slot.data = x.data() + x.data_offset();
            if (!dense)
                own(x);
        }
        fused_input(fused_input const&) = delete;
        fused_input& operator=(fused_input const&) = delete;
        // Numbers of our own: in row-major order, apart from all others.
        ETAPE_NOINLINE void own(X const& x)
        {
            values = evaluate_plain<number>(x);
            slot.data = values->template data<number>();
        }
        ETAPE_ALWAYS_INLINE void make_result()
        {
            result = make_buffer<number>(shape, static_cast<int>(rank));
            slot.gradient = result->template data<number>();
        }
        ETAPE_ALWAYS_INLINE constant<number, rank> gradient()
        {
            return constant<number, rank>(std::move(result));
        }
        constant<number, rank> kept(X const& x) const
        {
            return constant<number, rank>(values ? values : evaluate_plain<number>(x));
        }
    };
    template <class T>
    ETAPE_ALWAYS_INLINE bool overlap(const T* a, const T* b, std::size_t size_of_a, std::size_t size_of_b) noexcept
    {
        return std::less<>()(a, b + size_of_b) && std::less<>()(b, a + size_of_a);
    }

    // Where a gradient is stored: a number, or a plain row-major array without gaps of the argument's shape.
    template <class G, class X>
    struct fused_result
    {
        static constexpr bool usable = std::is_same_v<G, X>;
    };
    template <class G, class X>
        requires(is_expression_v<X> && is_expression_v<G>)
    struct fused_result<G, X>
    {
        static constexpr bool usable = has_plain_memory_v<G> && std::is_same_v<typename G::value_type, typename X::value_type> &&
                                       static_rank_v<G> == static_rank_v<X>;
    };

    template <class F, class... X>
    struct fused_call
    {
        using result =
            std::remove_cvref_t<std::invoke_result_t<F const&, fused_argument<typename fused_input<X>::number, fused_input<X>::rank>...>>;
        using T = typename std::tuple_element_t<0, std::tuple<fused_input<X>...>>::number;

        std::tuple<fused_input<X>...> in;
        T value = 0;

        ETAPE_ALWAYS_INLINE explicit fused_call(X const&... x)
            : in(x...)
        {
            std::uint64_t n = 0;
            each([&](auto& i) { i.slot.tag = ++n; });
            if constexpr (sizeof...(X) > 1)
                part_aliases(x...);
        }
        ETAPE_ALWAYS_INLINE void make_results()
        {
            each([](auto& i) { i.make_result(); });
        }
        // Gradients go to g.... Throws shape_error.
        template <class... G>
        ETAPE_ALWAYS_INLINE void set_results(std::tuple<G&...> const& g, X const&... x)
        {
            [&]<std::size_t... I>(std::index_sequence<I...>) __attribute__((always_inline)) {
                (set_result<I>(std::get<I>(g)), ...);
                (part_from_results<I>(x), ...);
            }(std::index_sequence_for<X...>{});
        }
        // The arguments as they were before gradients took their place.
        template <class Use>
        ETAPE_COLD decltype(auto) with_arguments(Use&& use, X const&... x)
        {
            return std::apply([&](auto&... i) -> decltype(auto) { return use(i.kept(x)...); }, in);
        }
        template <class... G>
        ETAPE_ALWAYS_INLINE void copy_numbers(std::tuple<G&...> const& g)
        {
            [&]<std::size_t... I>(std::index_sequence<I...>) __attribute__((always_inline)) {
                (
                    [&]
                    {
                        if constexpr (std::is_arithmetic_v<X>)
                            std::get<I>(g) = std::get<I>(in).gradient();
                    }(),
                    ...);
            }(std::index_sequence_for<X...>{});
        }
        ETAPE_ALWAYS_INLINE bool run(F const& f)
        {
            decltype(auto) e = std::apply(
                [&](auto&... i) -> decltype(auto)
                { return f(fused_argument<typename std::remove_reference_t<decltype(i)>::number, std::remove_reference_t<decltype(i)>::rank>(i.slot)...); },
                in);
            fused_root<T, result> root;
            return root.run(e, value, [&](auto&& visit) { each(visit); });
        }
        ETAPE_ALWAYS_INLINE auto gradients()
        {
            if constexpr (sizeof...(X) == 1)
                return std::get<0>(in).gradient();
            else
                return std::apply([](auto&... i) { return std::tuple<decltype(i.gradient())...>{i.gradient()...}; }, in);
        }

    private:
        template <class Visit>
        ETAPE_ALWAYS_INLINE void each(Visit&& visit)
        {
            std::apply([&](auto&... i) { (visit(i), ...); }, in);
        }
        template <std::size_t I, class G>
        ETAPE_ALWAYS_INLINE void set_result(G& g)
        {
            auto& i = std::get<I>(in);
            if constexpr (std::remove_reference_t<decltype(i)>::rank != 0)
            {
                constexpr auto rank = std::remove_reference_t<decltype(i)>::rank;
                bool fits = true;
                for (std::size_t k = 0; k < rank; ++k)
                    fits = fits && g.shape()[k] == i.shape[k] && (i.shape[k] == 1 || i.slot.size == 0 || static_cast<std::ptrdiff_t>(g.strides()[k]) == i.strides[k]);
                if (!fits) [[unlikely]]
                    refuse_result(I, g, i.slot);
                i.slot.gradient = g.data() + g.data_offset();
            }
        }
        // A gradient may take the place of an argument, which is then read from a copy; but not that of another gradient.
        template <std::size_t I, class A>
        ETAPE_ALWAYS_INLINE void part_from_results(A const& x)
        {
            auto& i = std::get<I>(in);
            if constexpr (std::remove_reference_t<decltype(i)>::rank != 0)
                each(
                    [&](auto& o)
                    {
                        if constexpr (std::remove_reference_t<decltype(o)>::rank != 0)
                        {
                            if (overlap<T>(i.slot.data, o.slot.gradient, i.slot.size, o.slot.size)) [[unlikely]]
                                i.own(x);
                            if (&o.slot != &i.slot && overlap<T>(i.slot.gradient, o.slot.gradient, i.slot.size, o.slot.size)) [[unlikely]]
                                throw_shape_error("into", "one place for the gradients of two arguments", "a place for each");
                        }
                    });
        }
        template <class G>
        [[noreturn]] ETAPE_COLD static void refuse_result(std::size_t n, G const& g, fused_slot<T> const& a)
        {
            std::size_t found[max_rank];
            std::copy_n(g.shape().begin(), static_cast<std::size_t>(a.rank), found);
            const auto rank = static_cast<std::size_t>(a.rank);
            throw_shape_error("into", "a place of shape " + shape_text(found, rank) + " for the gradient of argument " + std::to_string(n),
                              "a row-major array without gaps of shape " + shape_text(a.shape, rank));
        }
        // Arguments in the same memory are different arguments: kernels tell them apart by their memory.
        ETAPE_ALWAYS_INLINE void part_aliases(X const&... x)
        {
            const T* seen[sizeof...(X)];
            std::size_t n = 0;
            const auto one = [&](auto& i, auto const& from)
            {
                if constexpr (std::remove_reference_t<decltype(i)>::rank != 0)
                {
                    if (std::find(seen, seen + n, i.slot.data) != seen + n)
                        i.own(from);
                    seen[n++] = i.slot.data;
                }
            };
            std::apply([&](auto&... i) { (one(i, x), ...); }, in);
        }
    };

#define ETAPE_FUSED_PARAMETERS                                                                                       \
    "etape: fused() takes a function whose parameters are `auto const&`, one for each argument, and whose result depends on them: it is " \
    "called with arguments of a type of its own"
    // Can a call run without a tape? Decided by types: the arguments are plain, and so is all else that the expression reads.
    template <class F, class... X>
    constexpr bool runs_fused()
    {
        if constexpr (sizeof...(X) == 0 || !(fused_input<X>::usable && ...))
            return false;
        else
        {
            using T = typename std::tuple_element_t<0, std::tuple<fused_input<X>...>>::number;
            if constexpr (!(std::is_same_v<typename fused_input<X>::number, T> && ...))
                return false;
            else
            {
                static_assert(std::is_invocable_v<F const&, fused_argument<T, fused_input<X>::rank>...>,
                              ETAPE_FUSED_PARAMETERS);
                using result = typename fused_call<F, X...>::result;
                if constexpr (std::is_arithmetic_v<result>)
                    return false;
                else
                {
                    static_assert(is_expression_v<result>, "etape: fused() takes a function that returns an expression");
                    constexpr bool number = static_rank_v<result> == 0;
                    static_assert(number, "etape: fused() needs a function whose result is one number");
                    static_assert(is_fused_v<result>, ETAPE_FUSED_PARAMETERS);
                    return number && is_fused_v<result> && closed_v<result>;
                }
            }
        }
    }

#undef ETAPE_FUSED_PARAMETERS

    template <class F>
    struct value_and_grad_function<fused_function<F>>
    {
        fused_function<F> f;
        template <class... X>
        auto operator()(X const&... x) const
        {
            value_and_grad_function<F const&> by_tape{f.function()};
            if constexpr (!(tracked_argument<X>() || ...) && runs_fused<F, X...>())
            {
                fused_call<F, X...> call(x...);
                call.make_results();
                if (!call.run(f.function())) [[unlikely]]
                    return by_tape(x...);
                return value_and_gradient<typename fused_call<F, X...>::T, decltype(call.gradients())>{call.value, call.gradients()};
            }
            else
                return by_tape(x...);
        }
    };
}

// What fused(f).into(g...) makes of f: a function of the arguments that returns f's value and stores the gradients.
template <class F, class... G>
class gradient_into
{
public:
    gradient_into(F const& f, G&... g)
        : f_(f)
        , g_(g...)
    {
    }
    template <class... X>
    auto operator()(X const&... x) const
    {
        static_assert(sizeof...(X) == sizeof...(G), "etape: into() takes a place for the gradient of each argument");
        static_assert((detail::fused_result<G, X>::usable && ...),
                      "etape: into() takes, for each argument, a number of its type or an array with memory, of its element type and rank");
        if constexpr (detail::runs_fused<F, X...>())
        {
            detail::fused_call<F, X...> call(x...);
            call.set_results(g_, x...);
            if (call.run(f_)) [[likely]]
            {
                call.copy_numbers(g_);
                return call.value;
            }
            return call.with_arguments([this](auto const&... a) { return this->by_tape(a...); }, x...);
        }
        else
            return by_tape(x...);
    }

private:
    template <class... X>
    auto by_tape(X const&... x) const
    {
        const auto found = detail::value_and_grad_function<F const&>{f_}(x...);
        if constexpr (sizeof...(G) == 1)
            store(std::get<0>(g_), found.gradient);
        else
            [&]<std::size_t... I>(std::index_sequence<I...>) { (store(std::get<I>(g_), std::get<I>(found.gradient)), ...); }
            (std::index_sequence_for<G...>{});
        return found.value;
    }
    template <class To, class From>
    static void store(To& to, From const& from)
    {
        if constexpr (std::is_arithmetic_v<To>)
            to = from;
        else
            xt::noalias(to) = from;
    }
    F const& f_;
    std::tuple<G&...> g_;
};

// What fused() makes of a function: the same function, which value_and_grad and grad evaluate without a tape.
template <class F>
class fused_function
{
public:
    explicit fused_function(F f)
        : f_(std::move(f))
    {
    }
    template <class... X>
    decltype(auto) operator()(X&&... x) const
    {
        return f_(std::forward<X>(x)...);
    }
    // into(g...)(x...): the value, and the gradients into g..., which are numbers and arrays of the arguments' shapes (row-major,
    // without gaps; they may be the arguments themselves, but nothing that f reads otherwise). Nothing is allocated. Throws
    // shape_error. Refers to g... and to this function.
    template <class... G>
    gradient_into<F, G...> into(G&... g) const&
    {
        return gradient_into<F, G...>(f_, g...);
    }
    F const& function() const noexcept
    {
        return f_;
    }

private:
    F f_;
};

// fused(f): f is one expression whose result is a number, `[](auto const& x, auto const& s) { return xt::sum(xt::exp(x / s)); }`.
// value_and_grad(fused(f))(x, s) and grad(fused(f))(x, s) of plain arguments (floating-point numbers, arrays of static rank) then
// cost the fused kernels and nothing else: no recording, no sweep, no copy of an argument that is dense and row-major. For small
// arrays that is most of the time of a gradient. The gradients are those of the tape; where an adjoint at the root is infinite or
// NaN, the tape is asked after all, and f called again. Everything else (tracked
// arguments, tuples and structs, other functions of derivatives, a tape of the caller's) uses f as it is.
//
// In f: functions and operators of arrays and numbers, views, reductions to a number (also of reductions: xt::mean inside
// xt::sum), plain numbers and arrays of outside. Elements, assignments, loops, matmul and reductions over axes need a tape and do not
// compile here.
template <class F>
fused_function<F> fused(F f)
{
    return fused_function<F>(std::move(f));
}
ETAPE_END_ARCH
