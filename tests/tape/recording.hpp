// SPDX-License-Identifier: BSL-1.0
// What the tests of the tape share.
#pragma once
#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <cstddef>

#include <etape/etape.hpp>

namespace ad = etape;

namespace recording
{
    // Calls of operator new so far (memory.cpp replaces it).
    std::size_t allocations() noexcept;
}
