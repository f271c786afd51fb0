// SPDX-License-Identifier: BSL-1.0
// The rows of the table numbered, so that an operation can be named at run time, whatever architecture it was compiled for.
#pragma once
#include <cstdint>

#include <etape/rule/table.hpp>

namespace etape
{
    enum class row_number : std::int16_t
    {
#define ETAPE_ROW_NUMBER(NAME, ...) NAME,
        ETAPE_FOR_EACH_UNARY_OPERATOR(ETAPE_ROW_NUMBER) ETAPE_FOR_EACH_BINARY_OPERATOR(ETAPE_ROW_NUMBER)
            ETAPE_FOR_EACH_UNARY(ETAPE_ROW_NUMBER) ETAPE_FOR_EACH_BINARY(ETAPE_ROW_NUMBER)
                ETAPE_FOR_EACH_TERNARY(ETAPE_ROW_NUMBER) ETAPE_FOR_EACH_ORDERED(ETAPE_ROW_NUMBER)
#undef ETAPE_ROW_NUMBER
                    count,
        unknown = -1
    };
}

ETAPE_BEGIN_ARCH
namespace rule
{
    // unknown: a rule that is not of the table
    template <class Rule>
    inline constexpr row_number number_of = row_number::unknown;
#define ETAPE_ROW_NUMBER(NAME, ...)                                                                \
    template <>                                                                                    \
    inline constexpr row_number number_of<NAME> = row_number::NAME;
    ETAPE_FOR_EACH_UNARY_OPERATOR(ETAPE_ROW_NUMBER)
    ETAPE_FOR_EACH_BINARY_OPERATOR(ETAPE_ROW_NUMBER)
    ETAPE_FOR_EACH_UNARY(ETAPE_ROW_NUMBER)
    ETAPE_FOR_EACH_BINARY(ETAPE_ROW_NUMBER)
    ETAPE_FOR_EACH_TERNARY(ETAPE_ROW_NUMBER)
    ETAPE_FOR_EACH_ORDERED(ETAPE_ROW_NUMBER)
#undef ETAPE_ROW_NUMBER
}
ETAPE_END_ARCH
