// SPDX-License-Identifier: BSL-1.0
// Boost.Math for the references: what has no value is NaN, not an exception.
#pragma once
#include <limits>

#include <boost/math/policies/policy.hpp>

#include "reference_table.hpp"

namespace etape_test::proof
{
    namespace bm = boost::math;
    using quiet = bm::policies::policy<bm::policies::domain_error<bm::policies::ignore_error>,
                                       bm::policies::pole_error<bm::policies::ignore_error>,
                                       bm::policies::overflow_error<bm::policies::ignore_error>,
                                       bm::policies::evaluation_error<bm::policies::ignore_error>>;
    inline real undefined()
    {
        return std::numeric_limits<real>::quiet_NaN();
    }
}
