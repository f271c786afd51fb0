// SPDX-License-Identifier: BSL-1.0
// Dual numbers in the standard traits: numeric_limits and common_type are those of the value.
#pragma once

#include <concepts>
#include <limits>
#include <type_traits>

#include <etape/dual/dual.hpp>

template <class T, std::size_t N>
class std::numeric_limits<etape::dual<T, N>> : public std::numeric_limits<T>
{
    using base = std::numeric_limits<T>;
    using number = etape::dual<T, N>;

public:
    static number min() noexcept { return number(base::min()); }
    static number max() noexcept { return number(base::max()); }
    static number lowest() noexcept { return number(base::lowest()); }
    static number epsilon() noexcept { return number(base::epsilon()); }
    static number round_error() noexcept { return number(base::round_error()); }
    static number infinity() noexcept { return number(base::infinity()); }
    static number quiet_NaN() noexcept { return number(base::quiet_NaN()); }
    static number signaling_NaN() noexcept { return number(base::signaling_NaN()); }
    static number denorm_min() noexcept { return number(base::denorm_min()); }
};

// Constants take the type of the dual number that they meet.
template <class T, std::size_t N, class S>
    requires std::is_arithmetic_v<S>
struct std::common_type<etape::dual<T, N>, S>
{
    using type = etape::dual<T, N>;
};
template <class S, class T, std::size_t N>
    requires std::is_arithmetic_v<S>
struct std::common_type<S, etape::dual<T, N>>
{
    using type = etape::dual<T, N>;
};
