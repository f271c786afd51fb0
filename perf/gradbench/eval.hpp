// SPDX-License-Identifier: BSL-1.0
// What perf/gradbench measures: evals of the GradBench suite, written from their mathematics.
#pragma once
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "input.hpp"

namespace gradbench
{
    enum class column
    {
        hand,
        arrays,
        scalars,
        codipack
    };

    // A way to compute the derivative.
    struct contestant
    {
        column where;
        std::string note;                            // how it is written, where that is worth a word
        std::function<double()> run;                 // the derivative into memory of its own; returns the value
        std::function<numbers const&()> derivative;  // of the last run
    };
    // An eval at one size.
    struct workload
    {
        std::function<double()> primal;
        std::vector<contestant> contestants;  // the first of a column is the one in the table, others are rows of their own
    };

    // From a function that fills an array and returns the value.
    template <class F>
    contestant fills(column where, std::string note, std::size_t entries, F f)
    {
        auto g = std::make_shared<numbers>(entries);
        return {where, std::move(note), [f, g] { return f(*g); }, [g]() -> numbers const& { return *g; }};
    }

    workload lse(input const&);
    workload llsq(input const&);
    workload gmm(input const&);
    workload lstm(input const&);
    workload ba(input const&);
    workload kmeans(input const&);
    workload ode(input const&);
    workload det(input const&);
    workload ht(input const&);
    workload particle(input const&);
    workload saddle(input const&);
}
