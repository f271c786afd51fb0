// SPDX-License-Identifier: BSL-1.0
// The record log: numbers, scalar statements, the life of a recording.
#include <etape/tape/log.hpp>

#include <algorithm>
#include <array>
#include <mutex>

#include <etape/tape/array_nodes.hpp>
#include <etape/tape/forward.hpp>
#include <etape/tape/isolation.hpp>
#include <etape/tape/primitive.hpp>
#include <etape/tape/run_node.hpp>
#include <etape/tape/scalar_stream_impl.hpp>
#include <etape/tape/sweep.hpp>
#include <etape/tape/tape_core.hpp>

namespace etape
{
    namespace
    {
        // Thread slots are reused together with their counters, so a number never comes twice.
        struct slot_state
        {
            std::uint64_t next_array = 1;
            std::uint64_t next_scalar = 1;
            bool used = false;
        };
        constexpr std::size_t slot_count = 1024;
        std::mutex slot_mutex;
        // Never destroyed: the threads of a pool may end after main's objects.
        constinit std::array<slot_state, slot_count> slots{};

        std::uint32_t take_slot()
        {
            const std::lock_guard lock(slot_mutex);
            for (std::uint32_t i = 0; i < slot_count; ++i)
                if (auto& s = slots[i]; !s.used && s.next_array < tag_bits::counter / 2 && s.next_scalar < tag_bits::counter / 2)
                {
                    s.used = true;
                    return i;
                }
            throw thread_error("etape: found 1024 record logs, one of each thread that tracks numbers and one more of each that has called checkpoint, revolve "
                           "or the like, expected fewer: end threads before starting more");
        }

        // Owns the log of a thread; at thread end the slot and its counters go back.
        struct log_owner
        {
            record_log* log = nullptr;
            ~log_owner()
            {
                delete log;
                runtime::thread = thread_state{};
            }
        };
    }

    namespace runtime
    {
        ETAPE_COLD record_log& make_log()
        {
            static thread_local log_owner owner;
            if (owner.log == nullptr)
                owner.log = new record_log;
            thread.log = owner.log;
            return *owner.log;
        }
    }

    record_log::record_log()
    {
        begin_slot(take_slot());
    }
    void record_log::begin_slot(std::uint32_t slot)
    {
        const std::lock_guard lock(slot_mutex);
        auto const& s = slots[slot];
        slot_ = slot;
        array_base_ = (std::uint64_t{slot} << tag_bits::slot_shift) | s.next_array;
        doubles_.base = floats_.base = (std::uint64_t{slot} << tag_bits::slot_shift) | s.next_scalar;
        runtime::thread.next_scalar = doubles_.base;
    }
    void record_log::end_slot()
    {
        const auto used = [&](std::uint64_t next) { return next >> tag_bits::slot_shift == slot_ ? next & tag_bits::counter : tag_bits::counter; };
        const std::lock_guard lock(slot_mutex);
        slots[slot_] = {used(array_base_), used(std::max(doubles_.base, runtime::thread.next_scalar)), false};
    }
    void record_log::renew_slot()
    {
        const auto next = take_slot();
        end_slot();
        begin_slot(next);
    }

    record_log::~record_log()
    {
        for (auto* e : tapes_)
            e->log_gone.store(true, std::memory_order_release);
        if (gate_ != nullptr)
            gate_->end();
        clear();
        for (auto* e : tapes_)
            e->release();
        end_slot();
        if (gate_ != nullptr)
            gate_->release();
    }

    sweep_gate& record_log::shared()
    {
        if (gate_ == nullptr)
            gate_ = sweep_gate::make();
        return *gate_;
    }

    std::uint64_t number_first_scalar()
    {
        record_log::of_this_thread();
        return runtime::thread.next_scalar++;
    }

    void record_log::clear() noexcept
    {
        open_run_ = nullptr;
        for (auto* n : nodes)
            n->~node();
        nodes.clear();
        array_base_ += arrays.size();
        for (auto& a : arrays)
            if (a.why != nullptr)
                release_origin(a.why);
        arrays.clear();
        forgotten_.clear();
        origins_then_ = 0;
        memory.clear();
        copied_bytes = 0;
        plain_gradients.clear();
        noted_targets.clear();
        // All scalar spaces draw their numbers from one counter; while a recording runs each counts on from its own base.
        const auto next = next_number();
        runtime::thread.next_scalar = next;
        each_stream([&](auto& s) { s.restart(next); });
        double_replays_.clear();
        float_replays_.clear();
        if (!adopted_.empty())
        {
            for (auto& [b, id] : adopted_)
                buffer_ptr::release(b);
            adopted_.clear();
        }
        if (!scalar_origins_.empty())
        {
            for (auto& [tag, o] : scalar_origins_)
                release_origin(o);
            scalar_origins_.clear();
        }
    }

    // ---- arrays ----
    std::uint32_t record_log::add_array(buffer& b, const char* name, site const& where, std::uint32_t node, bool single)
    {
        const auto id = static_cast<std::uint32_t>(arrays.size());
        room_for(arrays, 1);
        auto& s = arrays.emplace_back();
        s.made = where;
        s.name = name;
        s.node = node;
        s.role = b.role;
        s.single = single;
        s.rank = b.rank;
        s.order = b.order;
        s.size = b.size;
        s.why = b.why;
        retain_origin(s.why);
        for (int k = 0; k < b.rank; ++k)
            s.shape[k] = b.shape[k];
        b.tag.store(array_base_ + id, std::memory_order_relaxed);
        return id;
    }

    std::uint32_t record_log::find(buffer const& b) const
    {
        const auto tag = b.tag.load(std::memory_order_relaxed);
        return holds(tag) ? local(tag) : find_adopted(b);
    }
    std::uint32_t record_log::find_adopted(buffer const& b) const
    {
        if (!adopted_.empty())
            if (const auto it = adopted_.find(const_cast<buffer*>(&b)); it != adopted_.end())
                return it->second;
        return no_id;
    }

    std::uint32_t record_log::adopt(buffer& b, bool single)
    {
        if (const auto known = find(b); known != no_id)
            return arrays[known].role == buffer_role::frozen ? no_id : known;
        const auto seen_as = [&](std::uint32_t id) { return b.role == buffer_role::frozen ? no_id : id; };
        if (apart.outer != nullptr)
            refuse_outside(b);
        else if (b.owned_here())
            return seen_as(add_array(b, "variable", b.made, 0, single));
        // The tag of another thread's leaf is that thread's: our number goes into our own table, which keeps the buffer alive as
        // long as the number means it.
        const auto tag = b.tag.load(std::memory_order_relaxed);
        const auto id = static_cast<std::uint32_t>(arrays.size());
        add_array(b, "variable", b.made, 0, single);
        b.tag.store(tag, std::memory_order_relaxed);
        buffer_ptr::retain(&b);
        const name_lock lock(gate_);
        adopted_.emplace(&b, id);
        return seen_as(id);
    }

    // ---- scalars ----
    std::uint64_t record_log::next_number() noexcept
    {
        auto next = runtime::thread.next_scalar;
        each_stream([&](auto const& s) { next = std::max(next, s.base + s.count); });
        return next;
    }
    void record_log::add_stream(std::size_t k, std::unique_ptr<scalar_stream_base> s)
    {
        // Its numbers begin where those that were drawn outside the recording end.
        s->base = runtime::thread.next_scalar;
        const no_sweeps wait(gate_);
        if (k >= further_.size())
            further_.resize(k + 1);
        further_[k] = std::move(s);
    }

    void record_log::finish_run()
    {
        std::exchange(open_run_, nullptr)->finish_run(*this);
    }

    template <class T>
    std::uint64_t record_log::reserve_scalars(std::uint32_t n)
    {
        close_run();
        auto& s = scalars<T>();
        s.check_ids(n);
        const auto tag = s.base + s.count;
        s.count += n;
        return tag;
    }

    std::uint32_t record_log::id_from_before(id_space space, scalar_stream_base& s, std::uint64_t tag)
    {
        if (apart.outer != nullptr) [[unlikely]]
            refuse_outside(space, tag);
        if ((tag & tag_bits::leaf) == 0)
            return no_id;
        return s.adopt(*this, tag & tag_bits::number);
    }

    void record_log::refuse_outside(buffer const& b) const
    {
        for (const auto* o = apart.outer; o != nullptr; o = o->apart.outer)
            if (const auto id = o->find(b); id != no_id && o->arrays[id].role != buffer_role::frozen)
                runtime::throw_captured(apart.call);
    }
    void record_log::refuse_outside(id_space space, std::uint64_t tag) const
    {
        const auto number = tag & tag_bits::number;
        if (number == 0)
            return;
        // A variable that was made here has a number of this log's slot.
        bool outside = (tag & tag_bits::leaf) != 0 && (number >> tag_bits::slot_shift) != slot_;
        for (const auto* o = apart.outer; o != nullptr && !outside; o = o->apart.outer)
            outside = o->find_scalar(space, tag) != no_id;
        if (outside)
            runtime::throw_captured(apart.call);
    }
    bool record_log::read_outside() const noexcept
    {
        for (auto const& [b, id] : adopted_)
            if (b->role == buffer_role::leaf && (b->born == 0 || static_cast<std::int32_t>(b->born - runtime::thread.apart) < 0))
                return true;
        return false;
    }

    namespace
    {
        // Spaces give the same numbers.
        std::uint64_t note_key(id_space space, std::uint64_t tag)
        {
            return (tag & tag_bits::number) | static_cast<std::uint64_t>(space) << tag_bits::ordinal_shift;
        }
    }
    void record_log::note_scalar(id_space space, std::uint64_t tag, origin* o)
    {
        o->stamp = window_stamp;
        const name_lock lock(gate_);
        auto [it, fresh] = scalar_origins_.emplace(note_key(space, tag), o);
        if (!fresh)
            release_origin(o);
    }
    const origin* record_log::scalar_origin(id_space space, std::uint64_t tag) const
    {
        const auto it = scalar_origins_.find(note_key(space, tag));
        return it == scalar_origins_.end() ? nullptr : it->second;
    }

    namespace runtime
    {
        template <class From, class To>
        std::uint64_t record_conversion(record_log& log, std::uint32_t id)
        {
            const auto tag = log.template reserve_scalars<To>(1);
            auto& n = log.add_node<convert_node<From, To>>();
            n.name = "conversion";
            n.arrays = false;
            n.in = id;
            n.out = log.template scalars<To>().local(tag);
            if (log.forward != nullptr && !log.forward->fused())
                push_levels(log, n);
            else if (log.forward != nullptr)
                log.forward->set_scalar<To>(n.out, static_cast<To>(log.forward->scalar<From>(id)));
            return tag;
        }
        template std::uint64_t record_conversion<double, float>(record_log&, std::uint32_t);
        template std::uint64_t record_conversion<float, double>(record_log&, std::uint32_t);
    }

    template std::uint64_t record_log::push_statement<double>(const double*, const std::uint32_t*, int);
    template std::uint64_t record_log::push_statement<float>(const float*, const std::uint32_t*, int);
    template std::uint64_t record_log::record_some<double>(const double*, const std::uint64_t*, std::uint32_t);
    template std::uint64_t record_log::record_some<float>(const float*, const std::uint64_t*, std::uint32_t);
    template std::uint64_t record_log::new_leaf<double>();
    template std::uint64_t record_log::new_leaf<float>();
    template std::uint64_t record_log::reserve_scalars<double>(std::uint32_t);
    template std::uint64_t record_log::reserve_scalars<float>(std::uint32_t);
}
