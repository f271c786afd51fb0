// SPDX-License-Identifier: BSL-1.0
// Gradients of a template for numbers, by etape's scalars and by CoDiPack where the build has it.
#pragma once
#include "../scalar_peers.hpp"
#include "arrays.hpp"
#include "eval.hpp"

namespace gradbench
{
    // The numbers are elements of one array, which is the source: a third of the time of thousands of numbers as sources.
    template <class F>
    double scalar_gradient(F const& f, numbers const& at, numbers& g)
    {
        using number = ::etape::variable<double>;
        static std::vector<number> x;
        const ::etape::variable<double, 1> all = shown(at);
        ::etape::tape tape;
        x.clear();
        for (std::size_t i = 0; i < at.size(); ++i)
            x.push_back(all(i));
        const number y = f(x);
        const auto d = tape.gradient(y, all);
        std::copy_n(d->data(), g.size(), g.begin());
        return y.value();
    }

    // f: std::vector<T> -> T
    template <class F>
    void add_scalars(workload& w, F f, std::shared_ptr<const numbers> at)
    {
        w.contestants.push_back(fills(column::scalars, "", at->size(), [f, at](numbers& g) { return scalar_gradient(f, *at, g); }));
#ifdef ETAPE_PERF_CODIPACK
        w.contestants.push_back(fills(column::codipack, "", at->size(), [f, at](numbers& g) { return peers::codipack::gradient(f, *at, g); }));
#endif
    }
}
