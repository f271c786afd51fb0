// SPDX-License-Identifier: BSL-1.0
// Points in blocks that stay in the cache, on each lane of a row.
#include "dense.hpp"

#include <bit>
#include <cmath>
#include <limits>
#include <random>

#include "closed_form.hpp"

namespace etape_test::proof
{
    namespace
    {
        constexpr std::size_t random_points = 200000, block = 1024, rounds = 24;

        class scanner
        {
        public:
            scanner(row_on_lane const& row, closed_form const& form, std::uint64_t seed)
                : row_(row), form_(form), random_(seed)
            {
            }

            void add(arguments const& p)
            {
                for (std::size_t j = 0; j < row_.info.arity; ++j)
                {
                    // A search moves past the largest number; what infinity gives is a convention, tested as one.
                    if (!(std::isfinite(p.a[j]) && p.a[j] >= row_.info.domain[j].low && p.a[j] <= row_.info.domain[j].high))
                    {
                        return;
                    }
                }
                samples_.push_back(form_.at(p, row_.single));
                if (samples_.size() == block)
                {
                    flush();
                }
            }
            // What is around the worst points, at every scale of distance.
            void climb()
            {
                flush();
                for (std::size_t round = 0; round < rounds; ++round)
                {
                    for (error row_errors::*which : {&row_errors::value, &row_errors::first, &row_errors::second})
                    {
                        const error centre = worst_.*which;
                        for (std::size_t k = 0; centre.ulp > 0 && k < block; ++k)
                        {
                            add(moved(centre.at));
                        }
                        flush();
                    }
                }
            }
            row_errors const& worst() const { return worst_; }
            std::size_t points() const { return points_; }

        private:
            void flush()
            {
                join(worst_, measure(row_, samples_));
                points_ += samples_.size();
                samples_.clear();
            }
            arguments moved(arguments p)
            {
                const int digits = row_.single ? std::numeric_limits<float>::digits : std::numeric_limits<double>::digits;
                for (double& a : p.a)
                {
                    const double away = std::exp2(-std::uniform_real_distribution<>(2, digits)(random_));
                    a *= random_() % 2 == 0 ? 1 + away : 1 - away;
                    a = row_.single ? static_cast<double>(static_cast<float>(a)) : a;
                }
                return p;
            }

            row_on_lane const& row_;
            closed_form const& form_;
            std::mt19937_64 random_;
            std::vector<sample> samples_;
            row_errors worst_;
            std::size_t points_ = 0;
        };
    }

    bool scan(verdict& v, std::vector<row_on_lane> const& lanes, std::uint32_t stride, std::uint64_t seed)
    {
        closed_form const* const form = closed_form_of(v.info.name);
        if (form == nullptr)
        {
            return false;
        }
        for (auto const& row : lanes)
        {
            scanner s(row, *form, seed);
            // Scalars take the functions of <cmath>: a sample of them will do.
            const std::uint32_t part = row.width == 1 ? 15 : 1;
            for (auto const& p : points(row.info, special_points(row.info.name), row.single, random_points / part, seed, false))
            {
                s.add(p);
            }
            if (row.single && row.info.arity == 1)
            {
                for (auto bits = std::bit_cast<std::uint32_t>(0x1p-16f); bits < std::bit_cast<std::uint32_t>(0x1p7f); bits += stride * part)
                {
                    const auto a = static_cast<double>(std::bit_cast<float>(bits));
                    s.add({{a}});
                    s.add({{-a}});
                }
            }
            s.climb();
            v.points += s.points();
            take(v, row, s.worst());
        }
        return true;
    }
}
