// SPDX-License-Identifier: BSL-1.0
// tensor: the result of a statement. variable: tracked state with value semantics, assignable in place.
#pragma once
#include <etape/array/constant.hpp>
#include <etape/array/history.hpp>

ETAPE_BEGIN_ARCH
namespace detail
{
    template <class E>
    inline constexpr bool is_expression_v = xt::is_xexpression<std::remove_cvref_t<E>>::value;

    template <class E>
    concept expression = is_expression_v<E>;

    // Where the compiler knows the rank of an expression it is compared there; of others when they are evaluated.
    template <class E, std::size_t N>
    inline constexpr bool rank_may_be_v = static_rank_v<E> == N || static_rank_v<E> == dynamic_rank;
#define ETAPE_NEEDS_RANK(E, N)                                                                                       \
    static_assert(detail::rank_may_be_v<E, N>, "etape: the expression has another rank than the array made of it or assigned to: "        \
                                               "N of tensor<T, N> and variable<T, N> is the rank")

    // A fresh leaf from plain values; a buffer that something else sees is copied.
    template <class T>
    buffer_ptr as_leaf(buffer_ptr b, bool trainable, site const& where)
    {
        if (!b.sole() || b->role == buffer_role::plain)
        {
            auto fresh = make_buffer_like<T>(*b);
            std::copy_n(b->template data<T>(), b->size, fresh->template data<T>());
            fresh->why = note_of_copy(b->why);
            b = std::move(fresh);
        }
        b->role = trainable ? buffer_role::leaf : buffer_role::frozen;
        b->born = runtime::thread.apart;
        b->made = where;
        return b;
    }
    // The right-hand side of an assignment: as a parameter taken by value it is made at the call, whose place it so knows.
    template <class T, std::size_t N>
    struct assigned
    {
        buffer_ptr values;
        site where;

        template <expression E>
        assigned(E const& e, site s = site::current())
            : values(evaluate<T>(e, s))
            , where(s)
        {
            ETAPE_NEEDS_RANK(E, N);
        }
        assigned(xt::nested_initializer_list_t<T, N> v, site s = site::current())
            : assigned(xt::xtensor<T, N>(v), s)
        {
        }
    };
    // What an operator like += made must have the shape that was there.
    inline void check_update(const char* call, buffer const& now, buffer const& before)
    {
        if (now.rank != before.rank || !same_extents(now.shape, before.shape, before.rank))
            throw_shape_error(call, "a right-hand side that broadcasts to " + shape_text(now.shape, now.rank),
                              "its own shape " + shape_text(before.shape, before.rank));
    }
    inline bool has_history(buffer const& b) noexcept
    {
        return runtime::thread.recording && runtime::thread.log->holds(b.tag.load(std::memory_order_relaxed));
    }
}

// The result of a statement, rank N; its values never change. Copies share the memory.
template <class T, std::size_t N>
class tensor : public detail::tracked_handle<tensor<T, N>, T, N>
{
    static_assert(N > 0, "etape: a result of rank 0 is a variable<T>");
    using base = detail::tracked_handle<tensor<T, N>, T, N>;

public:
    // Evaluates e now and records it as one statement.
    template <detail::expression E>
        requires(!std::is_same_v<E, tensor>)
    tensor(E const& e, site const& where = site::current())
        : base(detail::evaluate<T>(e, where))
    {
        ETAPE_NEEDS_RANK(E, N);
        detail::check_rank("tensor", this->data_->rank, N);
    }
    explicit tensor(buffer_ptr b)
        : base(std::move(b))
    {
        detail::check_rank("tensor", this->data_->rank, N);
    }

    // y += e is y = y + e: the name goes on with a new result, other copies keep theirs. Throws shape_error where e does not broadcast
    // to the shape of y.
    template <class E>
    tensor& operator+=(E const& e)
    {
        return go_on(*this + e);
    }
    template <class E>
    tensor& operator-=(E const& e)
    {
        return go_on(*this - e);
    }
    template <class E>
    tensor& operator*=(E const& e)
    {
        return go_on(*this * e);
    }
    template <class E>
    tensor& operator/=(E const& e)
    {
        return go_on(*this / e);
    }

private:
    template <class E>
    tensor& go_on(E const& e)
    {
        auto b = detail::evaluate<T>(e, site{});
        detail::check_update("in-place update of a tensor", *b, *this->data_);
        this->data_ = std::move(b);
        return *this;
    }
};

// A tracked array of rank N with value semantics. Gradients are taken with respect to it. A read is a snapshot: assignment
// makes a new version and copies on write when something still needs the old one.
template <class T, std::size_t N>
class variable : public detail::tracked_handle<variable<T, N>, T, N>
{
    static_assert(std::is_same_v<T, double> || std::is_same_v<T, float>, "etape: variable<T, N> needs T = double or float");
    static_assert(N <= max_rank, "etape: variable<T, N> needs N <= 8");
    using base = detail::tracked_handle<variable<T, N>, T, N>;

public:
    // Shape (0, ..., 0).
    variable()
        : base(empty())
    {
    }
    // From plain values: a leaf (frozen unless trainable). From a tracked expression: recorded, like an assignment.
    template <detail::expression E>
        requires(!std::is_same_v<E, variable>)
    variable(E const& e, bool trainable = true, site const& where = site::current())
        : base(leaf_or_result(detail::evaluate<T>(e, where), trainable, where))
    {
        ETAPE_NEEDS_RANK(E, N);
        detail::check_rank("variable", this->data_->rank, N);
    }
    variable(xt::nested_initializer_list_t<T, N> values, bool trainable = true, site const& where = site::current())
        : variable(xt::xtensor<T, N>(values), trainable, where)
    {
    }
    // For the engine.
    explicit variable(buffer_ptr b)
        : base(std::move(b))
    {
        detail::check_rank("variable", this->data_->rank, N);
    }
    // Zeros of a shape.
    static variable from_shape(std::array<std::size_t, N> const& shape, bool trainable = true, site const& where = site::current())
    {
        return variable(xt::xtensor<T, N>(shape, T(0)), trainable, where);
    }

    ETAPE_ALWAYS_INLINE variable(variable const& o) noexcept
        : base(o)
    {
    }
    ETAPE_ALWAYS_INLINE variable(variable&& o) noexcept
        : base(std::move(o))
    {
    }
    ~variable() = default;
    template <class V>
        requires std::is_same_v<std::remove_cvref_t<V>, variable>
    variable& operator=(V&& o)
    {
        buffer_ptr other = std::forward<V>(o).data_;
        this->data_ = std::move(other);
        return *this;
    }
    // Never chosen: without it there would be an assignment from variable const&, to which every expression converts too.
    variable& operator=(variable const volatile&) = delete;

    // Any expression of rank N; recorded when it is tracked.
    variable& operator=(detail::assigned<T, N> e)
    {
        detail::check_rank("assignment to a variable", e.values->rank, N);
        auto b = next(std::move(e.values), e.where);
        if (b->role == buffer_role::leaf && !b.unique())
            this->data_ = std::move(b);  // a tensor that holds a variable: a copy of that
        else
            take(std::move(b));
        return *this;
    }
    template <detail::expression E>
    variable& assign(E const& e, site const& where = site::current())
    {
        return *this = detail::assigned<T, N>(e, where);
    }
    template <class E>
    variable& operator+=(E const& e)
    {
        return update(*this + e);
    }
    template <class E>
    variable& operator-=(E const& e)
    {
        return update(*this - e);
    }
    template <class E>
    variable& operator*=(E const& e)
    {
        return update(*this * e);
    }
    template <class E>
    variable& operator/=(E const& e)
    {
        return update(*this / e);
    }
    // Every element becomes v.
    void fill(T v, site const& where = site::current())
    {
        auto b = make_buffer_like<T>(*this->data_handle());
        std::fill_n(b->template data<T>(), b->size, v);
        take(leaf_or_result(std::move(b), trainable(), where));
    }

    bool trainable() const noexcept
    {
        return !this->data_ || this->data_->role != buffer_role::frozen;
    }

    // For the engine: the next version.
    void take(buffer_ptr next)
    {
        if (this->data_ && detail::tape_alive())
            runtime::succeed(*next, *this->data_);
        this->data_ = std::move(next);
    }

private:
    static buffer_ptr empty()
    {
        std::size_t shape[N] = {};
        auto b = make_buffer<T>(shape, static_cast<int>(N));
        b->role = buffer_role::leaf;
        b->born = runtime::thread.apart;
        return b;
    }
    // A tensor may hold a variable's own buffer: a variable made from it is then a copy of that variable.
    static buffer_ptr leaf_or_result(buffer_ptr b, bool trainable, site const& where)
    {
        if (b->role == buffer_role::leaf ? trainable || runtime::thread.recording : b->role != buffer_role::plain && detail::has_history(*b))
            return b;
        return detail::as_leaf<T>(std::move(b), trainable, where);
    }
    // What an assigned value becomes.
    buffer_ptr next(buffer_ptr b, site const& where) const
    {
        if (b->why != nullptr && b->role == buffer_role::result && this->data_ && runtime::thread.recording &&
            runtime::stays_foreign(*b, *this->data_))
            return b;
        return leaf_or_result(std::move(b), trainable(), where);
    }
    template <class E>
    variable& update(E const& e)
    {
        auto b = detail::evaluate<T>(e, site{});
        detail::check_update("in-place update of a variable", *b, *this->data_);
        take(next(std::move(b), this->data_->made));
        return *this;
    }
};
#undef ETAPE_NEEDS_RANK
ETAPE_END_ARCH
