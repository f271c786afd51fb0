// SPDX-License-Identifier: BSL-1.0
// Forward mode in progress: the tangents of the values that a thread records, by id.
#pragma once
#include <cstdint>
#include <vector>

#include <etape/tape/log.hpp>

namespace etape
{
    class forward_state
    {
    public:
        template <class T>
        T scalar(std::uint32_t id) const
        {
            auto const& v = scalars<T>();
            return id < v.size() ? v[id] : T(0);
        }
        template <class T>
        void set_scalar(std::uint32_t id, T t)
        {
            auto& v = const_cast<std::vector<T>&>(scalars<T>());
            if (v.size() <= id)
                v.resize(id + 1 + v.size() / 2, T(0));
            v[id] = t;
        }
        // Null: zero.
        buffer* array(std::uint32_t id) const
        {
            return id < arrays_.size() ? arrays_[id].get() : nullptr;
        }
        void set_array(std::uint32_t id, buffer_ptr t)
        {
            if (arrays_.size() <= id)
                arrays_.resize(id + 1 + arrays_.size() / 2);
            arrays_[id] = std::move(t);
        }

    private:
        template <class T>
        std::vector<T> const& scalars() const
        {
            if constexpr (sizeof(T) == sizeof(float))
                return floats_;
            else
                return doubles_;
        }
        std::vector<double> doubles_;
        std::vector<float> floats_;
        std::vector<buffer_ptr> arrays_;
    };

    namespace runtime
    {
        // A recorded change of precision of a scalar; returns the tag of the result.
        template <class From, class To>
        std::uint64_t record_conversion(record_log& log, std::uint32_t id);
        extern template std::uint64_t record_conversion<double, float>(record_log&, std::uint32_t);
        extern template std::uint64_t record_conversion<float, double>(record_log&, std::uint32_t);
    }
}
