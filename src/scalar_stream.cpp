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
        if (!adopted.empty())
            adopted.clear();
    }

    template class scalar_stream<double>;
    template class scalar_stream<float>;
    template struct run_of<double>;
    template struct run_of<float>;
}
