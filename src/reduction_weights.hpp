// SPDX-License-Identifier: BSL-1.0
// d result / d element of full reductions, as active values.
#pragma once
#include <etape/kernel/args.hpp>
#include <etape/tape/active.hpp>

namespace etape
{
    // v: the elements, of the given shape; value: of the reduction. A number: the same weight for all.
    active reduction_weights(reducer_kind kind, active const& v, double value, const std::size_t* shape, int rank);
    // The product of all other elements, for each element, without a division: right for zeros, too.
    active products_of_others(active const& v);
}
