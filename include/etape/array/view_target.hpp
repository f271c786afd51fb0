// SPDX-License-Identifier: BSL-1.0
// Assignment into a part of a variable: `xt::view(x, ...) = e` makes a new version of x, like every assignment.
#pragma once
#include <etape/array/update.hpp>
#include <etape/array/view_base.hpp>
#include <etape/array/view_functions.hpp>

ETAPE_BEGIN_ARCH
// A part of a variable, rank R. Reading it (in an expression, in `auto`) reads the version of the variable that it was made
// from or last assigned to; assigning to it needs the variable itself to be alive.
template <class T, std::size_t N, std::size_t R>
class variable_view;

namespace detail
{
    template <class V>
    inline constexpr bool is_variable_view_v = false;
    template <class T, std::size_t N, std::size_t R>
    inline constexpr bool is_variable_view_v<variable_view<T, N, R>> = true;

    // Everything that can stand to the right of an assignment into an array.
    template <class E>
    concept assignable = expression<E> || plain_number<std::remove_cvref_t<E>> || is_scalar_variable_v<std::remove_cvref_t<E>>;

    // The right-hand side, broadcast to the window; always memory of its own when it reads the variable.
    template <class T, class E>
    buffer_ptr evaluate_for(E const& e, const std::size_t* shape, std::size_t rank, site const& where)
    {
        if constexpr (plain_number<E> || is_scalar_variable_v<E>)
        {
            // By reference: the statement numbers the scalar itself.
            using leaf = xt::xscalar<E const&>;
            using tree = typename lowering<leaf>::tree;
            const leaf number(e);
            statement<T, tree> s;
            s.require_shape(shape, static_cast<int>(rank));
            lowering<leaf>::collect(number, s);
            return s.array("broadcast", where);
        }
        else
        {
            auto b = evaluate<T>(e, where);
            runtime::check_window("assignment to a view", *b, shape, rank);
            if (b->rank == static_cast<int>(rank) && std::equal(shape, shape + rank, b->shape))
                return b;
            statement<T, expr::array_leaf<true>> s;
            s.require_shape(shape, static_cast<int>(rank));
            s.next().set_handle(b.get(), true);
            return s.array("broadcast", where);
        }
    }
}
ETAPE_END_ARCH

namespace xt
{
    template <class T, std::size_t N, std::size_t R>
    struct xiterable_inner_types<etape::variable_view<T, N, R>> : etape::detail::handle_iterable<etape::variable_view<T, N, R>, R>
    {
    };
    template <class T, std::size_t N, std::size_t R>
    struct xcontainer_inner_types<etape::variable_view<T, N, R>> : etape::detail::handle_inner<etape::variable<T, 0>>
    {
    };
    // By value in every expression, as the handles are.
#define ETAPE_BY_VALUE(CLOSURE, ...)                                                                                 \
    template <class T, std::size_t N, std::size_t R>                                                                 \
    struct CLOSURE<etape::variable_view<T, N, R>&, ##__VA_ARGS__>                                                    \
    {                                                                                                                \
        using type = etape::variable_view<T, N, R>;                                                                  \
    };                                                                                                               \
    template <class T, std::size_t N, std::size_t R>                                                                 \
    struct CLOSURE<const etape::variable_view<T, N, R>&, ##__VA_ARGS__>                                              \
    {                                                                                                                \
        using type = etape::variable_view<T, N, R>;                                                                  \
    };
    ETAPE_BY_VALUE(xclosure, std::enable_if_t<(N > 0)>)
    ETAPE_BY_VALUE(const_xclosure, std::enable_if_t<(N > 0)>)
}
namespace xtl
{
    ETAPE_BY_VALUE(closure_type)
    ETAPE_BY_VALUE(const_closure_type)
#undef ETAPE_BY_VALUE
}

ETAPE_BEGIN_ARCH
template <class T, std::size_t N, std::size_t R>
class variable_view : public detail::tracked_part<variable_view<T, N, R>, T, R>
{
    using base = detail::tracked_part<variable_view<T, N, R>, T, R>;

public:
    variable_view(variable<T, N>& x, part&& p)
        : base(std::move(p))
        , target_(&x)
    {
    }
    variable_view(variable_view const&) = default;
    variable_view(variable_view&&) = default;
    ~variable_view() = default;

    // The elements are assigned, not the view. Throws shape_error when e does not broadcast to the view's shape.
    variable_view& operator=(variable_view const& o)
    {
        return assign(o, site{});
    }
    variable_view& operator=(variable_view&& o)
    {
        return assign(std::move(o), site{});
    }
    template <detail::assignable E>
    variable_view& operator=(E&& e)
    {
        return assign(std::forward<E>(e), site{});
    }
    // As operator=, with the place of the call for explanations.
    template <detail::assignable E>
    variable_view& assign(E&& e, site const& where = site::current())
    {
        if (!update<false>(std::forward<E>(e), true, where))
            store<E>(detail::evaluate_for<T>(e, this->shape_.data(), R, where), e, where);
        return *this;
    }
    // These read the variable as it is now.
    template <detail::assignable E>
    variable_view& operator+=(E&& e)
    {
        if (update<false>(std::forward<E>(e), false, site{}))
            return *this;
        auto value = evaluated(current() + e);
        return store<E>(std::move(value), e, site{});
    }
    template <detail::assignable E>
    variable_view& operator-=(E&& e)
    {
        if (update<true>(std::forward<E>(e), false, site{}))
            return *this;
        auto value = evaluated(current() - e);
        return store<E>(std::move(value), e, site{});
    }
    template <detail::assignable E>
    variable_view& operator*=(E&& e)
    {
        auto value = evaluated(current() * e);
        return store<E>(std::move(value), e, site{});
    }
    template <detail::assignable E>
    variable_view& operator/=(E&& e)
    {
        auto value = evaluated(current() / e);
        return store<E>(std::move(value), e, site{});
    }
    void fill(T v)
    {
        assign(v, site{});
    }

    // For the engine.
    variable<T, N>& target() const noexcept
    {
        return *target_;
    }

private:
    // Is an argument E&& an expression that nobody reads after the call?
    template <class E>
    static constexpr bool ends_here = !std::is_lvalue_reference_v<E> && !std::is_const_v<std::remove_reference_t<E>>;

    variable_view current() const
    {
        runtime::check_target(*target_->data_handle(), *this->data_);
        variable_view now(*this);
        now.data_ = target_->data_handle();
        return now;
    }
    // A statement of its own: the expression, which holds the variable's memory, ends before the assignment.
    template <class E>
    buffer_ptr evaluated(E const& e) const
    {
        return detail::evaluate_for<T>(e, this->shape_.data(), R, site{});
    }
    // Whatever happens, we read the variable afterwards.
    struct refresh
    {
        variable_view& v;
        ~refresh()
        {
            v.data_ = v.target_->data_or_null();
        }
    };
    // In place, if the expression can be computed there: true when it was.
    template <bool Negative, class E>
    bool update(E&& e, bool replaces, site const& where)
    {
        if constexpr (detail::updates_in_place_v<std::remove_cvref_t<E>>)
        {
            if (!runtime::thread.recording || static_cast<const void*>(std::addressof(e)) == this)
                return false;
            runtime::check_target(*target_->data_handle(), *this->data_);
            const refresh afterwards{*this};
            // References of ours, and of an expression that ends with this call, must not be what forces a copy.
            this->data_ = buffer_ptr();
            const part window = this->where_on(*target_->data_handle());
            auto next = detail::update_part<T, Negative>(target_->data_handle(), window, std::as_const(e), replaces, 1,
                                                         ends_here<E>, where);
            if (!next)
                return false;
            if (next.get() != target_->data_handle().get())
                target_->take(std::move(next));
            return true;
        }
        else
            return false;
    }
    // e has become `value`.
    template <class E>
    variable_view& store(buffer_ptr value, std::remove_reference_t<E> const& e, site const& where)
    {
        runtime::check_target(*target_->data_handle(), *this->data_);
        const part window = this->where();
        // Our own reference must not be what forces a copy, nor those of an expression that ends with the call.
        const refresh afterwards{*this};
        std::uint32_t references = 1;
        if constexpr (ends_here<E>)
            if (static_cast<const void*>(std::addressof(e)) != this)
                references += detail::references_to(target_->data_handle().get(), e);
        this->data_ = buffer_ptr();
        auto next = runtime::assign_part<T>(target_->data_handle(), window, *value, references, where);
        if (next.get() != target_->data_handle().get())
            target_->take(std::move(next));
        return *this;
    }

    variable<T, N>* target_;
};

namespace detail
{
    template <class T, std::size_t N, std::size_t R>
    struct affine<variable_view<T, N, R>>
    {
        static constexpr bool value = true;
        template <class>
        static part resolve(variable_view<T, N, R> const& v)
        {
            return v.where();
        }
    };
    template <class T, std::size_t N, std::size_t R>
    struct lowering<variable_view<T, N, R>> : affine_lowering<variable_view<T, N, R>>
    {
        template <class S>
        static void collect(variable_view<T, N, R> const& v, S& s)
        {
            if constexpr (std::is_same_v<typename statement_number<S>::type, T>)
                v.set_source(s.next());
            else
                affine_lowering<variable_view<T, N, R>>::collect(v, s);
        }
    };

    // The rank of a view, and whether its slices keep it a window.
    template <class S>
    inline constexpr bool slice_adds_v = std::is_same_v<std::remove_cvref_t<S>, xt::xnewaxis_tag>;
    template <class S>
    inline constexpr bool slice_takes_v = std::is_integral_v<std::remove_cvref_t<S>>;
    template <class E, class... S>
    inline constexpr bool window_slices_v = ((slice_kind_of<xt::get_slice_type<E, S>> != slice_kind::other) && ...);
    template <std::size_t N, class... S>
    inline constexpr std::size_t window_rank_v = N - (std::size_t{slice_takes_v<S>} + ... + 0) + (std::size_t{slice_adds_v<S>} + ... + 0);

    template <class T, std::size_t N, std::size_t M, class E, class... S>
    auto make_variable_view(variable<T, N>& x, std::integral_constant<std::size_t, M>, E const& e, S&&... slices)
    {
        static_assert(sizeof...(S) - (std::size_t{slice_adds_v<S>} + ... + 0) <= M, "etape: a view with more slices than the variable has dimensions");
        constexpr auto R = window_rank_v<M, S...>;
        part from = affine<E>::template resolve<T>(e);
        runtime::slicer to(from);
        // A new axis takes none of the dimensions. In the order of the slices: a braced list.
        std::size_t axis = 0;
        const int taken[] = {0, (take_slice(to, xt::get_slice_implementation(e, std::forward<S>(slices), axis)),
                                 axis += slice_adds_v<S> ? 0 : 1, 0)...};
        static_cast<void>(taken);
        return variable_view<T, N, R>(x, to.finish());
    }
}
ETAPE_END_ARCH

namespace xt
{
    // A view of a variable that may be assigned. Slices that gather (xt::keep, xt::drop) make xtensor's view, for reading only.
    template <class T, std::size_t N, class... S>
        requires(N > 0 && etape::detail::window_slices_v<etape::variable<T, N>, S...>)
    auto view(etape::variable<T, N>& x, S&&... slices)
    {
        return etape::detail::make_variable_view(x, std::integral_constant<std::size_t, N>{}, x, std::forward<S>(slices)...);
    }
    // A part of a part.
    template <class T, std::size_t N, std::size_t R, class... S>
        requires(etape::detail::window_slices_v<etape::variable_view<T, N, R>, S...>)
    auto view(etape::variable_view<T, N, R>& v, S&&... slices)
    {
        return etape::detail::make_variable_view(v.target(), std::integral_constant<std::size_t, R>{}, v, std::forward<S>(slices)...);
    }
    template <class T, std::size_t N, std::size_t R, class... S>
        requires(etape::detail::window_slices_v<etape::variable_view<T, N, R>, S...>)
    auto view(etape::variable_view<T, N, R>&& v, S&&... slices)
    {
        return etape::detail::make_variable_view(v.target(), std::integral_constant<std::size_t, R>{}, v, std::forward<S>(slices)...);
    }
}
