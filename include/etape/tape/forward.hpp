// SPDX-License-Identifier: BSL-1.0
// Forward mode in progress: the tangents of the values that a thread records, by id. Levels nest: each has tangents of its
// own, so that perturbations are never confused.
#pragma once
#include <cstdint>
#include <utility>
#include <vector>

#include <etape/core/flat_map.hpp>
#include <etape/tape/active.hpp>

namespace etape
{
    // Looks at each statement while it is recorded (verify/checked_recording.hpp): no direction is carried through the program,
    // each statement asks for tangents of its operands here, and hands over the tangent of its result.
    class statement_observer
    {
    public:
        virtual double operand_tangent(id_space space, std::uint32_t id) = 0;
        virtual buffer* operand_tangent(std::uint32_t id) = 0;
        // A statement that can be evaluated again does so, before it hands over its tangent, with its operands at x + step * tangent.
        static constexpr int samples = 12;
        virtual double step(int k, bool single) const = 0;
        // The size of a number that is moved so: its rounding is part of the error of the samples.
        virtual void moves(double magnitude) = 0;
        virtual void sample(int k, double value) = 0;
        virtual void sample(int k, std::uint32_t result, buffer const& values) = 0;
        // Throws rule_error when the statement's rules disagree (or notes it).
        virtual void result(id_space space, std::uint32_t id, double tangent, const char* operation) = 0;
        virtual void result(std::uint32_t id, buffer_ptr tangent) = 0;
        // There is no forward rule: the samples stand for it.
        virtual void result_without_tangent(id_space space, std::uint32_t id) = 0;

    protected:
        ~statement_observer() = default;
    };

    // Values by id: those of a level in a table that begins where the level did, the few from before it in a map, so that a level
    // costs what happens in it, however long the recording around it is.
    template <class V>
    class values_since
    {
    public:
        void begin(std::uint32_t first) noexcept
        {
            first_ = first;
        }
        // Null: none.
        V const* find(std::uint32_t id) const noexcept
        {
            const auto k = id - first_;
            if (k < table_.size()) [[likely]]
                return &table_[k];
            if (id >= first_ || before_.empty())
                return nullptr;
            auto const* at = before_.find(id);
            return at == before_.end() ? nullptr : &values_before_[at->second];
        }
        // The value, which then is no longer here.
        V take(std::uint32_t id)
        {
            auto* v = const_cast<V*>(find(id));
            return v == nullptr ? V{} : std::exchange(*v, V{});
        }
        void set(std::uint32_t id, V v)
        {
            if (id < first_)
                return set_before(id, std::move(v));
            const std::size_t k = id - first_;
            if (table_.size() <= k)
                table_.resize(k + 1 + k / 2);
            table_[k] = std::move(v);
        }

    private:
        void set_before(std::uint32_t id, V v)
        {
            if (auto const* at = before_.find(id); at != before_.end())
                values_before_[at->second] = std::move(v);
            else
            {
                before_.emplace(id, static_cast<std::uint32_t>(values_before_.size()));
                values_before_.push_back(std::move(v));
            }
        }

        std::uint32_t first_ = 0;
        std::vector<V> table_;
        flat_map<std::uint32_t, std::uint32_t> before_;
        std::vector<V> values_before_;
    };

    class forward_state
    {
    public:
        // What is numbered from here on belongs to this level.
        void begin(record_log const& log) noexcept
        {
            arrays_.begin(static_cast<std::uint32_t>(log.arrays.size()));
            doubles_.begin(log.scalars<double>().count);
            floats_.begin(log.scalars<float>().count);
        }

        forward_state* outer = nullptr;
        statement_observer* observer = nullptr;
        // The recording that belongs to the level; hidden: what is recorded inside it cannot ask for its tangents.
        tape_core const* core = nullptr;
        bool hidden = false;
        // Of record_log::plain_gradients, + 1: the first that depends on what has a tangent here.
        std::size_t plain_gradient = 0;

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
            if (observer != nullptr)
                return id == record_log::no_id ? T(0) : static_cast<T>(observer->operand_tangent(scalar_space<T>, id));
            auto const* v = scalars<T>().values.find(id);
            return v == nullptr ? T(0) : *v;
        }
        template <class T>
        void set_scalar(std::uint32_t id, T t, const char* operation = "")
        {
            if (observer != nullptr)
                return observer->result(scalar_space<T>, id, static_cast<double>(t), operation);
            scalars<T>().values.set(id, t);
        }
        // Null: zero.
        buffer* array(std::uint32_t id) const
        {
            if (observer != nullptr)
                return observer->operand_tangent(id);
            auto const* t = arrays_.find(id);
            return t == nullptr ? nullptr : t->get();
        }
        // The tangent of a version that nobody can read any more, for the next one. Null: zero, or for an observer alone.
        buffer_ptr take_array(std::uint32_t id)
        {
            return observer != nullptr ? buffer_ptr() : arrays_.take(id);
        }
        void set_array(std::uint32_t id, buffer_ptr t)
        {
            if (observer != nullptr)
                return observer->result(id, std::move(t));
            if (!fused())
                no_nested_rule(id);
            put_array(id, std::move(t));
        }
        // For an observer: a scalar statement at value_at(step), the operands moved along their tangents.
        template <class T, class F>
        void sample(F&& value_at)
        {
            for (int k = 0; k < statement_observer::samples; ++k)
                observer->sample(k, static_cast<double>(value_at(static_cast<T>(observer->step(k, sizeof(T) == sizeof(float))))));
        }

        // ---- active tangents ----
        // False: zero.
        bool find(id_space space, std::uint32_t id, active& out) const;
        void set(id_space space, std::uint32_t id, active const& t);

    private:
        template <class T>
        struct numbers
        {
            values_since<T> values;
            // Identities of active tangents: id + 1. Empty while tangents are plain.
            values_since<std::uint32_t> ids;

            void begin(std::uint32_t first) noexcept
            {
                values.begin(first);
                ids.begin(first);
            }
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
            arrays_.set(id, std::move(t));
        }
        template <class T>
        bool find_number(std::uint32_t id, active& out) const;
        template <class T>
        void set_number(std::uint32_t id, active const& t);
        // A statement that only knows plain tangents.
        [[noreturn]] static void no_nested_rule(std::uint32_t id);

        numbers<double> doubles_;
        numbers<float> floats_;
        values_since<buffer_ptr> arrays_;
    };

    namespace runtime
    {
        // A recorded change of precision of a scalar; returns the tag of the result.
        template <class From, class To>
        std::uint64_t record_conversion(record_log& log, std::uint32_t id);
        extern template std::uint64_t record_conversion<double, float>(record_log&, std::uint32_t);
        extern template std::uint64_t record_conversion<float, double>(record_log&, std::uint32_t);

        // x + step * direction
        template <class T>
        buffer_ptr moved(buffer const& x, buffer const& direction, T step);
        extern template buffer_ptr moved<double>(buffer const&, buffer const&, double);
        extern template buffer_ptr moved<float>(buffer const&, buffer const&, float);
    }
}
