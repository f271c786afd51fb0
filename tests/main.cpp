// SPDX-License-Identifier: BSL-1.0
// The main function of every test executable.
#define BOOST_TEST_MODULE etape
#include <boost/test/unit_test.hpp>
