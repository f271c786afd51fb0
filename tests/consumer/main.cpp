// SPDX-License-Identifier: BSL-1.0
// The file of the consumer that is compiled without -march: none may come with the package.
#if defined(__x86_64__) && defined(__SSE3__)
#error "-march came with the package"
#endif
#include "slope.hpp"

#include <cstdio>

bool slope_is_right_here(); // native.cpp

int main()
{
    if (!slope_is_right() || !slope_is_right_here())
    {
        std::puts("consumer: the gradient is wrong");
        return 1;
    }
    std::puts("consumer: the gradient is right");
    return 0;
}
