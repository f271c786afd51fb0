// SPDX-License-Identifier: BSL-1.0
// Sources without a gradient of which a call wants no more than a zero.
#pragma once
#include <etape/tape/differentiate.hpp>
#include <etape/tape/log_view.hpp>

namespace etape::differentiating
{
    // Sources that no statement of the tape reads are unconnected: one pass over its windows tells, where an explanation is a search
    // through everything that was recorded, for each of them.
    void settle_unread(log_view const& view, window_list const& windows, target_request const* targets, std::size_t n_targets,
                       source_request* sources, std::size_t n_sources);
}
