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
        // n adjoints that nothing arrived at. What a longer sweep left behind them stays: this one costs n.
        void start(std::size_t n)
        {
            reserve(n);
            if (const auto end = std::min(n, used_); first_ < end)
                std::fill(data() + first_, data() + end, T(-0.0));
            if (n > known_)
            {
                std::fill(data() + known_, data() + n, T(-0.0));
                known_ = n;
            }
            begin(n);
        }
        // n adjoints, whatever they are.
        void start_undefined(std::size_t n)
        {
            reserve(n);
            known_ = std::max(known_, n);
            begin(n);
        }
        // The sweep left all of them neutral.
        void restored() noexcept
        {
            first_ = now_;
        }

    private:
        void reserve(std::size_t n)
        {
            if (n <= capacity_)
                return;
            const auto more = std::max(n, capacity_ + capacity_ / 2);
            capacity_ = first_ = used_ = known_ = 0;
            memory_ = huge_memory();  // first of all: nothing of it is needed
            memory_ = huge_memory(more * sizeof(T), alignof(T));
            capacity_ = more;
        }

        void begin(std::size_t n) noexcept
        {
            now_ = n;
            first_ = 0;
            used_ = std::max(used_, n);
        }

        huge_memory memory_;
        std::size_t capacity_ = 0;
        std::size_t known_ = 0;             // those that have a value
        std::size_t first_ = 0, used_ = 0;  // sweeps may have changed those between; all other known ones are -0.0
        std::size_t now_ = 0;               // those of this sweep
    };
}
