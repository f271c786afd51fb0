// SPDX-License-Identifier: BSL-1.0
// Copies of plain operands, and notes about values that lost their history.
#include <etape/array/history.hpp>

namespace etape::runtime
{
    template <class T>
    buffer_ptr copy_dense(source<T> const& s)
    {
        auto b = make_buffer<T>(s.shape, s.rank);
        T* to = b->template data<T>();
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
            tag = s.owner->tag.load(std::memory_order_relaxed);
            why = s.owner->why;
            retain_origin(why);
        }
        else if (s.active)
            tag = *s.scalar_tag & tag_bits::number;
    }

    template <class T>
    origin* lost_history_of(source<T> const* s, int n, const char* name, site where, reason because)
    {
        origin* o = nullptr;
        auto need = [&]() -> origin&
        {
            if (o == nullptr)
            {
                o = new origin;
                o->operation = name;
                o->where = where;
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
                if (const auto tag = s[j].owner->tag.load(std::memory_order_relaxed); tag != 0)
                    need().reads.push_back({id_space::array, tag});
                else if (s[j].active && s[j].owner->role == buffer_role::leaf && thread.paused)
                {
                    // A variable that is read for the first time during a pause: number it, so that the note can name it.
                    thread.log->adopt(*s[j].owner, sizeof(T) == sizeof(float));
                    need().reads.push_back({id_space::array, s[j].owner->tag.load(std::memory_order_relaxed)});
                }
                if (s[j].owner->why != nullptr)
                {
                    retain_origin(s[j].owner->why);
                    need().parents.push_back(s[j].owner->why);
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
    template origin* lost_history_of<double>(source<double> const*, int, const char*, site, reason);
    template origin* lost_history_of<float>(source<float> const*, int, const char*, site, reason);
}
