// SPDX-License-Identifier: BSL-1.0
// lse: log(sum(exp(x))), shifted by the largest element, and its gradient.
#include <algorithm>
#include <cmath>

#include <etape/etape.hpp>

#include "scalars.hpp"

namespace gradbench
{
    namespace
    {
        namespace ad = etape;

        struct log_sum_exp
        {
            // The derivative by the largest element cancels: its rounding error is the large one of the scalars.
            template <class T>
            T operator()(std::vector<T> const& x) const
            {
                using std::exp;
                using std::log;
                T largest = x[0];
                for (std::size_t i = 1; i < x.size(); ++i)
                    if (x[i] > largest)
                        largest = x[i];
                T sum = 0.0;
                for (auto const& e : x)
                    sum += exp(e - largest);
                return log(sum) + largest;
            }
        };

        double by_hand(numbers const& x, numbers& g)
        {
            const double largest = *std::max_element(x.begin(), x.end());
            double sum = 0;
            for (std::size_t i = 0; i < x.size(); ++i)
                sum += g[i] = std::exp(x[i] - largest);
            for (auto& e : g)
                e /= sum;
            return std::log(sum) + largest;
        }
    }

    workload lse(input const& in)
    {
        const auto x = std::make_shared<const numbers>(in["x"].values);
        const auto n = x->size();
        workload w;
        w.primal = [x] { return log_sum_exp()(*x); };
        w.contestants.push_back(fills(column::hand, "", n, [x](numbers& g) { return by_hand(*x, g); }));
        w.contestants.push_back(fills(column::arrays, "fused", n,
                                      [x](numbers& g)
                                      {
                                          auto to = shown(g);
                                          return ad::fused([](auto const& v) { return ad::logsumexp(v); }).into(to)(shown(*x));
                                      }));
        w.contestants.push_back(fills(column::arrays, "a tape", n,
                                      [x](numbers& g)
                                      {
                                          const ad::variable<double, 1> v = shown(*x);
                                          ad::tape tape;
                                          const ad::variable<double> y = ad::logsumexp(v);
                                          shown(g) = *tape.gradient(y, v);
                                          return y.value();
                                      }));
        // What the suite asks for: no logsumexp of the library's. The shift has no derivative.
        w.contestants.push_back(
            fills(column::arrays, "fused, from amax, exp and sum", n,
                  [x](numbers& g)
                  {
                      auto to = shown(g);
                      const double largest = ad::amax(shown(*x));
                      return ad::fused([largest](auto const& v) { return ad::log(xt::sum(xt::exp(v - largest))) + largest; }).into(to)(shown(*x));
                  }));
        add_scalars(w, log_sum_exp(), x);
        w.contestants.push_back(
            fills(column::scalars, "every number a source of its own", n, [x](numbers& g) { return peers::etape::gradient(log_sum_exp(), *x, g); }));
        return w;
    }
}
