// SPDX-License-Identifier: BSL-1.0
// A part of an array computed in place: the next version of the array, and the reverse pass.
#include <etape/tape/array_nodes.hpp>

#include <algorithm>
#include <array>
#include <cmath>

namespace etape
{
    namespace
    {
        // f(pointer to a row, its length, its stride) for the rows of a loop; rank 0: one element
        template <class T, class F>
        void each_row(T* at, int rank, const std::size_t* shape, const std::ptrdiff_t* strides, F&& f)
        {
            const int inner = rank - 1;
            const std::size_t n = inner < 0 ? 1 : shape[inner];
            std::size_t rows = n == 0 ? 0 : 1;
            for (int k = 0; k < inner; ++k)
                rows *= shape[k];
            std::size_t index[max_rank] = {};
            for (; rows > 0; --rows)
            {
                f(at, n, inner < 0 ? 0 : strides[inner]);
                for (int k = inner - 1; k >= 0; --k)
                {
                    if (++index[k] < shape[k])
                    {
                        at += strides[k];
                        break;
                    }
                    index[k] = 0;
                    at -= strides[k] * static_cast<std::ptrdiff_t>(shape[k] - 1);
                }
            }
        }
        template <class T>
        void set_zero(T* at, int rank, const std::size_t* shape, const std::ptrdiff_t* strides)
        {
            each_row(at, rank, shape, strides,
                     [](T* p, std::size_t n, std::ptrdiff_t step)
                     {
                         if (step == 1)
                             std::fill_n(p, n, T(0));
                         else
                             for (std::size_t i = 0; i < n; ++i)
                                 p[static_cast<std::ptrdiff_t>(i) * step] = T(0);
                     });
        }
        template <class T>
        void gather(T* to, const T* at, int rank, const std::size_t* shape, const std::ptrdiff_t* strides)
        {
            each_row(at, rank, shape, strides,
                     [&](const T* p, std::size_t n, std::ptrdiff_t step)
                     {
                         if (step == 1)
                             to = std::copy_n(p, n, to);
                         else
                             for (std::size_t i = 0; i < n; ++i)
                                 *to++ = p[static_cast<std::ptrdiff_t>(i) * step];
                     });
        }
    }

    template <class T>
    void update_node<T>::reverse(sweep& s) const
    {
        adjoint a;
        if (!s.take(out, a))
            return;
        const int rank = kernel.rank;
        if (before == record_log::no_id)
        {
            kernel.pull(s, a.kind == adjoint_kind::dense ? a.values->template data<T>() + offset : nullptr, kernel.seed_strides, a.factor);
            return;
        }
        if (!reads_old)
        {
            kernel.pull(s, a.kind == adjoint_kind::dense ? a.values->template data<T>() + offset : nullptr, kernel.seed_strides, a.factor);
            if (!replaces)
            {
                // All of it goes on to the version before.
                if (a.kind == adjoint_kind::constant)
                    s.template contribute_constant<T>(before, a.factor);
                else
                    s.template contribute<T>(before, std::move(a.values), a.factor);
                return;
            }
        }
        // What the kernel hands back goes into the same memory that its seed comes from: the seed is copied first.
        std::array<T, 256> small;
        buffer_ptr large;
        T* seed = small.data();
        std::ptrdiff_t strides[max_rank];
        const double factor = a.factor;
        if (reads_old && a.kind == adjoint_kind::dense)
        {
            std::size_t n = 1;
            for (int k = rank - 1; k >= 0; --k)
            {
                strides[k] = static_cast<std::ptrdiff_t>(n);
                n *= kernel.shape[k];
            }
            if (n > small.size())
            {
                large = make_buffer<T>(&n, 1);
                seed = large->template data<T>();
            }
            gather(seed, static_cast<const T*>(a.values->template data<T>()) + offset, rank, kernel.shape, kernel.seed_strides);
        }
        const bool constant = a.kind == adjoint_kind::constant;
        if (constant && !replaces)
            s.template contribute_constant<T>(before, factor);
        else if (!replaces)
            s.template contribute<T>(before, std::move(a.values), factor);
        else
        {
            // The part was overwritten and passes nothing; a factor stays a factor, unless it would turn the zeros into NaN.
            if (constant || !a.values.sole() || !std::isfinite(a.factor))
                s.template make_unique_dense<T>(a, out);
            set_zero(a.values->template data<T>() + offset, rank, kernel.shape, kernel.seed_strides);
            s.template contribute<T>(before, std::move(a.values), a.factor);
        }
        if (reads_old)
            kernel.pull(s, constant ? nullptr : seed, strides, factor);
    }
    template <class T>
    void update_node<T>::edges(std::size_t, std::vector<edge>& to) const
    {
        if (before != record_log::no_id)
        {
            edge e;
            e.id = before;
            to.push_back(e);
        }
        kernel.edges(0, to);
    }

    template struct update_node<double>;
    template struct update_node<float>;
}
