// SPDX-License-Identifier: BSL-1.0
// The compact stream of scalar statements of one number type: 12 bytes an edge (for double), nothing else; results are
// numbered consecutively.
#pragma once
#include <cstddef>
#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

#include <etape/core/config.hpp>
#include <etape/tape/huge_memory.hpp>
#include <etape/tape/leaf_table.hpp>
#include <etape/tape/origin.hpp>
#include <etape/tape/tag.hpp>

namespace etape
{
    class record_log;

    // Marks, in the id of an edge, the first edge of a statement: so a sweep, which walks backwards, knows where it ends.
    constexpr std::uint32_t first_edge = 0x80000000u;

    struct edge_position
    {
        std::uint32_t chunk = 0;
        std::uint32_t at = 0;
    };

    // How far ahead of the write position memory is asked for, in bytes; a chunk has as much behind its ids.
    constexpr std::size_t partial_prefetch = 2048, id_prefetch = 1024;

    // Edges in two arrays: partials, then ids. A statement lies in one chunk. Partials are numbers that live as long as the chunk
    // (those of built-in types begin to when they are written).
    template <class T>
    class edge_chunk
    {
    public:
        explicit edge_chunk(std::uint32_t edges)
            : memory_(std::size_t{edges} * (sizeof(T) + sizeof(std::uint32_t)) + id_prefetch, alignof(T))
            , capacity(edges)
        {
            if constexpr (!is_compiled_number_v<T>)
                std::uninitialized_default_construct_n(partials(), capacity);
        }
        edge_chunk(edge_chunk&& o) noexcept = default;
        edge_chunk& operator=(edge_chunk&&) = delete;
        ~edge_chunk()
        {
            if constexpr (!std::is_trivially_destructible_v<T>)
                if (memory_.data() != nullptr)
                    std::destroy_n(partials(), capacity);
        }
        T* partials() noexcept
        {
            return static_cast<T*>(memory_.data());
        }
        std::uint32_t* ids() noexcept
        {
            return reinterpret_cast<std::uint32_t*>(partials() + capacity);
        }

    private:
        huge_memory memory_;

    public:
        std::uint32_t capacity;
        std::uint32_t used = 0;      // once the stream left the chunk
        std::uint32_t first_id = 0;  // first result with edges here
    };

    // Where a stream ends: ids, edges.
    struct stream_mark
    {
        std::uint32_t count = 0;
        edge_position edge;
        std::size_t edges_before = 0;  // in the chunks before
    };

    class number_adjoints;

    // What the log needs to know of a stream whatever its numbers are.
    class scalar_stream_base
    {
    public:
        std::uint64_t base = 0;   // tag of id 0
        std::uint32_t count = 0;  // ids given
        std::vector<std::uint32_t> leaf_of_ordinal{0};
        std::vector<std::uint32_t> leaves;  // ids of statements without edges, ascending
        leaf_table adopted;                 // leaf number from before the recording -> its tag here
        std::vector<std::pair<std::uint32_t, std::uint32_t>> overwritten;  // leaf made by assignment, version it replaced
        std::vector<std::uint32_t> compared;  // ids that a comparison read (the last few are not repeated)

        scalar_stream_base() = default;
        scalar_stream_base(scalar_stream_base const&) = delete;
        scalar_stream_base& operator=(scalar_stream_base const&) = delete;
        virtual ~scalar_stream_base() = default;

        // Ids whose statements were forgotten while the others were kept: they are still this recording's, and constants. Ascending.
        std::vector<std::pair<std::uint32_t, std::uint32_t>> forgotten;

        bool holds(std::uint64_t tag) const noexcept
        {
            return (tag & tag_bits::number) - base < count;
        }
        bool is_forgotten(std::uint32_t id) const noexcept
        {
            for (auto const& [first, last] : forgotten)
                if (id >= first && id < last)
                    return true;
            return false;
        }
        // The position behind the last statement; no run is open.
        virtual stream_mark here() const noexcept = 0;
        // Forgets the statements after a mark of this recording, but none of its numbers.
        virtual void rewind(stream_mark const& m) noexcept = 0;
        // Bits that tag - base has when the tag is not of this recording, whose numbers are less than 2^31 apart: numbers of earlier
        // recordings are below base, those of other threads 2^38 away. For tags that exist by now; holds() may be asked of any.
        static constexpr std::uint64_t not_here = tag_bits::number & ~std::uint64_t{0x7fffffff};
        std::uint32_t local(std::uint64_t tag) const noexcept
        {
            return static_cast<std::uint32_t>((tag & tag_bits::number) - base);
        }
        // Forgets everything, keeps the memory; ids start again at `next`.
        virtual void clear(std::uint64_t next) noexcept;
        // The same for any stream, at once where there is nothing to forget: no id was given and no run opened.
        void restart(std::uint64_t next) noexcept
        {
            if (count == 0 && !open_) [[likely]]
                base = next;
            else
                clear(next);
        }
        // Makes room for n edges in an open run (the caller has closed the runs of other streams).
        virtual void make_room(record_log& log, std::uint32_t n) = 0;
        bool open() const noexcept
        {
            return open_;
        }
        // Ends the open run of statements: it becomes a node of the log.
        virtual void finish_run(record_log& log) = 0;
        // A value that nothing recorded produced; its tag.
        ETAPE_NOINLINE std::uint64_t new_leaf(record_log& log);
        // The id of a leaf from before the recording, which gets one when it is read for the first time.
        ETAPE_NOINLINE std::uint32_t adopt(record_log& log, std::uint64_t number);
        // Memory for adjoints of this number type (tape/number_adjoints.hpp).
        virtual std::unique_ptr<number_adjoints> make_adjoints() const = 0;
        // The id of a value, or leaf_table::none.
        std::uint32_t find(std::uint64_t tag) const noexcept
        {
            return holds(tag) ? local(tag) : adopted.find_id(tag & tag_bits::number);
        }
        // The leaf ordinal of a tag on this recording; ordinals of earlier recordings mean nothing here.
        std::uint64_t ordinal_of(std::uint64_t tag) const noexcept
        {
            if (holds(tag))
                return tag & tag_bits::ordinal;
            return std::uint64_t{adopted.find(tag & tag_bits::number).ordinal} << tag_bits::ordinal_shift;
        }

        // The ordinal of a leaf that was made while all tapes of the thread were used up: its number is one of this recording, drawn
        // without one.
        ETAPE_COLD std::uint64_t name_leaf(record_log& log, std::uint32_t id);

        struct known_scalar
        {
            std::uint32_t id, ordinal;  // leaf_table::none, 0: none
        };
        // Both at once.
        known_scalar find_with_ordinal(std::uint64_t tag) const noexcept
        {
            return find_with_ordinal(tag, count);
        }
        // As if there were no more than these ids.
        known_scalar find_with_ordinal(std::uint64_t tag, std::uint32_t ids_then) const noexcept
        {
            if ((tag & tag_bits::number) - base < ids_then)
                return {local(tag), static_cast<std::uint32_t>((tag & tag_bits::ordinal) >> tag_bits::ordinal_shift)};
            auto const& e = adopted.find(tag & tag_bits::number);
            return {e.id, e.ordinal};
        }

        // Ids are 31 bits, some of which a chunk may give out without asking again.
        static constexpr std::uint32_t most_ids = (std::uint32_t{1} << 31) - (std::uint32_t{1} << 22);
        void check_ids(std::uint32_t more) const
        {
            if (count > most_ids - more)
                throw_too_many();
        }
        [[noreturn]] static void throw_too_many();

    protected:
        void forget_after(std::uint32_t id) noexcept;

        bool open_ = false;  // a run of statements

    private:
        // adopt() where other threads may look numbers up.
        ETAPE_COLD std::uint32_t adopt_shared(record_log& log, std::uint64_t number);
    };

    template <class T>
    class scalar_stream final : public scalar_stream_base
    {
    public:
        // The write position: the next edge goes to *partial, *id, before limit; no run is open: limit = partial.
        T* partial = nullptr;
        T* limit = nullptr;
        std::uint32_t* id = nullptr;

        // Is an open run without room for n edges where it is?
        bool full(std::size_t n) const noexcept
        {
            return reinterpret_cast<std::uintptr_t>(partial) + n * sizeof(T) > reinterpret_cast<std::uintptr_t>(limit);
        }

        void make_room(record_log& log, std::uint32_t n) override;
        void clear(std::uint64_t next) noexcept override;
        stream_mark here() const noexcept override
        {
            return {count, {current_, at()}, edges_before_};
        }
        void rewind(stream_mark const& m) noexcept override;
        void finish_run(record_log& log) override;
        std::unique_ptr<number_adjoints> make_adjoints() const override;

        edge_chunk<T>& chunk(std::uint32_t k) noexcept
        {
            return chunks_[k];
        }
        // Edges before the write position.
        std::size_t edges() const noexcept
        {
            return edges_before_ + at();
        }

    private:
        void next_chunk(record_log& log, std::uint32_t n);
        std::uint32_t at() const noexcept
        {
            return static_cast<std::uint32_t>(partial - first_);
        }
        // Goes to the beginning of the current chunk.
        void enter_chunk() noexcept
        {
            auto& c = chunks_[current_];
            first_ = partial = c.partials();
            id = c.ids();
        }

        T* first_ = nullptr;  // of the current chunk
        std::vector<edge_chunk<T>> chunks_;
        std::uint32_t current_ = 0;
        std::size_t edges_before_ = 0;  // in the chunks before the current one
        edge_position run_begin_;
        std::uint32_t run_first_id_ = 0;
        std::size_t run_first_edge_ = 0;
    };
    extern template class scalar_stream<double>;
    extern template class scalar_stream<float>;
}
