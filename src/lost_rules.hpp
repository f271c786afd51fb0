// SPDX-License-Identifier: BSL-1.0
// A sweep that met rules without a vjp: which sources would get a gradient that lacks their part?
#pragma once
#include <vector>

#include <etape/tape/differentiate.hpp>
#include <etape/tape/log_view.hpp>

namespace etape::differentiating
{
    class lost_rules
    {
    public:
        // By the structure alone: statements of the windows from position `from` on.
        lost_rules(log_view const& view, window_list const& windows, target_request const* targets, std::size_t n_targets, std::uint32_t from = 0);

        // Does a path from a target to this value go through such a rule?
        bool on_a_path(id_space space, std::uint32_t id) const
        {
            auto const& l = lost_[static_cast<std::size_t>(space)];
            return id < l.size() && l[id];
        }
        // rule_error: source `k` is reached on other paths, too.
        [[noreturn]] void refuse(std::size_t k, site const& where) const;

    private:
        std::vector<std::vector<bool>> reached_, lost_;
        node const* rule_ = nullptr;
    };
}
