// SPDX-License-Identifier: BSL-1.0
// The loop of an elementwise function over arrays that broadcast: values and partials on SIMD dual lanes.
#pragma once
#include <algorithm>
#include <array>
#include <utility>

#include <etape/api/detail/arguments.hpp>
#include <etape/array/source.hpp>
#include <etape/dual/lanes.hpp>

ETAPE_BEGIN_ARCH
namespace detail
{
    // How an argument is walked along the loop of the result.
    template <class T>
    struct mapped_operand
    {
        const T* data = nullptr;
        T number = 0;
        std::array<std::ptrdiff_t, max_rank> strides{};
    };
    struct mapped_loop
    {
        int rank = 0;
        std::size_t shape[max_rank];
        std::size_t rows = 1, length = 1;  // of the last dimension, or of everything where all shapes are one

        // f(row, offsets of the operands in their arrays)
        template <std::size_t K, class Operands, class F>
        void each_row(Operands const& operands, F&& f) const
        {
            std::array<std::ptrdiff_t, K> at{};
            std::size_t index[max_rank] = {};
            for (std::size_t r = 0; r < rows; ++r)
            {
                f(r, at);
                for (int k = rank - 2; k >= 0; --k)
                {
                    const bool carry = ++index[k] == shape[k];
                    for (std::size_t j = 0; j < K; ++j)
                        at[j] += operands[j].strides[static_cast<std::size_t>(k)] *
                                 (carry ? -static_cast<std::ptrdiff_t>(shape[k] - 1) : std::ptrdiff_t{1});
                    if (!carry)
                        break;
                    index[k] = 0;
                }
            }
        }
    };

    template <class X>
    inline constexpr std::size_t rank_of_held = 0;
    template <class T, std::size_t N>
    inline constexpr std::size_t rank_of_held<tensor<T, N>> = N;
    template <class T, std::size_t N>
    inline constexpr std::size_t rank_of_held<constant<T, N>> = N;
    template <class X>
    struct number_of_held
    {
        using type = void;
    };
    template <template <class, std::size_t> class H, class T, std::size_t N>
        requires requires { leaf_type<H<T, N>>::rank; }
    struct number_of_held<H<T, N>>
    {
        using type = T;
    };
    template <class F, class T, class... X>
    class mapping
    {
    public:
        using batch = xsimd::batch<T>;
        static constexpr std::size_t width = batch::size;
        static constexpr std::size_t arguments = sizeof...(X);
        static constexpr std::size_t tangents = (std::size_t{has_leaves_v<X>} + ...);
        static constexpr std::size_t rank = std::max({rank_of_held<X>...});
        using number = dual<batch, tangents == 0 ? 1 : tangents>;

        mapping(F const& f, std::tuple<X...> const& xs)
            : f_(f)
            , xs_(xs)
        {
            std::array<source<T>, arguments> s;
            [&]<std::size_t... I>(std::index_sequence<I...>) { (describe(std::get<I>(xs), s[I], operands_[I]), ...); }(std::index_sequence_for<X...>{});
            loop_.rank = broadcast_shapes(s.data(), static_cast<int>(arguments), nullptr, 0, loop_.shape, "map");
            bool flat = true;
            std::size_t total = 1;
            for (int d = 0; d < loop_.rank; ++d)
                total *= loop_.shape[d];
            for (auto const& one : s)
                flat = flat && (!one.array || (one.rank == loop_.rank && std::equal(one.shape, one.shape + one.rank, loop_.shape)));
            for (std::size_t j = 0; j < arguments; ++j)
                for (int d = 0; s[j].array && d < s[j].rank; ++d)
                    operands_[j].strides[static_cast<std::size_t>(loop_.rank - s[j].rank + d)] = s[j].shape[d] == 1 ? 0 : s[j].strides[d];
            std::copy_n(loop_.shape, loop_.rank, shape_);
            if (flat)
            {
                loop_.rank = 1;
                loop_.shape[0] = total;
                for (std::size_t j = 0; j < arguments; ++j)
                    operands_[j].strides = {s[j].array ? std::ptrdiff_t{1} : std::ptrdiff_t{0}};
            }
            loop_.length = loop_.rank == 0 ? 1 : loop_.shape[loop_.rank - 1];
            loop_.rows = loop_.length == 0 ? 0 : total / loop_.length;
        }

        const std::size_t* shape() const noexcept
        {
            return shape_;
        }
        mapped_loop const& loop() const noexcept
        {
            return loop_;
        }
        auto const& operands() const noexcept
        {
            return operands_;
        }

        // The values, and the partials in arrays of the result's shape (null: not wanted).
        void run(T* values, std::array<T*, tangents> const& partials) const
        {
            loop_.template each_row<arguments>(operands_, [&](std::size_t r, std::array<std::ptrdiff_t, arguments> const& at)
                {
                    for (std::size_t i = 0; i < loop_.length; i += width)
                    {
                        const std::size_t some = std::min(width, loop_.length - i), to = r * loop_.length + i;
                        runtime::each_path(static_cast<unsigned>(some), [&](auto&& done)
                            {
                                batch out[1 + (tangents == 0 ? 1 : tangents)];
                                lanes(at, i, some, out, std::index_sequence_for<X...>{});
                                const auto which = done();
                                for (std::size_t l = 0; l <= tangents; ++l)
                                {
                                    T* const p = l == 0 ? values : partials[l == 0 ? 0 : l - 1];
                                    if (p != nullptr)
                                        keep(p + to, out[l], some, which);
                                }
                            });
                    }
                });
        }

    private:
        template <class A>
        static void describe(A const& x, source<T>& s, mapped_operand<T>& o)
        {
            if constexpr (rank_of_held<A> != 0)
            {
                s.set_handle(x.data_handle().get(), has_leaves_v<A>);
                o.data = s.data;
            }
            else
            {
                if constexpr (is_scalar_variable_v<A>)
                    o.number = x.value();
                s.set_number(o.number);
            }
        }
        static void keep(T* to, batch const& v, std::size_t some, std::uint64_t which)
        {
            if (which == (some >= 64 ? ~std::uint64_t{0} : (std::uint64_t{1} << some) - 1))
                return some == width ? lane::store(to, v) : lane::store_partial(to, v, some);
            for (std::size_t l = 0; l < some; ++l)
                if ((which >> l & 1u) != 0)
                    to[l] = v.get(l);
        }
        template <std::size_t... I>
        ETAPE_FLATTEN ETAPE_NOINLINE void lanes(std::array<std::ptrdiff_t, arguments> const& at, std::size_t i, std::size_t some, batch* out,
                                                std::index_sequence<I...>) const
        {
            const auto argument = [&]<std::size_t J>() __attribute__((always_inline))
            {
                using A = std::tuple_element_t<J, std::tuple<X...>>;
                auto const& o = operands_[J];
                if constexpr (!has_leaves_v<A> && !is_constant_array_v<A>)
                    return std::get<J>(xs_);
                else
                {
                    batch v(o.number);
                    if (o.data != nullptr)
                    {
                        const T* from = o.data + at[J];
                        const bool moves = loop_.rank != 0 && o.strides[static_cast<std::size_t>(loop_.rank - 1)] != 0;
                        v = !moves ? batch(*from) : some == width ? lane::load<batch>(from + i) : lane::load_partial<batch>(from + i, some);
                    }
                    number x(v);
                    if constexpr (has_leaves_v<A>)
                    {
                        constexpr std::size_t k = []
                        {
                            constexpr bool tracked[] = {has_leaves_v<X>...};
                            std::size_t before = 0;
                            for (std::size_t q = 0; q < J; ++q)
                                before += tracked[q];
                            return before;
                        }();
                        x.d[k] = batch(T(1));
                    }
                    return x;
                }
            };
            const auto y = f_(argument.template operator()<I>()...);
            static_assert(std::is_convertible_v<decltype(y), number>, "etape: map() needs a function that returns one number");
            const number r(y);
            out[0] = r.v;
            for (std::size_t k = 0; k < tangents; ++k)
                out[k + 1] = r.d[k];
        }

        F const& f_;
        std::tuple<X...> const& xs_;
        std::array<mapped_operand<T>, arguments> operands_;
        mapped_loop loop_;
        std::size_t shape_[max_rank];
    };
}
ETAPE_END_ARCH
