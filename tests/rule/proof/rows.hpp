// SPDX-License-Identifier: BSL-1.0
// The rule table behind plain functions: what each row states, and what it computes on each lane type.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include <etape/rule/row.hpp>

namespace etape_test::proof
{
    inline constexpr std::size_t max_arity = 3;
    inline constexpr std::size_t max_width = 16;

    // What a row says of itself.
    struct row_info
    {
        std::string name;
        std::size_t arity = 0;
        bool active[max_arity] = {};
        bool whole[max_arity] = {};  // a parameter: its points are integers
        etape::rule::interval domain[max_arity] = {};
        double value_ulp = 0, derivative_ulp = 0, second_ulp = 0;
        double value_floor = 0, derivative_floor = 0, second_floor = 0;
        std::string derivative, convention, note;
    };

    // What a row computes at one point. reverse: pull, forward: push; alone and inside a fused kernel. Second
    // derivatives [j][i] = d^2/da_j da_i, by pull on dual numbers and by push on dual numbers of dual numbers; fused, by the two
    // passes of the kernel on dual numbers.
    struct outcome
    {
        double value, value_aux, value_fused;
        double reverse[max_arity], forward[max_arity];
        double reverse_fused[max_arity], forward_fused[max_arity];
        double second_reverse[max_arity][max_arity], second_forward[max_arity][max_arity];
        double second_reverse_fused[max_arity][max_arity], second_forward_fused[max_arity][max_arity];
    };
    struct arguments
    {
        double a[max_arity] = {};
    };

    struct row_on_lane
    {
        row_info info;
        std::string lane;
        bool single;        // float
        std::size_t width;  // points that `run` takes at once
        void (*run)(const arguments* in, std::size_t n, outcome* out);
    };

    // Every row of rule::table on one lane type, in the order of the table.
    std::vector<row_on_lane> rows_on_double();
    std::vector<row_on_lane> rows_on_float();
    std::vector<row_on_lane> rows_on_batch_of_double();
    std::vector<row_on_lane> rows_on_batch_of_float();
}
