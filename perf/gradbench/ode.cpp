// SPDX-License-Identifier: BSL-1.0
// ode: y_0' = x_0, y_i' = x_i y_(i-1) from y = 0 to time 2 by Runge and Kutta, and the gradient of the last element by x.
// At the suite's own sizes the last element and its gradient are 0, since a step reaches four elements further: the sizes tiny
// and n36 check that the derivative is right.
#include <algorithm>

#include <etape/etape.hpp>

#include "scalars.hpp"

namespace gradbench
{
    namespace
    {
        namespace ad = etape;
        constexpr double end = 2;

        struct last_element
        {
            std::size_t steps;
            template <class T>
            T operator()(std::vector<T> const& x) const
            {
                const std::size_t n = x.size();
                const double h = end / static_cast<double>(steps);
                std::vector<T> y(n, T(0.0)), k1(n), k2(n), k3(n), k4(n), moved(n);
                const auto slope = [&](std::vector<T> const& at, std::vector<T>& k)
                {
                    k[0] = x[0];
                    for (std::size_t i = 1; i < n; ++i)
                        k[i] = x[i] * at[i - 1];
                };
                const auto move = [&](std::vector<T> const& k, double by)
                {
                    for (std::size_t i = 0; i < n; ++i)
                        moved[i] = y[i] + by * k[i];
                };
                for (std::size_t s = 0; s < steps; ++s)
                {
                    slope(y, k1);
                    move(k1, h / 2);
                    slope(moved, k2);
                    move(k2, h / 2);
                    slope(moved, k3);
                    move(k3, h);
                    slope(moved, k4);
                    for (std::size_t i = 0; i < n; ++i)
                        y[i] += h / 6 * (k1[i] + 2.0 * k2[i] + 2.0 * k3[i] + k4[i]);
                }
                return y[n - 1];
            }
        };

        // A 1 in front of y makes all elements alike: the slope of (y_0, ...) is x (1, y_0, ...).
        double with_one_in_front(numbers const& at, std::size_t steps, numbers& g)
        {
            const auto n = static_cast<std::ptrdiff_t>(at.size());
            const double h = end / static_cast<double>(steps);
            const ad::variable<double, 1> x = shown(at);
            xt::xtensor<double, 1> start = xt::zeros<double>({at.size() + 1});
            start(0) = 1;
            const auto head = [n](auto const& v) { return xt::view(v, xt::range(0, n)); };
            ad::tape tape;
            ad::variable<double, 1> y = start;
            const auto moved = [&](auto const& k, double by)
            {
                ad::variable<double, 1> to = y;  // for the 1 in front
                xt::view(to, xt::range(1, n + 1)) = xt::view(y, xt::range(1, n + 1)) + by * (x * head(k));
                return to;
            };
            for (std::size_t s = 0; s < steps; ++s)
            {
                const auto a = moved(y, h / 2), b = moved(a, h / 2), c = moved(b, h);
                xt::view(y, xt::range(1, n + 1)) += h / 6 * (x * (head(y) + 2.0 * head(a) + 2.0 * head(b) + head(c)));
            }
            const ad::variable<double> last = y(at.size());
            const auto d = tape.gradient(last, x);
            std::copy_n(d->data(), g.size(), g.begin());
            return last.value();
        }
    }

    workload ode(input const& in)
    {
        const auto x = std::make_shared<const numbers>(in["x"].values);
        const auto steps = in.size("s");
        workload w;
        w.primal = [x, steps] { return last_element{steps}(*x); };
        w.contestants.push_back(fills(column::arrays, "", x->size(), [x, steps](numbers& g) { return with_one_in_front(*x, steps, g); }));
        add_scalars(w, last_element{steps}, x);
        return w;
    }
}
