// SPDX-License-Identifier: BSL-1.0
// Runs of scalar statements and the chunks they lie in.
#include <etape/tape/scalar_stream.hpp>

#include <etape/core/error.hpp>
#include <etape/tape/scalar_stream_impl.hpp>

namespace etape
{
    void scalar_stream_base::throw_too_many()
    {
        throw tape_error("etape: found 2^31 scalar values in one recording, expected fewer: reset the tape or use checkpoints");
    }
    void scalar_stream_base::clear(std::uint64_t next) noexcept
    {
        base = next;
        count = 0;
        leaf_of_ordinal.resize(1);
        leaves.clear();
        overwritten.clear();
        compared.clear();
        forgotten.clear();
        if (!adopted.empty())
            adopted.clear();
    }
    void scalar_stream_base::forget_after(std::uint32_t id) noexcept
    {
        while (!overwritten.empty() && overwritten.back().first >= id)
            overwritten.pop_back();
        while (!compared.empty() && compared.back() >= id)
            compared.pop_back();
    }

    std::uint64_t scalar_stream_base::name_leaf(record_log& log, std::uint32_t id)
    {
        auto ordinal = std::uint64_t{tag_bits::one_of_many};
        if (leaf_of_ordinal.size() < ordinal)
        {
            ordinal = leaf_of_ordinal.size();
            log.append(leaf_of_ordinal, id);
        }
        return ordinal << tag_bits::ordinal_shift;
    }
    std::uint64_t scalar_stream_base::new_leaf(record_log& log)
    {
        const auto l = runtime::add_leaf(*this, log);
        return (base + l.id) | std::uint64_t{l.ordinal} << tag_bits::ordinal_shift | tag_bits::leaf;
    }
    std::uint32_t scalar_stream_base::adopt(record_log& log, std::uint64_t number)
    {
        return log.gate() == nullptr ? runtime::adopt_alone(*this, log, number) : adopt_shared(log, number);
    }
    std::uint32_t scalar_stream_base::adopt_shared(record_log& log, std::uint64_t number)
    {
        if (const auto known = adopted.find_id(number); known != leaf_table::none)
            return known;
        const auto l = runtime::add_leaf(*this, log);
        const name_lock lock(log.gate());
        auto& e = adopted.find_or_add(number);
        e.id = l.id;
        e.ordinal = l.ordinal;
        return l.id;
    }

    template class scalar_stream<double>;
    template class scalar_stream<float>;
    template struct run_of<double>;
    template struct run_of<float>;
}
