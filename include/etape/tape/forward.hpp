// SPDX-License-Identifier: BSL-1.0
// Forward mode in progress: the tangents of the values that a thread records, by id. Levels nest: each has tangents of its
// own, so that perturbations are never confused.
#pragma once
#include <cstdint>
#include <vector>

#include <etape/tape/active.hpp>

namespace etape
{
    class forward_state
    {
    public:
        forward_state* outer = nullptr;

        // Nobody else looks: tangents are plain numbers, computed together with the values by the forward rules in one pass.
        // Otherwise they are active values, seen by outer levels and by tapes.
        static bool fused() noexcept
        {
            return !runtime::thread.higher_order;
        }

        // ---- plain tangents ----
        template <class T>
        T scalar(std::uint32_t id) const
        {
            auto const& v = scalars<T>().values;
            return id < v.size() ? v[id] : T(0);
        }
        template <class T>
        void set_scalar(std::uint32_t id, T t)
        {
            auto& v = scalars<T>().values;
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
            if (!fused())
                no_nested_rule(id);
            put_array(id, std::move(t));
        }

        // ---- active tangents ----
        // False: zero.
        bool find(id_space space, std::uint32_t id, active& out) const;
        void set(id_space space, std::uint32_t id, active const& t);

    private:
        template <class T>
        struct numbers
        {
            std::vector<T> values;
            // Identities of active tangents: id + 1. Empty while tangents are plain.
            std::vector<std::uint32_t> ids;
        };
        template <class T>
        numbers<T>& scalars()
        {
            if constexpr (sizeof(T) == sizeof(float))
                return floats_;
            else
                return doubles_;
        }
        template <class T>
        numbers<T> const& scalars() const
        {
            return const_cast<forward_state*>(this)->scalars<T>();
        }
        void put_array(std::uint32_t id, buffer_ptr t)
        {
            if (arrays_.size() <= id)
                arrays_.resize(id + 1 + arrays_.size() / 2);
            arrays_[id] = std::move(t);
        }
        template <class T>
        bool find_number(std::uint32_t id, active& out) const;
        template <class T>
        void set_number(std::uint32_t id, active const& t);
        // A statement that only knows plain tangents.
        [[noreturn]] static void no_nested_rule(std::uint32_t id);

        numbers<double> doubles_;
        numbers<float> floats_;
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
