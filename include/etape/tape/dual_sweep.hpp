// SPDX-License-Identifier: BSL-1.0
// Forward over reverse in one pass: the tangents of all that was recorded in one direction, then adjoints together with their
// tangents. The result is a Hessian times the direction, in plain numbers; nothing is recorded. Statements run their program on
// blocks that stay in the cache, compiled once for all programs (src/dual_rows.ipp).
#pragma once
#include <cstdint>
#include <vector>

#include <etape/tape/tape_core.hpp>

namespace etape
{
    // Values and tangents of an array or a block, each dense.
    template <class T>
    struct dual_memory
    {
        T* v = nullptr;
        T* d = nullptr;
    };
    template <class T>
    struct dual_number
    {
        T v = 0;
        T d = 0;
    };

    class dual_sweep
    {
    public:
        explicit dual_sweep(tape_core& t);
        dual_sweep(dual_sweep const&) = delete;
        dual_sweep& operator=(dual_sweep const&) = delete;

        // Can every statement of the tape take part? It must have been recorded while derivatives of derivatives could be asked for.
        static bool possible(tape_core& t);

        record_log& log() const noexcept
        {
            return log_;
        }
        // From the tangents that were set to all others; then from the seed to the adjoints.
        void forward();
        void reverse();
        // For another direction.
        void clear();

        // ---- tangents; null: zero ----
        buffer* tangent(std::uint32_t id) const noexcept
        {
            return id < arrays_.size() ? arrays_[id].tangent.get() : nullptr;
        }
        void set_tangent(std::uint32_t id, buffer_ptr t)
        {
            arrays_[id].tangent = std::move(t);
        }
        // The tangent of an array that the statement whose forward_dual this is reads last of all, for it to change in place; null where a
        // later statement, a reverse pass, or somebody outside (whose direction it is) looks at it.
        buffer_ptr last_tangent(std::uint32_t id) noexcept
        {
            auto& t = arrays_[id].tangent;
            return last_read_[id] == position_ && t && t.sole() ? std::move(t) : buffer_ptr();
        }
        template <class T>
        T& tangent_of_number(std::uint32_t id)
        {
            return numbers<T>().tangents[id];
        }
        // Does a later statement read it?
        bool read(id_space space, std::uint32_t id) const
        {
            return read_[static_cast<int>(space)][id];
        }

        // ---- adjoints ----
        // Of a statement's result; false when none arrived. d may be null: zero.
        bool take(std::uint32_t id, buffer_ptr& v, buffer_ptr& d);
        // All of an array's adjoint, in memory that the sweep takes over (shared memory is copied).
        template <class T>
        void contribute(std::uint32_t id, buffer_ptr v, buffer_ptr d);
        // Where contributions to an array go. covers: every element is written once. add: there is something already, or zeros.
        template <class T>
        dual_memory<T> target(std::uint32_t id, bool covers, bool& add);
        template <class T>
        bool arrived(std::uint32_t id, dual_number<T>& g)
        {
            auto const& n = numbers<T>();
            g = n.adjoints[id];
            return n.present[id];
        }
        template <class T>
        void add(std::uint32_t id, dual_number<T> g)
        {
            auto& n = numbers<T>();
            n.adjoints[id].v += g.v;
            n.adjoints[id].d += g.d;
            n.present[id] = true;
        }
        // A source: its adjoint is kept.
        void want(std::uint32_t id)
        {
            arrays_[id].wanted = true;
        }

    private:
        struct array_state
        {
            buffer_ptr tangent, v, d;
            bool wanted = false;
        };
        template <class T>
        struct number_states
        {
            std::vector<T> tangents;
            std::vector<dual_number<T>> adjoints;
            std::vector<bool> present;
            void resize(std::size_t n)
            {
                tangents.assign(n, T(0));
                adjoints.assign(n, {});
                present.assign(n, false);
            }
        };
        template <class T>
        number_states<T>& numbers()
        {
            if constexpr (sizeof(T) == sizeof(float))
                return floats_;
            else
                return doubles_;
        }
        void mark_reads();

        tape_core& tape_;
        record_log& log_;
        std::vector<array_state> arrays_;
        number_states<double> doubles_;
        number_states<float> floats_;
        std::vector<bool> read_[3];
        // The position of the last statement that reads an array; always_ where the reverse pass of one does.
        static constexpr std::uint32_t always_ = 0xffffffffu;
        std::vector<std::uint32_t> last_read_;
        std::uint32_t position_ = 0;
    };
}
