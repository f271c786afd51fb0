// SPDX-License-Identifier: BSL-1.0
// The result of gradient(): a value, or the reason why there is none.
#pragma once
#include <memory>
#include <ostream>
#include <string>

#include <etape/array/lazy.hpp>
#include <etape/tape/differentiate.hpp>

ETAPE_BEGIN_ARCH
// What a missing gradient becomes: a reason (none), or zeros (zero).
enum class unconnected
{
    none,
    zero
};

namespace detail
{
    template <class T, std::size_t N>
    struct gradient_value
    {
        using type = constant<T, N>;
    };
    template <class T>
    struct gradient_value<T, 0>
    {
        using type = T;
    };
}

// The gradient with respect to one source, in the source's shape: constant<T, N>, or T for a scalar.
template <class T, std::size_t N>
class gradient_result
{
public:
    using value_type = typename detail::gradient_value<T, N>::type;

    gradient_result(value_type v)
        : value_(std::move(v))
    {
    }
    gradient_result(std::unique_ptr<explanation> why, buffer_ptr like)
        : missing_(std::move(why))
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
    value_type const& operator*() const
    {
        if (missing_)
            throw missing_gradient(missing_->text);
        return value_;
    }
    value_type const* operator->() const
    {
        return &**this;
    }
    value_type const& value() const
    {
        return **this;
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
        if constexpr (N == 0)
            return out << g.value_;
        else
        {
            out << '{';
            for (std::size_t i = 0; i < g.value_.size(); ++i)
                out << (i != 0 ? ", " : "") << g.value_.data()[i];
            return out << '}';
        }
    }

private:
    value_type value_{};
    std::unique_ptr<explanation> missing_;
    buffer_ptr like_;
};
ETAPE_END_ARCH
