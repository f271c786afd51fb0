// SPDX-License-Identifier: BSL-1.0
// A record log as far as somebody may look: its own thread at all of it, other threads at what was there when the tape that they
// sweep had finished. That part does not change any more, whatever the log's thread records meanwhile.
#pragma once
#include <cstddef>
#include <cstdint>
#include <vector>

#include <etape/core/small_vector.hpp>
#include <etape/tape/log.hpp>

namespace etape
{
    // How much there is of each table of a log.
    struct log_extent
    {
        struct stream
        {
            std::uint32_t count = 0;  // ids
            std::size_t ordinals = 0, overwritten = 0, compared = 0;

            stream() = default;
            explicit stream(scalar_stream_base const& s) noexcept
                : count(s.count)
                , ordinals(s.leaf_of_ordinal.size())
                , overwritten(s.overwritten.size())
                , compared(s.compared.size())
            {
            }
        };
        explicit log_extent(record_log const& log);

        std::uint32_t nodes, arrays;
        small_vector<stream, 4> streams;  // by space; nothing where the log had none
    };

    class log_view
    {
    public:
        log_view(record_log& log) noexcept  // all of it, also what is still to come
            : log_(&log)
        {
        }
        // The extent must live as long.
        log_view(record_log& log, log_extent const& end) noexcept
            : log_(&log)
            , end_(&end)
        {
        }

        record_log& log() const noexcept
        {
            return *log_;
        }
        std::uint32_t nodes() const noexcept
        {
            return end_ == nullptr ? log_->position() : end_->nodes;
        }
        std::uint32_t arrays() const noexcept
        {
            return end_ == nullptr ? static_cast<std::uint32_t>(log_->arrays.size()) : end_->arrays;
        }
        array_slot const& array(std::uint32_t id) const noexcept
        {
            return log_->arrays[id];
        }
        // One past the last of the spaces.
        std::size_t spaces() const noexcept
        {
            return end_ == nullptr ? static_cast<std::size_t>(id_space::further) + log_->further().size() : end_->streams.size();
        }
        // Null: none (or the space of arrays).
        scalar_stream_base const* stream(id_space space) const noexcept
        {
            return static_cast<std::size_t>(space) < spaces() ? log_->stream(space) : nullptr;
        }
        // How much of it.
        log_extent::stream extent(id_space space) const noexcept
        {
            if (end_ != nullptr)
                return static_cast<std::size_t>(space) < spaces() ? end_->streams[static_cast<std::size_t>(space)] : log_extent::stream{};
            auto const* s = log_->stream(space);
            return s == nullptr ? log_extent::stream{} : log_extent::stream(*s);
        }
        // Ids given in the space of a number type that the library was compiled for.
        template <class T>
        std::uint32_t count() const noexcept
        {
            return end_ == nullptr ? log_->scalars<T>().count : end_->streams[static_cast<std::size_t>(scalar_space<T>)].count;
        }
        // One mark for each value, by space and id, none set.
        std::vector<std::vector<bool>> unmarked() const;

        // The number of a value, or no_id. On another thread than the log's: under a name_lock.
        bool holds(std::uint64_t tag) const noexcept
        {
            // What another thread may see was never forgotten.
            return end_ == nullptr ? log_->holds(tag) : tag - log_->array_tag(0) < end_->arrays;
        }
        std::uint32_t find(buffer const& b) const
        {
            const auto tag = b.tag.load(std::memory_order_relaxed);
            return holds(tag) ? log_->local(tag) : known(log_->find_adopted(b), arrays());
        }
        std::uint32_t find_scalar(id_space space, std::uint64_t tag) const noexcept
        {
            auto const* s = stream(space);
            return s == nullptr ? record_log::no_id : find_with_ordinal(space, *s, tag).id;
        }
        // With the leaf that a scalar began as, as an ordinal.
        scalar_stream_base::known_scalar find_with_ordinal(id_space space, scalar_stream_base const& s, std::uint64_t tag) const noexcept
        {
            if (end_ == nullptr) [[likely]]
                return s.find_with_ordinal(tag);
            const auto end = extent(space);
            const auto k = s.find_with_ordinal(tag, end.count);
            return {known(k.id, end.count), k.ordinal};
        }
        // One past the last ordinal of a leaf.
        std::size_t ordinals(id_space space, scalar_stream_base const& s) const noexcept
        {
            return end_ == nullptr ? s.leaf_of_ordinal.size() : extent(space).ordinals;
        }

    private:
        static std::uint32_t known(std::uint32_t id, std::uint32_t count) noexcept
        {
            return id < count ? id : record_log::no_id;
        }

        record_log* log_;
        log_extent const* end_ = nullptr;  // null: all of it
    };
}
