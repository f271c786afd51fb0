// SPDX-License-Identifier: BSL-1.0
// Adjoints, seeds and gradients of the number types that the library was not compiled for: who handles them knows no type.
#pragma once
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

#include <etape/core/pool.hpp>
#include <etape/rule/lane.hpp>

namespace etape
{
    // A number on its way between the interface and a sweep; in pooled memory.
    class number_slot
    {
    public:
        number_slot() = default;
        number_slot(number_slot const&) = delete;
        number_slot& operator=(number_slot const&) = delete;
        virtual ~number_slot() = default;
        static void* operator new(std::size_t bytes)
        {
            return pool_allocate(runtime::class_of(bytes));
        }
        static void operator delete(void* p, std::size_t bytes) noexcept
        {
            pool_release(p, runtime::class_of(bytes));
        }
    };
    template <class T>
    class slot_of final : public number_slot
    {
        static_assert(alignof(T) <= 64);

    public:
        explicit slot_of(T const& v)
            : value(v)
        {
        }
        T value;
    };

    class number_adjoints
    {
    public:
        number_adjoints() = default;
        number_adjoints(number_adjoints const&) = delete;
        number_adjoints& operator=(number_adjoints const&) = delete;
        virtual ~number_adjoints() = default;
        // n zeros; memory is kept from one sweep to the next.
        virtual void start(std::size_t n) = 0;
        // A seed; null: one.
        virtual void add(std::uint32_t id, number_slot const* seed) = 0;
        virtual bool vanishes(std::uint32_t id) const = 0;
        virtual void get(std::uint32_t id, number_slot& to) const = 0;
    };
    template <class T>
    class adjoints_of final : public number_adjoints
    {
    public:
        T* values() noexcept
        {
            return values_.data();
        }
        void start(std::size_t n) override
        {
            if (values_.size() < n)
                values_.resize(n, T(0));
            std::fill_n(values_.begin(), n, T(0));
        }
        void add(std::uint32_t id, number_slot const* seed) override
        {
            values_[id] = values_[id] + (seed != nullptr ? static_cast<slot_of<T> const*>(seed)->value : T(1));
        }
        bool vanishes(std::uint32_t id) const override
        {
            return lane::all(lane::vanishes(values_[id]));
        }
        void get(std::uint32_t id, number_slot& to) const override
        {
            static_cast<slot_of<T>&>(to).value = values_[id];
        }

    private:
        std::vector<T> values_;
    };
}
