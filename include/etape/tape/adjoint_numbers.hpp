// SPDX-License-Identifier: BSL-1.0
// Memory for the adjoints of scalars, kept from one sweep to the next. They start as -0.0, the neutral element of addition; what a
// sweep left is put right when the next one starts, unless the sweep did so on its way.
#pragma once
#include <algorithm>
#include <cstddef>

#include <etape/tape/huge_memory.hpp>

namespace etape
{
    template <class T>
    class adjoint_numbers
    {
    public:
        T* data() noexcept
        {
            return static_cast<T*>(memory_.data());
        }
        // n adjoints that nothing arrived at.
        void start(std::size_t n)
        {
            reserve(n);
            std::fill_n(data(), used_, T(-0.0));
            if (n > known_)
            {
                std::fill(data() + known_, data() + n, T(-0.0));
                known_ = n;
            }
            used_ = n;
        }
        // n adjoints, whatever they are.
        void start_undefined(std::size_t n)
        {
            reserve(n);
            used_ = std::max(used_, n);
            known_ = std::max(known_, n);
        }
        // The sweep left all of them neutral.
        void restored() noexcept
        {
            used_ = 0;
        }

    private:
        void reserve(std::size_t n)
        {
            if (n <= capacity_)
                return;
            const auto more = std::max(n, capacity_ + capacity_ / 2);
            capacity_ = used_ = known_ = 0;
            memory_ = huge_memory();  // first of all: nothing of it is needed
            memory_ = huge_memory(more * sizeof(T), alignof(T));
            capacity_ = more;
        }

        huge_memory memory_;
        std::size_t capacity_ = 0;
        std::size_t known_ = 0;  // those that have a value; from used_ on it is -0.0
        std::size_t used_ = 0;   // those that a sweep may have changed
    };
}
