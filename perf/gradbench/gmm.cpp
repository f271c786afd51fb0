// SPDX-License-Identifier: BSL-1.0
// gmm: the log posterior of a Gaussian mixture with a Wishart prior on the precision matrices, and its gradient.
#include <algorithm>
#include <cmath>
#include <numbers>

#include <etape/etape.hpp>

#include "scalars.hpp"

namespace gradbench
{
    namespace
    {
        namespace ad = etape;

        // Component k has the weight softmax(alpha)_k, the mean mu_k and the precision matrix Q'Q, where the lower triangular Q has
        // the diagonal exp(q_k), and l_k below it, column by column.
        struct mixture
        {
            std::size_t d, components, n, m;  // m: additional degrees of freedom of the prior
            double gamma;                     // its precision
            numbers x;                        // (n, d)
            numbers at;                       // alpha, mu, q, l
            ad::constant<double, 2> points;   // (d, n)

            explicit mixture(input const& in)
                : d(in.size("d")),
                  components(in.size("k")),
                  n(in.size("n")),
                  m(in.size("m")),
                  gamma(in.number("gamma")),
                  x(in["x"].values),
                  points(xt::xtensor<double, 2>(xt::transpose(shown(x, n, d))))
            {
                for (auto const* name : {"alpha", "mu", "q", "l"})
                    at.insert(at.end(), in[name].values.begin(), in[name].values.end());
            }
            std::size_t below() const
            {
                return d * (d - 1) / 2;
            }
            std::size_t mu() const
            {
                return components;
            }
            std::size_t q() const
            {
                return mu() + components * d;
            }
            std::size_t l() const
            {
                return q() + components * d;
            }
            // What does not depend on the parameters: of the normal densities and of the prior.
            double constant() const
            {
                const auto dimensions = static_cast<double>(d);
                const double freedom = static_cast<double>(d + m + 1);
                double log_gamma = 0.25 * dimensions * (dimensions - 1) * std::log(std::numbers::pi);
                for (std::size_t j = 0; j < d; ++j)
                    log_gamma += std::lgamma(0.5 * freedom - 0.5 * static_cast<double>(j));
                return -0.5 * static_cast<double>(n) * dimensions * std::log(2 * std::numbers::pi) +
                    static_cast<double>(components) * (freedom * dimensions * (std::log(gamma) - 0.5 * std::log(2.0)) - log_gamma);
            }
        };

        template <class T>
        T log_sum_exp(const T* x, std::size_t n)
        {
            using std::exp;
            using std::log;
            T largest = x[0];
            for (std::size_t i = 1; i < n; ++i)
                if (x[i] > largest)
                    largest = x[i];
            T sum = 0.0;
            for (std::size_t i = 0; i < n; ++i)
                sum += exp(x[i] - largest);
            return log(sum) + largest;
        }

        struct log_posterior
        {
            mixture const* in;
            template <class T>
            T operator()(std::vector<T> const& at) const
            {
                using std::exp;
                const auto d = in->d, components = in->components, below = in->below();
                const T *alpha = at.data(), *mu = alpha + in->mu(), *q = alpha + in->q(), *l = alpha + in->l();
                std::vector<T> diagonal(components * d), log_determinant(components, T(0.0)), centred(d), scaled(d), terms(components);
                for (std::size_t i = 0; i < components * d; ++i)
                {
                    diagonal[i] = exp(q[i]);
                    log_determinant[i / d] += q[i];
                }
                T sum = 0.0;
                for (std::size_t p = 0; p < in->n; ++p)
                {
                    for (std::size_t k = 0; k < components; ++k)
                    {
                        for (std::size_t i = 0; i < d; ++i)
                        {
                            centred[i] = in->x[p * d + i] - mu[k * d + i];
                            scaled[i] = diagonal[k * d + i] * centred[i];
                        }
                        const T* entry = l + k * below;
                        for (std::size_t i = 0; i < d; ++i)
                            for (std::size_t j = i + 1; j < d; ++j)
                                scaled[j] += *entry++ * centred[i];
                        T distance = 0.0;
                        for (std::size_t i = 0; i < d; ++i)
                            distance += scaled[i] * scaled[i];
                        terms[k] = alpha[k] + log_determinant[k] - 0.5 * distance;
                    }
                    sum += log_sum_exp(terms.data(), components);
                }
                T prior = 0.0;
                for (std::size_t k = 0; k < components; ++k)
                {
                    T norm = 0.0;
                    for (std::size_t i = 0; i < d; ++i)
                        norm += diagonal[k * d + i] * diagonal[k * d + i];
                    for (std::size_t i = 0; i < below; ++i)
                        norm += l[k * below + i] * l[k * below + i];
                    prior += 0.5 * in->gamma * in->gamma * norm - static_cast<double>(in->m) * log_determinant[k];
                }
                return sum - static_cast<double>(in->n) * log_sum_exp(alpha, components) - prior + in->constant();
            }
        };

        double by_hand(mixture const& in, numbers& g)
        {
            const auto d = in.d, components = in.components, below = in.below();
            const double *alpha = in.at.data(), *mu = alpha + in.mu(), *q = alpha + in.q(), *l = alpha + in.l();
            std::fill(g.begin(), g.end(), 0.0);
            double *to_alpha = g.data(), *to_mu = to_alpha + in.mu(), *to_q = to_alpha + in.q(), *to_l = to_alpha + in.l();
            numbers diagonal(components * d), height(components), centred(components * d), scaled(components * d), terms(components), back(d);
            for (std::size_t k = 0; k < components; ++k)
            {
                height[k] = alpha[k];
                for (std::size_t i = k * d; i < (k + 1) * d; ++i)
                {
                    diagonal[i] = std::exp(q[i]);
                    height[k] += q[i];
                }
            }
            double sum = 0;
            for (std::size_t p = 0; p < in.n; ++p)
            {
                for (std::size_t k = 0; k < components; ++k)
                {
                    double *c = &centred[k * d], *s = &scaled[k * d];
                    for (std::size_t i = 0; i < d; ++i)
                    {
                        c[i] = in.x[p * d + i] - mu[k * d + i];
                        s[i] = diagonal[k * d + i] * c[i];
                    }
                    const double* entry = l + k * below;
                    for (std::size_t i = 0; i < d; ++i)
                        for (std::size_t j = i + 1; j < d; ++j)
                            s[j] += *entry++ * c[i];
                    double distance = 0;
                    for (std::size_t i = 0; i < d; ++i)
                        distance += s[i] * s[i];
                    terms[k] = height[k] - 0.5 * distance;
                }
                const double total = log_sum_exp(terms.data(), components);
                sum += total;
                for (std::size_t k = 0; k < components; ++k)
                {
                    const double weight = std::exp(terms[k] - total);
                    const double *c = &centred[k * d], *s = &scaled[k * d], *entry = l + k * below;
                    double* to_entry = to_l + k * below;
                    to_alpha[k] += weight;
                    for (std::size_t i = 0; i < d; ++i)
                    {
                        double pulled = -weight * s[i] * diagonal[k * d + i];  // the adjoint of centred[i]
                        to_q[k * d + i] += weight + pulled * c[i];
                        for (std::size_t j = i + 1; j < d; ++j)
                        {
                            const double adjoint = -weight * s[j];
                            pulled += *entry++ * adjoint;
                            *to_entry++ += c[i] * adjoint;
                        }
                        to_mu[k * d + i] -= pulled;
                    }
                }
            }
            const double total = log_sum_exp(alpha, components), precision = in.gamma * in.gamma, count = static_cast<double>(in.n);
            double prior = 0;
            for (std::size_t k = 0; k < components; ++k)
                to_alpha[k] -= count * std::exp(alpha[k] - total);
            for (std::size_t i = 0; i < components * d; ++i)
            {
                prior += 0.5 * precision * diagonal[i] * diagonal[i] - static_cast<double>(in.m) * q[i];
                to_q[i] -= precision * diagonal[i] * diagonal[i] - static_cast<double>(in.m);
            }
            for (std::size_t i = 0; i < components * below; ++i)
            {
                prior += 0.5 * precision * l[i] * l[i];
                to_l[i] -= precision * l[i];
            }
            return sum - count * total - prior + in.constant();
        }

        // Entries below the diagonal as full matrices, and back.
        template <class F>
        void each_entry(mixture const& in, F f)
        {
            std::size_t packed = in.l();
            for (std::size_t k = 0; k < in.components; ++k)
                for (std::size_t i = 0; i < in.d; ++i)
                    for (std::size_t j = i + 1; j < in.d; ++j)
                        f((k * in.d + j) * in.d + i, packed++);
        }

        double by_arrays(mixture const& in, numbers& g, std::size_t block)
        {
            using xt::all, xt::newaxis;
            const auto d = in.d, components = in.components;
            xt::xtensor<double, 3> full = xt::zeros<double>({components, d, d});
            each_entry(in, [&](std::size_t to, std::size_t from) { full.data()[to] = in.at[from]; });
            const auto part = [&](std::size_t from, auto... shape)
            { return xt::adapt(in.at.data() + from, (shape * ...), xt::no_ownership(), std::array{shape...}); };
            const ad::variable<double, 1> alpha = part(0, components);
            const ad::variable<double, 2> mu = part(in.mu(), components, d), q = part(in.q(), components, d);
            const ad::variable<double, 3> lower = full;
            const ad::constant<double, 2> identity = xt::eye<double>(d);

            ad::tape tape;
            const ad::tensor<double, 2> diagonal = xt::exp(q);
            const ad::tensor<double, 3> matrices = lower + xt::view(diagonal, all(), all(), newaxis()) * identity;
            const auto flat = xt::reshape_view(matrices, std::array{components * d, d});
            const auto centres = ad::sum(matrices * xt::view(mu, all(), newaxis(), all()), {2});
            const ad::tensor<double, 1> log_determinant = ad::sum(q, {1}), height = alpha + log_determinant;
            ad::variable<double> sum = 0.0;
            for (std::size_t first = 0; first < in.n; first += block)
            {
                const auto size = std::min(block, in.n - first);
                const auto scaled = ad::matmul(flat, xt::view(in.points, all(), xt::range(first, first + size)));
                const auto residual = xt::reshape_view(scaled, std::array{components, d, size}) - xt::view(centres, all(), all(), newaxis());
                const auto distance = ad::sum(xt::square(residual), {1});
                sum += ad::sum(ad::logsumexp(xt::view(height, all(), newaxis()) - 0.5 * distance, {0}));
            }
            const ad::variable<double> prior = 0.5 * in.gamma * in.gamma * (ad::sum(xt::square(diagonal)) + ad::sum(xt::square(lower))) -
                static_cast<double>(in.m) * ad::sum(log_determinant);
            const ad::variable<double> y = sum - static_cast<double>(in.n) * ad::logsumexp(alpha) - prior + in.constant();

            const auto slopes = tape.gradient(y, alpha, mu, q, lower);
            std::copy_n(std::get<0>(slopes)->data(), components, g.data());
            std::copy_n(std::get<1>(slopes)->data(), components * d, g.data() + in.mu());
            std::copy_n(std::get<2>(slopes)->data(), components * d, g.data() + in.q());
            const double* to_lower = std::get<3>(slopes)->data();
            each_entry(in, [&](std::size_t from, std::size_t to) { g[to] = to_lower[from]; });
            return y.value();
        }
    }

    workload gmm(input const& file)
    {
        const auto in = std::make_shared<const mixture>(file);
        const std::shared_ptr<const numbers> at(in, &in->at);
        const log_posterior f{in.get()};
        workload w;
        w.primal = [f, at] { return f(*at); };
        w.contestants.push_back(fills(column::hand, "", at->size(), [in](numbers& g) { return by_hand(*in, g); }));
        w.contestants.push_back(fills(column::arrays, "matmul", at->size(), [in](numbers& g) { return by_arrays(*in, g, in->n); }));
        w.contestants.push_back(fills(column::arrays, "matmul, 125 points a time", at->size(), [in](numbers& g) { return by_arrays(*in, g, 125); }));
        add_scalars(w, f, at);
        return w;
    }
}
