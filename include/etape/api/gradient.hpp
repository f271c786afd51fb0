// SPDX-License-Identifier: BSL-1.0
// The result of gradient(): a value, or the reason why there is none.
#pragma once
#include <memory>
#include <ostream>
#include <string>

#include <etape/array/lazy.hpp>
#include <etape/array/stream.hpp>
#include <etape/tape/differentiate.hpp>

ETAPE_BEGIN_ARCH
// What a missing gradient becomes: a reason (none), or zeros (zero).
enum class unconnected
{
    none,
    zero
};

// Asks for gradients that can be differentiated: the sweep's own operations are recorded by every tape that records now, and
// the results are tracked values, tensor<T, N> or variable<T>. Without it gradients are plain numbers, computed faster.
struct differentiable_t
{
};
inline constexpr differentiable_t differentiable{};

// Asks for plain gradients inside the recording of another tape, whose derivatives shall take them as constants. Without it, what is
// recorded after a plain gradient is not differentiated with respect to anything that the gradient depends on.
struct detached_t
{
};
inline constexpr detached_t detached{};

namespace detail
{
    template <class T, std::size_t N, bool Tracked>
    struct gradient_value
    {
        using type = std::conditional_t<Tracked, tensor<T, N>, constant<T, N>>;
        static type empty()
        {
            const std::size_t none[max_rank] = {};
            return type(make_buffer<T>(none, static_cast<int>(N)));
        }
    };
    template <class T, bool Tracked>
    struct gradient_value<T, 0, Tracked>
    {
        using type = std::conditional_t<Tracked, variable<T, 0>, T>;
        static type empty()
        {
            return type(T(0));
        }
    };
}

// The gradient with respect to one source, in the source's shape: constant<T, N>, or T for a scalar; when it was asked for as
// `differentiable`, tensor<T, N> or variable<T>.
template <class T, std::size_t N, bool Tracked = false>
class gradient_result
{
public:
    using value_type = typename detail::gradient_value<T, N, Tracked>::type;

    gradient_result(value_type v)
        : value_(std::move(v))
    {
    }
    gradient_result(std::unique_ptr<explanation> why, buffer_ptr like)
        : value_(detail::gradient_value<T, N, Tracked>::empty())
        , missing_(std::move(why))
        , like_(std::move(like))
    {
    }
    gradient_result(gradient_result&&) noexcept = default;
    gradient_result& operator=(gradient_result&&) noexcept = default;
    gradient_result(gradient_result const& o)
        : value_(o.value_)
        , missing_(o.missing_ ? std::make_unique<explanation>(*o.missing_) : nullptr)
        , like_(o.like_)
    {
    }
    gradient_result& operator=(gradient_result const& o)
    {
        return *this = gradient_result(o);
    }

    bool has_value() const noexcept
    {
        return missing_ == nullptr;
    }
    explicit operator bool() const noexcept
    {
        return has_value();
    }
    // Throws missing_gradient, whose text is the explanation.
    value_type const& operator*() const&
    {
        if (missing_)
            throw missing_gradient(missing_->text);
        return value_;
    }
    // By value from a result that is about to end: `auto const& g = *tape.gradient(y, x)` does not dangle.
    value_type operator*() &&
    {
        if (missing_)
            throw missing_gradient(missing_->text);
        return std::move(value_);
    }
    value_type const* operator->() const
    {
        return &**this;
    }
    value_type const& value() const&
    {
        return **this;
    }
    value_type value() &&
    {
        return *std::move(*this);
    }
    // The explicit opt-out: zeros of the source's shape where there is no gradient.
    value_type value_or_zero() const
    {
        if (!missing_)
            return value_;
        if constexpr (N == 0)
            return T(0);
        else
            return value_type(zeros_like(*like_, sizeof(T) == sizeof(float)));
    }

    reason why() const noexcept
    {
        return missing_ ? missing_->why : reason::none;
    }
    // reason::none with empty texts when there is a gradient.
    explanation const& why_not() const noexcept
    {
        static const explanation nothing;
        return missing_ ? *missing_ : nothing;
    }

    friend std::ostream& operator<<(std::ostream& out, gradient_result const& g)
    {
        if (g.missing_)
            return out << g.missing_->text;
        return out << g.value_;
    }

private:
    value_type value_;
    std::unique_ptr<explanation> missing_;
    buffer_ptr like_;
};

// A forgotten star. The result type is deduced, so that this is the first thing that the compiler says.
#define ETAPE_GRADIENT_WITHOUT_STAR(OP)                                                                              \
    template <class A, class T, std::size_t N, bool Tracked>                                                         \
    auto operator OP(A const&, gradient_result<T, N, Tracked> const&)                                                \
    {                                                                                                                \
        static_assert(sizeof(A) == 0, "etape: a gradient that may be missing in an expression: *g is its value (it throws the "      \
                                      "explanation where there is none), g.value_or_zero() zeros");                  \
        return 0;                                                                                                    \
    }                                                                                                                \
    template <class A, class T, std::size_t N, bool Tracked>                                                         \
    auto operator OP(gradient_result<T, N, Tracked> const& g, A const& a)                                            \
    {                                                                                                                \
        return a OP g;                                                                                               \
    }
ETAPE_GRADIENT_WITHOUT_STAR(*)
ETAPE_GRADIENT_WITHOUT_STAR(/)
ETAPE_GRADIENT_WITHOUT_STAR(+)
ETAPE_GRADIENT_WITHOUT_STAR(-)
#undef ETAPE_GRADIENT_WITHOUT_STAR
ETAPE_END_ARCH
