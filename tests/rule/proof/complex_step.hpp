// SPDX-License-Identifier: BSL-1.0
// First derivatives of analytic functions by the complex step: Im f(a + ih) / h, in which nothing is subtracted.
#pragma once

#include <string>

#include "reference.hpp"

namespace etape_test::proof
{
    // Does <complex> have the function, or what it is made of?
    bool has_complex_step(std::string const& rule);
    // The derivative to argument j inside of the domain, from complex<long double>: 64 bits where that is wider than double.
    exact complex_step(std::string const& rule, arguments const& at, std::size_t j);
    // The sentence of the documentation that names the rows.
    std::string complex_step_text();
}
