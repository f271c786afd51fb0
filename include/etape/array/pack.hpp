// SPDX-License-Identifier: BSL-1.0
// Between arrays and scalars on the log: element ranges, arrays packed from scalars, versions of a variable.
#pragma once
#include <vector>

#include <etape/core/buffer.hpp>
#include <etape/tape/log.hpp>

namespace etape::runtime
{
    // Scalar ids of the elements of an array, noted on the log when needed; returns the first.
    template <class T>
    std::uint32_t element_range(record_log& log, std::uint32_t id, buffer& b);
    // That of one element; it may be noted alone.
    template <class T>
    std::uint32_t element_id(record_log& log, std::uint32_t id, buffer& b, std::size_t offset);

    // An element that is read while tapes are paused: a leaf with a note.
    template <class T>
    std::uint64_t lost_element(record_log& log, buffer& b);

    // What a new version of a variable remembers of the one before it: the leaf it began as, or the history it dropped.
    void succeed(buffer& now, buffer const& before);

    // Fills an array with numbers one after the other; finish() records where they came from.
    template <class T>
    class packer
    {
    public:
        explicit packer(buffer& b) noexcept
            : b_(b)
        {
        }
        void add(T v, std::uint64_t& tag)
        {
            b_.data<T>()[at_++] = v;
            if (!thread.recording)
            {
                if (thread.paused)
                    lost_.push_back(tag);
                return;
            }
            const auto id = thread.log->template id_of_scalar<T>(tag);
            if (id != record_log::no_id && ids_.empty())
                ids_.assign(at_ - 1, record_log::no_id);
            if (id != record_log::no_id || !ids_.empty())
                ids_.push_back(id);
        }
        void finish(site const& where);

    private:
        buffer& b_;
        std::size_t at_ = 0;
        std::vector<std::uint32_t> ids_;
        std::vector<std::uint64_t> lost_;  // numbers that were packed while tapes are paused
    };

    void check_rank(const char* call, int found, std::size_t expected);
    [[noreturn]] ETAPE_COLD void refuse_moved_from();
    void check_dimensions(std::size_t rank);

    extern template std::uint32_t element_range<double>(record_log&, std::uint32_t, buffer&);
    extern template std::uint32_t element_range<float>(record_log&, std::uint32_t, buffer&);
    extern template std::uint32_t element_id<double>(record_log&, std::uint32_t, buffer&, std::size_t);
    extern template std::uint32_t element_id<float>(record_log&, std::uint32_t, buffer&, std::size_t);
    extern template std::uint64_t lost_element<double>(record_log&, buffer&);
    extern template std::uint64_t lost_element<float>(record_log&, buffer&);
    extern template class packer<double>;
    extern template class packer<float>;
}
