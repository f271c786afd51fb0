// SPDX-License-Identifier: BSL-1.0
// Compiled special functions on any lane: the tangent of each is its next partial derivative, computed as accurately as the value.
#pragma once

#include <cstddef>
#include <type_traits>
#include <utility>

#include <etape/rule/detail/special_values.hpp>
#include <etape/rule/pack.hpp>

ETAPE_BEGIN_ARCH
namespace lane
{
    using runtime::special_function;

    namespace detail
    {
        template <class T, class... Ts>
        ETAPE_NOINLINE T special_elements(special_function f, runtime::derivative_orders orders,
                                          T a, Ts... rest)
        {
            using S = scalar_t<T>;
            constexpr std::size_t arguments = 1 + sizeof...(Ts), width = lane_size<T>;
            const std::ptrdiff_t step[] = {1, 1, 1};
            alignas(64) S in[arguments][width];
            alignas(64) S out[width];
            const S* rows[arguments];
            std::size_t k = 0;
            const auto put = [&](const T& b)
            {
                if constexpr (is_batch_v<T>)
                {
                    b.store_aligned(in[k]);
                }
                else
                {
                    in[k][0] = b;
                }
                rows[k] = in[k];
                ++k;
            };
            put(a);
            (put(rest), ...);
            runtime::special_values(f, orders, rows, step, width, out);
            if constexpr (is_batch_v<T>)
            {
                return T::load_aligned(out);
            }
            else
            {
                return out[0];
            }
        }
    }

    // A partial derivative of F. Arguments before First are parameters: their tangents count for nothing.
    template <special_function F, std::size_t First, runtime::derivative_orders Orders, class T,
              class... Ts>
    ETAPE_ALWAYS_INLINE T special(const T& a, const Ts&... rest)
    {
        if constexpr (requires { lane_traits<T>::special(F, First, Orders, a, rest...); })
        {
            return lane_traits<T>::special(F, First, Orders, a, rest...);
        }
        else if constexpr (is_composite_v<T>)
        {
            T y(special<F, First, Orders>(a.v, rest.v...));
            const T* all[] = {&a, &rest...};
            [&]<std::size_t... J>(std::index_sequence<J...>)
            {
                ((y.d = y.d +
                      times(all[First + J]->d,
                            special<F, First, Orders + runtime::once_by(First + J)>(a.v,
                                                                                    rest.v...))),
                 ...);
            }
            (std::make_index_sequence<1 + sizeof...(Ts) - First>{});
            return y;
        }
        else
        {
            static_assert(std::is_same_v<scalar_t<T>, double> || std::is_same_v<scalar_t<T>, float>,
                          "etape: special functions are compiled for double and float");
            return detail::special_elements<T>(F, Orders, a, rest...);
        }
    }
}
ETAPE_END_ARCH
