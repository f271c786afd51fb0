// SPDX-License-Identifier: BSL-1.0
// The memory behind every array handle: a reference-counted, pooled, dense array with the identity that the tape knows it by.
#pragma once
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <new>
#include <utility>

#include <etape/core/pool.hpp>
#include <etape/core/shared_count.hpp>
#include <etape/core/site.hpp>

namespace etape
{
    constexpr int max_rank = 8;

    struct origin;  // why a buffer without gradient history has none (tape/origin.hpp)
    void release_origin(origin* o) noexcept;

    enum class buffer_role : std::uint8_t
    {
        plain,    // untracked values (constant)
        leaf,     // a variable's own value
        frozen,   // a variable with trainable = false
        result    // produced by a statement
    };

    enum class memory_order_tag : std::uint8_t
    {
        row_major,
        column_major
    };

    struct buffer : shared_count
    {
        std::uint16_t size_class = 0;
        std::uint16_t operation = 0;  // that computed it, for explanations: runtime::operation_name
        std::uint32_t born = 0;       // of a leaf: the recording apart (thread_state::apart) in which it was made; 0 = none
        // Identity on a thread's record log; 0 = none. Relaxed atomics: a leaf may be read by several threads, each of which
        // then keeps its own number (record_log::adopt).
        std::atomic<std::uint64_t> tag{0};
        // The leaf version of the variable that this buffer became by in-place assignment: what gradient() falls back to.
        std::uint64_t source = 0;
        std::size_t size = 0;
        std::size_t bytes = 0;
        origin* why = nullptr;
        site made{};
        std::uint8_t rank = 0;
        buffer_role role = buffer_role::plain;
        memory_order_tag order = memory_order_tag::row_major;
        bool borrowed : 1 = false;
        bool written_in_parts : 1 = false;  // while it was recorded: reads of small parts are copied then (source::copied_by_tape)
        std::uint32_t stamp = 0;  // of the log then (record_log::window_stamp), when tapes were alive and did not record it
        void* memory = nullptr;
        buffer* parent = nullptr;  // whose memory this is, when it is not our own
        std::size_t shape[max_rank];
        std::ptrdiff_t strides[max_rank];

        template <class T>
        T* data() const noexcept
        {
            return static_cast<T*>(memory);
        }
    };
    constexpr std::size_t buffer_header = (sizeof(buffer) + 63) / 64 * 64;
    static_assert(buffer_header <= 256);

    namespace runtime
    {
        // A number for the name of an operation, which must live as long as the program; 0 for no name, or when there are too many.
        std::uint16_t operation_number(const char* name);
        const char* operation_name(std::uint16_t number) noexcept;
    }

    // Shapes are a few numbers: a loop, where std::equal would call memcmp.
    ETAPE_ALWAYS_INLINE bool same_extents(const std::size_t* a, const std::size_t* b, int rank) noexcept
    {
        for (int k = 0; k < rank; ++k)
            if (a[k] != b[k])
                return false;
        return true;
    }
    // Dense strides; an extent of 1 gets stride 0, so that it broadcasts.
    ETAPE_ALWAYS_INLINE void dense_strides(buffer& b) noexcept
    {
        std::size_t step = 1;
        if (b.order == memory_order_tag::row_major)
        {
            for (int k = b.rank - 1; k >= 0; --k)
            {
                b.strides[k] = b.shape[k] == 1 ? 0 : static_cast<std::ptrdiff_t>(step);
                step *= b.shape[k];
            }
        }
        else
        {
            for (int k = 0; k < b.rank; ++k)
            {
                b.strides[k] = b.shape[k] == 1 ? 0 : static_cast<std::ptrdiff_t>(step);
                step *= b.shape[k];
            }
        }
        b.size = step;
    }

    // Owning pointer, intrusive.
    class buffer_ptr
    {
    public:
        constexpr buffer_ptr() noexcept = default;
        // takes over one reference
        explicit constexpr buffer_ptr(buffer* b) noexcept
            : p_(b)
        {
        }
        ETAPE_ALWAYS_INLINE static buffer_ptr share(buffer* b) noexcept
        {
            retain(b);
            return buffer_ptr(b);
        }
        ETAPE_ALWAYS_INLINE buffer_ptr(buffer_ptr const& o) noexcept
            : p_(o.p_)
        {
            retain(p_);
        }
        ETAPE_ALWAYS_INLINE buffer_ptr(buffer_ptr&& o) noexcept
            : p_(std::exchange(o.p_, nullptr))
        {
        }
        ETAPE_ALWAYS_INLINE buffer_ptr& operator=(buffer_ptr o) noexcept
        {
            std::swap(p_, o.p_);
            return *this;
        }
        ETAPE_ALWAYS_INLINE ~buffer_ptr()
        {
            release(p_);
        }
        buffer* get() const noexcept
        {
            return p_;
        }
        buffer* operator->() const noexcept
        {
            return p_;
        }
        buffer& operator*() const noexcept
        {
            return *p_;
        }
        explicit operator bool() const noexcept
        {
            return p_ != nullptr;
        }
        buffer* detach() noexcept
        {
            return std::exchange(p_, nullptr);
        }
        bool unique() const noexcept
        {
            return p_->is(1);
        }
        // Nobody else sees the memory: it may be written to.
        bool sole() const noexcept
        {
            return p_->is(1) && p_->parent == nullptr && !p_->borrowed;
        }

        ETAPE_ALWAYS_INLINE static void retain(buffer* b) noexcept
        {
            if (b != nullptr)
                b->retain();
        }
        ETAPE_ALWAYS_INLINE static void release(buffer* b) noexcept
        {
            if (b != nullptr)
                b->release();
        }

    private:
        buffer* p_ = nullptr;
    };

    namespace runtime
    {
        // More than a process can address, and within the classes of the pool.
        constexpr std::size_t too_many_bytes = std::size_t{1} << 46;
        // A shape whose product is too large has no bytes when an extent is 0; else shape_error.
        std::size_t empty_or_throw(const std::size_t* shape, int rank);
    }
    // An uninitialised dense array of T. Throws std::bad_alloc, shape_error when the size overflows.
    template <class T>
    ETAPE_ALWAYS_INLINE buffer_ptr make_buffer(const std::size_t* shape, int rank, memory_order_tag order = memory_order_tag::row_major)
    {
        std::size_t bytes = sizeof(T);
        bool overflow = false;
        for (int k = 0; k < rank; ++k)
            overflow |= __builtin_mul_overflow(bytes, shape[k], &bytes);
        if (overflow || bytes >= runtime::too_many_bytes) [[unlikely]]
            bytes = runtime::empty_or_throw(shape, rank);
        const std::uint32_t c = runtime::class_of(buffer_header + bytes);
        void* block = pool_allocate(c);
        auto* b = new (block) buffer;
        b->size_class = static_cast<std::uint16_t>(c);
        b->rank = static_cast<std::uint8_t>(rank);
        b->order = order;
        for (int k = 0; k < rank; ++k)
            b->shape[k] = shape[k];
        dense_strides(*b);
        b->bytes = bytes;
        b->memory = static_cast<char*>(block) + buffer_header;
        return buffer_ptr(b);
    }
    // Another identity for the same memory.
    template <class T>
    buffer_ptr make_alias(buffer& o)
    {
        const std::uint32_t c = runtime::class_of(buffer_header);
        auto* b = new (pool_allocate(c)) buffer;
        b->size_class = static_cast<std::uint16_t>(c);
        b->rank = o.rank;
        b->order = o.order;
        for (int k = 0; k < o.rank; ++k)
            b->shape[k] = o.shape[k];
        dense_strides(*b);
        b->bytes = o.bytes;
        b->memory = o.memory;
        b->borrowed = o.borrowed;
        b->parent = o.parent != nullptr ? o.parent : &o;
        buffer_ptr::retain(b->parent);
        return buffer_ptr(b);
    }
    // Memory that belongs to somebody else, who keeps it alive and unchanged.
    template <class T>
    buffer_ptr make_borrowed(const T* memory, const std::size_t* shape, int rank)
    {
        const std::uint32_t c = runtime::class_of(buffer_header);
        auto* b = new (pool_allocate(c)) buffer;
        b->size_class = static_cast<std::uint16_t>(c);
        b->rank = static_cast<std::uint8_t>(rank);
        for (int k = 0; k < rank; ++k)
            b->shape[k] = shape[k];
        dense_strides(*b);
        b->bytes = b->size * sizeof(T);
        b->memory = const_cast<T*>(memory);
        b->borrowed = true;
        return buffer_ptr(b);
    }
    // An uninitialised array with the shape and order of another.
    template <class T>
    ETAPE_ALWAYS_INLINE buffer_ptr make_buffer_like(buffer const& o)
    {
        return make_buffer<T>(o.shape, o.rank, o.order);
    }
}
