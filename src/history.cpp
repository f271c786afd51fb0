// SPDX-License-Identifier: BSL-1.0
// Copies of plain operands, and notes about values that lost their history.
#include <etape/array/history.hpp>

#include <algorithm>

namespace etape::runtime
{
    namespace
    {
        // While several threads run, the number of a leaf is in the log's own table.
        std::uint64_t tag_of(buffer const& b)
        {
            const auto id = thread.log->find(b);
            return id != record_log::no_id ? thread.log->array_tag(id) : b.tag.load(std::memory_order_relaxed);
        }
    }

    template <class T>
    buffer_ptr copy_dense(source<T> const& s)
    {
        auto b = make_buffer<T>(s.shape, s.rank);
        T* to = b->template data<T>();
        if (s.size == 0)  // then there may be no memory to copy from
            return b;
        if (s.dense)
        {
            std::memcpy(to, s.data, s.size * sizeof(T));
            return b;
        }
        std::size_t index[max_rank] = {};
        const T* from = s.data;
        for (std::size_t i = 0; i < s.size; ++i)
        {
            to[i] = *from;
            for (int k = s.rank - 1; k >= 0; --k)
            {
                if (++index[k] < s.shape[k])
                {
                    from += s.strides[k];
                    break;
                }
                from -= s.strides[k] * static_cast<std::ptrdiff_t>(s.shape[k] - 1);
                index[k] = 0;
            }
        }
        return b;
    }

    template <class T>
    void note_constant(source<T> const& s, std::uint64_t& tag, origin*& why)
    {
        if (s.array)
        {
            if (s.owner == nullptr)
                return;
            tag = tag_of(*s.owner);
            why = s.owner->why;
            retain_origin(why);
        }
        else if (s.active)
            tag = *s.scalar_tag & tag_bits::number;
    }

    template <class T>
    origin* lost_history_of(source<T> const* s, int n, const char* name, site const& where, reason because)
    {
        origin* o = nullptr;
        auto need = [&]() -> origin&
        {
            if (o == nullptr)
            {
                o = new origin;
                o->operation = name;
                o->where = where;
                o->stamp = thread.log->window_stamp;
                o->why = because != reason::none ? because : thread.paused ? reason::recorded_while_paused : reason::none;
            }
            return *o;
        };
        for (int j = 0; j < n; ++j)
        {
            if (s[j].array)
            {
                if (s[j].owner == nullptr)
                    continue;
                auto& b = *s[j].owner;
                const auto tag_then = b.tag.load(std::memory_order_relaxed);
                // A variable that is read for the first time during a pause: number it, so that the note can name it.
                if (s[j].active && (b.role == buffer_role::leaf || b.role == buffer_role::frozen))
                    thread.log->adopt(b, sizeof(T) == sizeof(float));
                if (const auto tag = tag_of(b); tag != 0)
                    need().reads.push_back({id_space::array, tag});
                // A loop that computes for ever while a tape is paused must not keep its whole past.
                if (b.why != nullptr && b.why->depth < 1000)
                {
                    retain_origin(b.why);
                    need().parents.push_back(b.why);
                    need().depth = std::max(need().depth, b.why->depth + 1);
                    need().foreign = need().foreign || b.why->foreign;
                }
                else if (b.role == buffer_role::result && !thread.log->holds(tag_then) &&
                         (b.why == nullptr || b.why->foreign))
                {
                    // Computed before this recording, or on another thread.
                    auto* before = new origin;
                    before->why = reason::foreign_recording;
                    before->operation = operation_name(b.operation);
                    before->where = b.made;
                    need().parents.push_back(before);
                    need().foreign = need().foreign || tag_then != 0 || b.why != nullptr;
                }
            }
            else if (s[j].active)
                need().reads.push_back({scalar_space<T>, *s[j].scalar_tag & tag_bits::number});
        }
        return o;
    }

    template buffer_ptr copy_dense<double>(source<double> const&);
    template buffer_ptr copy_dense<float>(source<float> const&);
    template void note_constant<double>(source<double> const&, std::uint64_t&, origin*&);
    template void note_constant<float>(source<float> const&, std::uint64_t&, origin*&);
    bool stays_foreign(buffer const& now, buffer const& before)
    {
        return now.why != nullptr && now.why->foreign && before.role == buffer_role::result &&
            !thread.log->holds(before.tag.load(std::memory_order_relaxed));
    }

    template origin* lost_history_of<double>(source<double> const*, int, const char*, site const&, reason);
    template origin* lost_history_of<float>(source<float> const*, int, const char*, site const&, reason);
}
