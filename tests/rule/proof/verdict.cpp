// SPDX-License-Identifier: BSL-1.0
// Walks the lanes of a row over its points.
#include "verdict.hpp"

#include <sstream>

namespace etape_test::proof
{
    namespace
    {
        void join(error& to, error const& from)
        {
            if (from.ulp > to.ulp)
            {
                to = from;
            }
        }
        void judge(std::vector<std::string>& faults, row_on_lane const& row, error const& e,
                   double bound, char const* order)
        {
            if (e.ulp <= bound)
            {
                return;
            }
            std::ostringstream text;
            text.precision(17);
            text << row.info.name << " on " << row.lane << ", " << order << " (" << e.what
                 << "): " << e.got << ", expected " << e.expected << " at (";
            for (std::size_t j = 0; j < row.info.arity; ++j)
            {
                text << (j == 0 ? "" : ", ") << e.at.a[j];
            }
            text.precision(3);
            text << "): " << e.ulp << " ulp, stated " << bound;
            faults.push_back(text.str());
        }
    }

    std::vector<std::vector<row_on_lane>> const& table()
    {
        static const auto all = []
        {
            std::vector<std::vector<row_on_lane>> rows;
            for (auto const& lane : {rows_on_double(), rows_on_batch_of_double(), rows_on_float(),
                                     rows_on_batch_of_float()})
            {
                rows.resize(lane.size());
                for (std::size_t r = 0; r < lane.size(); ++r)
                {
                    rows[r].push_back(lane[r]);
                }
            }
            return rows;
        }();
        return all;
    }

    void join(row_errors& to, row_errors const& from)
    {
        join(to.value, from.value);
        join(to.first, from.first);
        join(to.second, from.second);
    }
    void take(verdict& v, row_on_lane const& row, row_errors const& e)
    {
        join(row.single ? v.of_float : v.of_double, e);
        judge(v.faults, row, e.value, v.info.value_ulp, "value");
        judge(v.faults, row, e.first, v.info.derivative_ulp, "first derivative");
        judge(v.faults, row, e.second, v.info.second_ulp, "second derivative");
    }

    verdict prove(std::vector<row_on_lane> const& lanes, std::size_t random, std::uint64_t seed)
    {
        verdict v;
        v.info = lanes.front().info;
        if (!has_reference(v.info.name))
        {
            v.faults.push_back(v.info.name + " has no reference to be measured against");
            return v;
        }
        const std::size_t count = is_costly(v.info.name) ? random / 4 : random;
        std::vector<sample> samples[2];
        for (const bool single : {false, true})
        {
            for (auto const& p : points(v.info, special_points(v.info.name), single, count, seed, is_mirrored(v.info.name)))
            {
                samples[single].push_back(evaluate(v.info.name, p, v.info.arity));
            }
            v.points += samples[single].size();
        }
        for (auto const& row : lanes)
        {
            take(v, row, measure(row, samples[row.single]));
        }
        return v;
    }
}
