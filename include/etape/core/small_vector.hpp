// SPDX-License-Identifier: BSL-1.0
// A vector whose first elements live inside it: the common case of a tape allocates nothing.
#pragma once
#include <array>
#include <cstddef>
#include <type_traits>
#include <vector>

namespace etape
{
    template <class T, std::size_t Inline>
    class small_vector
    {
        static_assert(std::is_trivially_copyable_v<T>);

    public:
        small_vector() noexcept
        {
        }
        small_vector(small_vector const&) = delete;
        small_vector& operator=(small_vector const&) = delete;

        // The next n elements will allocate nothing.
        void make_room(std::size_t n)
        {
            if (size_ + n > Inline && many_.capacity() < size_ + n)
                many_.reserve(2 * size_ + n);
        }
        void push_back(T const& x)
        {
            if (size_ < Inline)
                few_[size_] = x;
            else
            {
                if (size_ == Inline)
                    many_.assign(few_.begin(), few_.end());
                many_.push_back(x);
            }
            ++size_;
        }
        // A new element, to be written by the caller in place: a copy of something just put together waits for its parts to be stored.
        T& emplace_back()
        {
            if (size_ < Inline)
                return few_[size_++];
            push_back(T{});
            return back();
        }
        void clear() noexcept
        {
            many_.clear();
            size_ = 0;
        }
        std::size_t size() const noexcept
        {
            return size_;
        }
        bool empty() const noexcept
        {
            return size_ == 0;
        }
        T* begin() noexcept
        {
            return size_ <= Inline ? few_.data() : many_.data();
        }
        const T* begin() const noexcept
        {
            return size_ <= Inline ? few_.data() : many_.data();
        }
        const T* end() const noexcept
        {
            return begin() + size_;
        }
        T& operator[](std::size_t i) noexcept
        {
            return begin()[i];
        }
        T const& operator[](std::size_t i) const noexcept
        {
            return begin()[i];
        }
        T& back() noexcept
        {
            return begin()[size_ - 1];
        }

    private:
        std::size_t size_ = 0;
        union  // elements are written when they are pushed, not before
        {
            std::array<T, Inline> few_;
        };
        std::vector<T> many_;
    };
}
