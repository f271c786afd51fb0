// SPDX-License-Identifier: BSL-1.0
// The words that explanations have in common.
#pragma once
#include <cstddef>
#include <string>

#include <etape/core/buffer.hpp>
#include <etape/core/site.hpp>
#include <etape/tape/origin.hpp>

namespace etape::explaining
{
    // What to do about it.
    const char* hint_for(reason r);

    // " at fit.cpp:21 (in train)", or nothing for a place that is not known.
    std::string at(site const& s);
    // "the array of shape (2,) made at fit.cpp:6 (in main)"
    std::string array_text(const std::size_t* shape, std::size_t rank, site const& made);
    // "exp at fit.cpp:21 (in train)"
    std::string described(const char* operation, site const& where);
    // Of what computed an array, as far as it is known: "exp at fit.cpp:21 (in train)", "at fit.cpp:21 (in train)", "".
    std::string described_result(buffer const& b);
}
