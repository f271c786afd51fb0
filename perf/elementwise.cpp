// SPDX-License-Identifier: BSL-1.0
// Value and gradient of elementwise reductions: etape with a fresh tape each time, and without one (fused), against code written
// by hand.
#include <cmath>
#include <cstdio>
#include <exception>
#include <numbers>
#include <random>
#include <string>

#include <xtensor/xmath.hpp>
#include <xtensor/xtensor.hpp>

#include <etape/etape.hpp>

#include "allocations.hpp"
#include "elementwise_table.hpp"
#include "limits.hpp"
#include "measure.hpp"

namespace
{
    namespace ad = etape;
    using vector = xt::xtensor<double, 1>;

    vector uniform(std::size_t n, double low, double high, unsigned seed)
    {
        std::mt19937_64 engine(seed);
        vector v = xt::zeros<double>({n});
        for (auto& e : v)
            e = low + (high - low) * static_cast<double>(engine() >> 11) * 0x1p-53;
        return v;
    }

    // Every workload: `etape` (record and sweep), `fused` (no tape; plain arrays in, gradient into g_fused), `hand` (gradient into g),
    // `hand_value`, `etape_value` (nothing recorded), `xtensor_value`. Each returns the function's value; `gradient` is that of the
    // tape, in the layout of g.
    struct one_vector
    {
        vector plain, g, g_fused;  // apart, so that nobody finds another's gradient in the cache
        ad::variable<double, 1> x;

        explicit one_vector(std::size_t n)
            : plain(uniform(n, -2, 2, 1)),
              g(xt::zeros<double>({n})),
              g_fused(xt::zeros<double>({n})),
              x(plain)
        {
        }
        std::size_t n() const
        {
            return plain.size();
        }
        template <class W>
        static double etape(W const& w)
        {
            ad::tape t;
            const ad::variable<double> y = W::f(w.x);
            const auto gradient = t.gradient(y, w.x);
            return y.value() + gradient->data()[0];
        }
        template <class W>
        static vector gradient(W const& w)
        {
            ad::tape t;
            const ad::variable<double> y = W::f(w.x);
            return *t.gradient(y, w.x);
        }
        // The gradient goes into given memory, as by hand.
        template <class W>
        static double fused(W& w)
        {
            static const auto f = ad::fused([](auto const& x) { return W::f(x); });
            return f.into(w.g_fused)(w.plain) + w.g_fused.data()[0];
        }
    };

    struct exp_sin : one_vector
    {
        static constexpr const char* key = "a";
        static constexpr const char* name = "sum(exp(x)*sin(x) + x*x)";
        using one_vector::one_vector;

        template <class X>
        static auto f(X const& x)
        {
            return xt::sum(xt::exp(x) * xt::sin(x) + x * x);
        }
        double hand()
        {
            return limits::exp_sin_gradient(plain.data(), g.data(), n());
        }
        double hand_value() const
        {
            return limits::exp_sin(plain.data(), n());
        }
        double etape_value() const
        {
            return ad::variable<double>(f(x)).value();
        }
        double xtensor_value() const
        {
            return f(plain)();
        }
    };

    struct rational : one_vector
    {
        static constexpr const char* key = "b";
        static constexpr const char* name = "sum((a*x+b)*(a*x+b) / (1+x*x))";
        static constexpr double a = 1.3, b = 0.7;
        using one_vector::one_vector;

        template <class X>
        static auto f(X const& x)
        {
            return xt::sum((a * x + b) * (a * x + b) / (1.0 + x * x));
        }
        double hand()
        {
            return limits::rational_gradient(plain.data(), a, b, g.data(), n());
        }
        double hand_value() const
        {
            return limits::rational(plain.data(), a, b, n());
        }
        double etape_value() const
        {
            return ad::variable<double>(f(x)).value();
        }
        double xtensor_value() const
        {
            return f(plain)();
        }
    };

    struct logsumexp : one_vector
    {
        static constexpr const char* key = "c";
        static constexpr const char* name = "logsumexp(x)";
        using one_vector::one_vector;

        template <class X>
        static auto f(X const& x)
        {
            return ad::logsumexp(x);
        }
        double hand()
        {
            return limits::logsumexp_gradient(plain.data(), g.data(), n());
        }
        double hand_value() const
        {
            return limits::logsumexp(plain.data(), n());
        }
        double etape_value() const
        {
            return f(x).value();
        }
        double xtensor_value() const
        {
            const double m = xt::amax(plain)();
            return m + std::log(xt::sum(xt::exp(plain - m))());
        }
    };

    // The gradient has n entries for mu and one for sigma.
    struct normal
    {
        static constexpr const char* key = "d";
        static constexpr const char* name = "normal log density to mu[n], sigma";
        vector plain, plain_mu, g, g_fused;
        ad::constant<double, 1> x;
        ad::variable<double, 1> mu;
        ad::variable<double> sigma = 1.7;

        explicit normal(std::size_t n)
            : plain(uniform(n, -2, 2, 1)),
              plain_mu(uniform(n, -1, 1, 2)),
              g(xt::zeros<double>({n + 1})),
              g_fused(xt::zeros<double>({n + 1})),
              x(plain),
              mu(plain_mu)
        {
        }
        template <class Mu, class Sigma>
        auto f(Mu const& m, Sigma const& s) const
        {
            const auto n = static_cast<double>(plain.size());
            return -0.5 * xt::sum(xt::square((x - m) / s)) - n * ad::log(s) - n * 0.5 * std::log(2 * std::numbers::pi);
        }
        static double etape(normal const& w)
        {
            ad::tape t;
            const ad::variable<double> y = w.f(w.mu, w.sigma);
            const auto [d_mu, d_sigma] = t.gradient(y, w.mu, w.sigma);
            return y.value() + d_mu->data()[0] + *d_sigma;
        }
        static vector gradient(normal const& w)
        {
            ad::tape t;
            const ad::variable<double> y = w.f(w.mu, w.sigma);
            const auto [d_mu, d_sigma] = t.gradient(y, w.mu, w.sigma);
            vector all = xt::zeros<double>({w.plain.size() + 1});
            std::copy_n(d_mu->data(), w.plain.size(), all.data());
            all.data()[w.plain.size()] = *d_sigma;
            return all;
        }
        static double fused(normal& w)
        {
            const auto f = ad::fused([&w](auto const& m, auto const& s) { return w.f(m, s); });
            const auto n = w.plain.size();
            auto to_mu = xt::adapt(w.g_fused.data(), n, xt::no_ownership(), std::array{n});
            return f.into(to_mu, w.g_fused.data()[n])(w.plain_mu, w.sigma.value()) + w.g_fused.data()[0] + w.g_fused.data()[n];
        }
        double hand()
        {
            const auto n = plain.size();
            return limits::normal_gradient(plain.data(), plain_mu.data(), sigma.value(), g.data(),
                                           g.data()[n], n);
        }
        double hand_value() const
        {
            return limits::normal(plain.data(), plain_mu.data(), sigma.value(), plain.size());
        }
        double etape_value() const
        {
            return ad::variable<double>(f(mu, sigma)).value();
        }
        double xtensor_value() const
        {
            const auto n = static_cast<double>(plain.size());
            return -0.5 * xt::sum(xt::square((plain - plain_mu) / sigma.value()))() -
                n * std::log(sigma.value()) - n * 0.5 * std::log(2 * std::numbers::pi);
        }
    };

    template <class W>
    perf::row measure(std::size_t n, double budget)
    {
        W w(n);
        perf::row r{W::key, W::name, n};
        const double value = w.hand();
        const vector found = W::gradient(w);
        const vector by_hand = w.g;
        W::fused(w);
        r.gradient_error = perf::worse(perf::difference(found.data(), by_hand.data(), by_hand.size()),
                                       perf::difference(w.g_fused.data(), by_hand.data(), by_hand.size()));
        for (double other : {w.hand_value(), w.etape_value(), w.xtensor_value()})
            r.value_error = perf::worse(r.value_error, std::abs(other - value) / std::abs(value));

        const auto etape = [&w] { return W::etape(w); };
        const auto fused = [&w] { return W::fused(w); };
        for (int warm = 0; warm < 3; ++warm)
        {
            perf::keep(etape());
            perf::keep(fused());
        }
        r.allocated = perf::count_allocations([&] { perf::keep(etape()); });
        r.allocated_fused = perf::count_allocations([&] { perf::keep(fused()); });

        const auto t =
            perf::interleaved_medians({perf::repeat(etape), perf::repeat(fused), perf::repeat([&w] { return w.hand(); }),
                                       perf::repeat([&w] { return w.hand_value(); }),
                                       perf::repeat([&w] { return w.etape_value(); }),
                                       perf::repeat([&w] { return w.xtensor_value(); })},
                                      budget);
        r.etape = t[0];
        r.fused = t[1];
        r.hand = t[2];
        r.hand_value = t[3];
        r.etape_value = t[4];
        r.xtensor_value = t[5];
        return r;
    }
}

int main(int argc, char** argv)
try
{
    const auto o = perf::parse_options(argc, argv);
    const bool pinned = perf::pin_to_core();
    perf::table table(pinned);
    for (std::size_t n : {std::size_t{100}, std::size_t{10'000}, std::size_t{1'000'000}})
    {
        const auto add = [&]<class W>(W*)
        {
            if (o.wants(W::key))
                table.add(measure<W>(n, o.seconds));
        };
        add(static_cast<exp_sin*>(nullptr));
        add(static_cast<rational*>(nullptr));
        add(static_cast<logsumexp*>(nullptr));
        add(static_cast<normal*>(nullptr));
    }
    if (!o.json.empty())
        table.write_json(o.json);
    return table.correct() ? 0 : 1;
}
catch (std::exception const& e)
{
    std::fprintf(stderr, "elementwise: %s\n", e.what());
    return 2;
}
