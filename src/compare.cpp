// SPDX-License-Identifier: BSL-1.0
// The comparison of modes: what is called how often, and finite differences.
#include <etape/verify/modes.hpp>

#include <algorithm>
#include <cmath>
#include <limits>
#include <type_traits>
#include <utility>

#include <etape/tape/silence.hpp>

namespace etape::runtime
{
    namespace
    {
        template <class T>
        double quiet_value(compared_function<T>& f)
        {
            silence quiet;
            return f.value();
        }

        struct slope
        {
            double value, rounding;
        };
        template <class T>
        slope central_difference(compared_function<T>& f, T& x, double step)
        {
            constexpr double epsilon = std::numeric_limits<T>::epsilon();
            const T keep = x;
            x = static_cast<T>(static_cast<double>(keep) + step);
            const double up = quiet_value(f), x_up = static_cast<double>(x);
            x = static_cast<T>(static_cast<double>(keep) - step);
            const double down = quiet_value(f), x_down = static_cast<double>(x);
            x = keep;
            return {(up - down) / (x_up - x_down), epsilon * std::max(std::abs(up), std::abs(down)) / step};
        }
        // (4 D(h) - D(2h)) / 3, error about |D(h) - D(2h)| / 3 plus rounding. Smaller steps only where the first disagrees:
        // the estimate with the least error of its own counts.
        template <class T>
        void add_difference(entry& e, compared_function<T>& f, T& x)
        {
            double h = std::pow(std::numeric_limits<T>::epsilon(), 1.0 / 5.0) * std::max(1.0, std::abs(static_cast<double>(x))) * 0.5;
            for (int attempt = 0; attempt < 3; ++attempt, h /= 16)
            {
                const slope near = central_difference(f, x, h), far = central_difference(f, x, 2 * h);
                const double found = (4 * near.value - far.value) / 3,
                             error = std::abs(near.value - far.value) / 3 + 8 * near.rounding + far.rounding;
                if (attempt == 0 || error < e.difference_error)
                {
                    e.finite_difference = found;
                    e.difference_error = error;
                }
                if (std::abs(e.finite_difference - e.reverse) <= e.difference_error)
                    break;
            }
        }
    }

    template <class T>
    comparison compare(compared_function<T>& f, std::vector<std::vector<std::size_t>> shapes, tolerances allowed)
    {
        constexpr double epsilon = std::numeric_limits<T>::epsilon();
        comparison c;
        c.shapes = std::move(shapes);
        f.reverse(c);
        c.again = quiet_value(f);
        for (auto& e : c.all)
        {
            T& direction = f.directions_to_set[e.input][e.index];
            direction = T(1);
            e.forward = f.forward();
            direction = T(0);
            add_difference(e, f, f.inputs_to_nudge[e.input][e.index]);
        }
        if (allowed.relative == 0)
            allowed.relative = 256 * epsilon;
        summarise(c, std::is_same_v<T, float>, allowed);
        if (!c.agree && !forward_in_progress())
        {
            checked_recording checked(on_wrong_rule::collect, std::isfinite(allowed.ulps) ? allowed.ulps * epsilon : 0);
            f.record();
            c.wrong_statements = checked.wrong();
        }
        return c;
    }
    template comparison compare(compared_function<float>&, std::vector<std::vector<std::size_t>>, tolerances);
    template comparison compare(compared_function<double>&, std::vector<std::vector<std::size_t>>, tolerances);
}
