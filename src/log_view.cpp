// SPDX-License-Identifier: BSL-1.0
// How far a thread may look.
#include <etape/tape/log_view.hpp>

namespace etape
{
    log_extent::log_extent(record_log const& log)
        : nodes(log.position())
        , arrays(static_cast<std::uint32_t>(log.arrays.size()))
    {
        const auto spaces = static_cast<std::size_t>(id_space::further) + log.further().size();
        for (std::size_t k = 0; k < spaces; ++k)
        {
            auto const* s = log.stream(static_cast<id_space>(k));
            streams.push_back(s == nullptr ? stream{} : stream(*s));
        }
    }

    std::vector<std::vector<bool>> log_view::unmarked() const
    {
        std::vector<std::vector<bool>> all;
        all.emplace_back(arrays());
        for (std::size_t k = 1; k < spaces(); ++k)
            all.emplace_back(extent(static_cast<id_space>(k)).count);
        return all;
    }
}
