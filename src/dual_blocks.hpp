// SPDX-License-Identifier: BSL-1.0
// A kernel's program run block by block on dual numbers, and the walk of its operands.
#pragma once
#include <algorithm>
#include <utility>

#include <etape/core/buffer.hpp>
#include <etape/core/small_vector.hpp>
#include <etape/kernel/replay.hpp>
#include <etape/rule/lane_memory.hpp>

#include "dual_rows.hpp"

namespace etape::dual_blocks
{
    // The index space of a loop, in blocks of its row-major order.
    struct space
    {
        int rank = 1;
        std::size_t shape[max_rank] = {1};
        std::size_t total = 1;

        space(int r, const std::size_t* s)
        {
            if (r == 0)
                return;
            rank = r;
            std::copy_n(s, r, shape);
            for (int k = 0; k < r; ++k)
                total *= s[k];
        }
    };

    // Calls f(first of the block, offset of the operand, length) for the pieces of n elements from `start` that have one stride.
    template <class F>
    void each_piece(space const& s, const std::ptrdiff_t* strides, std::size_t start, std::size_t n, F&& f)
    {
        const int last = s.rank - 1;
        std::size_t index[max_rank], rest = start;
        std::ptrdiff_t offset = 0;
        for (int k = last; k >= 0; --k)
        {
            index[k] = rest % s.shape[k];
            rest /= s.shape[k];
            offset += static_cast<std::ptrdiff_t>(index[k]) * strides[k];
        }
        for (std::size_t at = 0; at < n;)
        {
            const std::size_t length = std::min(n - at, s.shape[last] - index[last]);
            f(at, offset, length);
            at += length;
            index[last] += length;
            offset += static_cast<std::ptrdiff_t>(length) * strides[last];
            for (int k = last; k > 0 && index[k] == s.shape[k]; --k)
            {
                offset -= static_cast<std::ptrdiff_t>(index[k]) * strides[k];
                index[k] = 0;
                ++index[k - 1];
                offset += strides[k - 1];
            }
        }
    }

    constexpr std::size_t padded(std::size_t n)
    {
        return (n + widest_lane - 1) / widest_lane * widest_lane;
    }

    // Elements start ... start + n of an operand: in place when they lie there side by side, else copied into `room`, of which the
    // rest up to the lane repeats the last one.
    template <class T>
    const T* gathered(space const& s, const T* data, const std::ptrdiff_t* strides, std::size_t start, std::size_t n, T* room)
    {
        const std::ptrdiff_t step = strides[s.rank - 1];
        const T* in_place = nullptr;
        each_piece(s, strides, start, n, [&](std::size_t at, std::ptrdiff_t offset, std::size_t length)
            {
                const T* from = data + offset;
                if (length == n && step == 1 && n % widest_lane == 0)
                    in_place = from;
                else if (step == 1)
                    std::copy_n(from, length, room + at);
                else if (step == 0)
                    std::fill_n(room + at, length, *from);
                else
                    for (std::size_t i = 0; i < length; ++i)
                        room[at + i] = from[static_cast<std::ptrdiff_t>(i) * step];
            });
        if (in_place != nullptr)
            return in_place;
        std::fill(room + n, room + padded(n), room[n - 1]);
        return room;
    }
    template <class T>
    void add_to(std::size_t n, const T* from, T* to)
    {
        using batch = xsimd::batch<T>;
        std::size_t i = 0;
        for (; i + batch::size <= n; i += batch::size)
            (batch::load_unaligned(to + i) + batch::load_unaligned(from + i)).store_unaligned(to + i);
        for (; i < n; ++i)
            to[i] += from[i];
    }
    template <class T>
    void scaled(std::size_t n, T by, const T* from, T* to)
    {
        using batch = xsimd::batch<T>;
        std::size_t i = 0;
        for (; i + batch::size <= n; i += batch::size)
            (batch(by) * batch::load_unaligned(from + i)).store_unaligned(to + i);
        for (; i < n; ++i)
            to[i] = by * from[i];
    }
    template <class T>
    T total(std::size_t n, const T* from)
    {
        using batch = xsimd::batch<T>;
        batch sum(T(0));
        std::size_t i = 0;
        for (; i + batch::size <= n; i += batch::size)
            sum = sum + batch::load_unaligned(from + i);
        T all = lane::reduce_add(sum);
        for (; i < n; ++i)
            all += from[i];
        return all;
    }
    template <class T>
    void scattered(space const& s, T* data, const std::ptrdiff_t* strides, std::size_t start, std::size_t n, const T* from, bool add)
    {
        const std::ptrdiff_t step = strides[s.rank - 1];
        each_piece(s, strides, start, n, [&](std::size_t at, std::ptrdiff_t offset, std::size_t length)
            {
                T* to = data + offset;
                const T* values = from + at;
                if (step == 0)
                {
                    const T sum = total(length, values);
                    *to = add ? *to + sum : sum;
                }
                else if (step == 1 && !add)
                    std::copy_n(values, length, to);
                else if (step == 1)
                    add_to(length, values, to);
                else if (!add)
                    for (std::size_t i = 0; i < length; ++i)
                        to[static_cast<std::ptrdiff_t>(i) * step] = values[i];
                else
                    for (std::size_t i = 0; i < length; ++i)
                        to[static_cast<std::ptrdiff_t>(i) * step] += values[i];
            });
    }

    // Values, tangents, adjoints and their tangents of one block, step by step.
    template <class T>
    class program
    {
    public:
        // every: all steps are evaluated, not only what the reverse pass reads.
        program(replay_program const& p, bool every, std::size_t elements)
            : p_(p)
            , every_(every || p.load_root)
            , length_(block_length(p.size, elements))
        {
            for (int i = 0; i < p.size; ++i)
                steps_.push_back({});
            for (int j = 0; j < p.leaves; ++j)
                leaf_steps_.push_back(0);
            // 6 runs a step (value, aux, adjoint, each with its tangent) and one of zeros
            // A cache line apart from a power of two, so that a store to one does not seem to touch another.
            const std::size_t step_size = length_ + 64 / sizeof(T);
            const std::size_t n = (6 * steps_.size() + 1) * step_size;
            memory_ = make_buffer<T>(&n, 1);
            T* at = memory_->template data<T>();
            const auto next = [&] { return std::exchange(at, at + step_size); };
            zeros_ = next();
            std::fill_n(zeros_, length_, T(0));
            for (std::size_t i = 0; i < steps_.size(); ++i)
            {
                auto& s = steps_[i];
                for (auto* b : {&s.own, &s.aux, &s.adjoint})
                {
                    b->v = next();
                    b->d = next();
                }
                s.value = {s.own.v, s.own.d};
                if (p.steps[i].leaf >= 0)
                    leaf_steps_[static_cast<std::size_t>(p.steps[i].leaf)] = i;
                else
                    s.rule = &row_of<T>(p.steps[i].row);
            }
        }
        std::size_t length() const
        {
            return length_;
        }
        const T* zeros() const
        {
            return zeros_;
        }
        // Room for a leaf's values and tangents, if they must be copied; and where they are.
        block<T> room(int leaf)
        {
            return step_of(leaf).own;
        }
        void leaf(int j, const T* v, const T* d)
        {
            step_of(j).value = {v, d};
        }
        block<const T> root() const
        {
            return steps_[steps_.size() - 1].value;
        }
        // To be filled before reverse().
        block<T> root_adjoint()
        {
            return steps_.back().adjoint;
        }
        // Null: nothing arrived.
        block<const T> adjoint(int leaf)
        {
            auto const& s = step_of(leaf);
            return s.arrived ? block<const T>{s.adjoint.v, s.adjoint.d} : block<const T>{};
        }

        void forward(std::size_t n)
        {
            for (std::size_t i = 0; i < steps_.size(); ++i)
                if (auto const& s = p_.steps[i]; s.leaf < 0 && (every_ || s.computed))
                {
                    block<const T> a[3];
                    arguments(s, a);
                    steps_[i].rule->value(padded(n), a, steps_[i].own, steps_[i].aux);
                }
        }
        void reverse(std::size_t n)
        {
            for (std::size_t i = 0; i < steps_.size(); ++i)
                steps_[i].arrived = false;
            steps_.back().arrived = true;
            for (std::size_t i = steps_.size(); i-- > 0;)
            {
                auto const& s = p_.steps[i];
                auto const& own = steps_[i];
                if (s.leaf >= 0 || !s.pulled || !own.arrived)
                    continue;
                block<const T> a[3];
                arguments(s, a);
                for (int j = 0; j < s.arity; ++j)
                    if (s.pulls[j] && own.rule->pull[j] != nullptr)
                    {
                        auto& to = steps_[static_cast<std::size_t>(s.arg[j])];
                        own.rule->pull[j](padded(n), {own.adjoint.v, own.adjoint.d}, own.value, {own.aux.v, own.aux.d}, a, to.adjoint, to.arrived);
                        to.arrived = true;
                    }
            }
        }

    private:
        struct step
        {
            row<T> const* rule = nullptr;
            block<T> own, aux, adjoint;
            block<const T> value;
            bool arrived = false;
        };
        // All blocks of a program stay in the first-level cache where they can.
        static std::size_t block_length(int size, std::size_t elements)
        {
            const std::size_t room = 24576 / sizeof(T) / (6 * static_cast<std::size_t>(size) + 1);
            return std::min(padded(std::max<std::size_t>(elements, 1)), std::clamp<std::size_t>(room / 64 * 64, 64, 512));
        }
        step& step_of(int leaf)
        {
            return steps_[leaf_steps_[static_cast<std::size_t>(leaf)]];
        }
        void arguments(replay_step const& s, block<const T>* a) const
        {
            for (int j = 0; j < s.arity; ++j)
                a[j] = steps_[static_cast<std::size_t>(s.arg[j])].value;
        }

        replay_program const& p_;
        bool every_;
        std::size_t length_;
        small_vector<step, 16> steps_;
        small_vector<std::size_t, 8> leaf_steps_;
        buffer_ptr memory_;
        T* zeros_ = nullptr;
    };
}
