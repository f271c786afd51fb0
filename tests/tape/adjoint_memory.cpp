// SPDX-License-Identifier: BSL-1.0
// Memory for adjoints of scalars over many sweeps of any length: neutral where a sweep begins, whatever the ones before left.
#include <boost/test/unit_test.hpp>

#include <cmath>
#include <random>

#include <etape/tape/adjoint_numbers.hpp>

BOOST_AUTO_TEST_SUITE(adjoint_memory)

BOOST_AUTO_TEST_CASE(begins_neutral)
{
    etape::adjoint_numbers<double> memory;
    std::mt19937 next(3);
    std::size_t wrong = 0;
    for (std::size_t sweep = 0; sweep < 20000; ++sweep)
    {
        const std::size_t n = next() % (sweep % 500 + 2);
        if (next() % 4 == 0)
        {
            memory.start_undefined(n);
            std::fill_n(memory.data(), n, 1.0);
        }
        else
        {
            memory.start(n);
            for (std::size_t i = 0; i < n; ++i)
                wrong += memory.data()[i] != 0 || !std::signbit(memory.data()[i]);
            for (std::size_t i = 0; i < n; ++i)
                if (next() % 2 == 0)
                    memory.data()[i] = 5;
        }
        if (next() % 3 == 0)
        {
            std::fill_n(memory.data(), n, -0.0);
            memory.restored();
        }
    }
    BOOST_TEST(wrong == 0u);
}

BOOST_AUTO_TEST_SUITE_END()
