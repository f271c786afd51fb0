// SPDX-License-Identifier: BSL-1.0
// Which arguments the derivatives of a row depend on: its recorded operations are recorded once, apart, and looked at.
#include <array>

#include <etape/core/error.hpp>
#include <etape/tape/isolation.hpp>
#include <etape/tape/primitive.hpp>
#include <etape/tape/tape_core.hpp>

#include "row_slopes.hpp"

namespace etape
{
    namespace
    {
        // The values that a number was computed from, if each operation passes its derivative on.
        struct dependence
        {
            unsigned arguments = 0;
            bool cut = false;  // an operation without a derivative is on the way
        };
        dependence dependence_of(record_log& log, active const& a, std::array<active, 3> const& arguments)
        {
            dependence d;
            if (!a.tracked())
                return d;
            std::vector<bool> reached(log.scalars<double>().count, false);
            reached[a.id] = true;
            std::vector<edge> edges;
            for (auto p = log.position(); p-- > 0;)
            {
                auto const& n = *log.nodes[p];
                // the arguments are the only run of scalar statements
                if (n.statements() != 1 || !reached[n.result().first])
                    continue;
                edges.clear();
                n.edges(0, edges);
                for (auto const& e : edges)
                    if (e.tracked && (e.paths & 1u) != 0)
                        reached[e.id] = true;
                    else if (e.tracked)
                        d.cut = true;
            }
            for (std::size_t j = 0; j < arguments.size(); ++j)
                if (arguments[j].tracked() && reached[arguments[j].id])
                    d.arguments |= 1u << j;
            return d;
        }
        row_structure look_at(row_number row)
        try
        {
            const runtime::isolation apart("structure of a row");
            tape_core tape(false, true, site{});
            auto& log = tape.log();
            const int n = primitive::arity(row);
            constexpr double at[] = {0.6, 0.7, 0.8};  // none is 1, which operations may leave out
            std::array<active, 3> a;
            bool wanted[3] = {};
            for (int j = 0; j < n; ++j)
            {
                const auto k = static_cast<std::size_t>(j);
                wanted[j] = primitive::passes(row, j);
                a[k] = wanted[j] ? primitive::of_number(at[j], log.scalars<double>().local(log.new_leaf<double>()), false)
                                 : primitive::constant(1, false);
            }
            log.close_run();
            const auto y = primitive::apply(row, a.data(), n);
            active to[3];
            primitive::pull(row, primitive::constant(0.9, false), y, a.data(), wanted, to);
            row_structure s;
            s.known = true;
            for (int j = 0; j < n; ++j)
                if (wanted[j])
                {
                    const auto d = dependence_of(log, to[j], a);
                    s.reads[j] = d.arguments;
                    s.known = s.known && !d.cut;
                }
            return s;
        }
        catch (rule_error const&)
        {
            return {};
        }
    }

    namespace runtime
    {
        constinit std::atomic<std::uint16_t> row_structures[static_cast<std::size_t>(row_number::count)]{};
        std::uint16_t find_structure(row_number row)
        {
            const auto s = look_at(row);
            const auto bits = static_cast<std::uint16_t>((s.known ? 1u : 0u) | 2u | s.reads[0] << 2 | s.reads[1] << 5 | s.reads[2] << 8);
            row_structures[static_cast<std::size_t>(row)].store(bits, std::memory_order_relaxed);
            return bits;
        }
    }
}
