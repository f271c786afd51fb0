// SPDX-License-Identifier: BSL-1.0
// Matrix products through BLAS, one statement each: matrix-matrix, matrix-vector, vector-matrix, and the dot product.
#pragma once
#include <etape/array/detach.hpp>
#include <etape/array/reductions.hpp>

namespace etape::runtime
{
    // C (m x n) = A (m x k) B (k x n), row-major; recorded when an id is given. Adjoints that are constant cost sums instead
    // of products. Copies of plain operands are made by the caller.
    struct product_operand
    {
        buffer* values = nullptr;
        std::uint32_t id = record_log::no_id;
        std::size_t rows = 1, cols = 1;
    };
    template <class T>
    buffer_ptr multiply(product_operand const& a, product_operand const& b, const std::size_t* shape, int rank, bool keep, site const& where);
    extern template buffer_ptr multiply<double>(product_operand const&, product_operand const&, const std::size_t*, int, bool, site const&);
    extern template buffer_ptr multiply<float>(product_operand const&, product_operand const&, const std::size_t*, int, bool, site const&);
}

ETAPE_BEGIN_ARCH
namespace detail
{
    template <class A, class B>
    struct product_number
    {
        using type = number_t<A>;
    };
    template <class A, class B>
        requires(!is_tracked_v<A> && is_tracked_v<B>)
    struct product_number<A, B>
    {
        using type = number_t<B>;
    };

    template <class A, class B>
    concept product_operands = is_tracked_v<A> || is_tracked_v<B> || (plain_expression<A> && plain_expression<B>);
    template <class A, class B>
    concept product_arguments = expression<std::remove_cvref_t<A>> && expression<std::remove_cvref_t<B>> &&
        product_operands<std::remove_cvref_t<A>, std::remove_cvref_t<B>>;

    // An operand as a dense row-major buffer; shared if it is a constant, borrowed when it is one already and nobody will read it later.
    template <class T, class E>
    buffer_ptr product_values(E const& e, bool kept, site const& where)
    {
        if constexpr (!is_tracked_v<E> && has_plain_memory_v<E> && !requires { e.data_handle(); })
            if constexpr (std::is_same_v<std::remove_cv_t<typename E::value_type>, T>)
            {
                source<T> s;
                std::copy(e.shape().begin(), e.shape().end(), s.shape_store);
                std::copy(e.strides().begin(), e.strides().end(), s.stride_store);
                s.set_memory(e.data() + e.data_offset(), static_cast<int>(e.dimension()), nullptr, false, 0);
                if (!kept && s.dense)
                    return make_borrowed<T>(s.data, s.shape_store, s.rank);
                auto copy = runtime::copy_dense(s);
                if (kept)
                    runtime::thread.log->copied_bytes += copy->bytes;
                return copy;
            }
        return evaluate<T>(e, where);
    }
    template <class E>
    std::uint32_t product_id(buffer& b, bool single)
    {
        if constexpr (is_tracked_v<E>)
            return runtime::thread.recording ? runtime::thread.log->id_of(b, single) : record_log::no_id;
        else
            return record_log::no_id;
    }
}

// a @ b for ranks (2,2), (2,1), (1,2) and (1,1); a number for (1,1). A tensor or variable<T> when an operand is tracked, otherwise a
// constant or T. A plain array that the sweep will read is copied (use constant or borrow to share it). Costs one product, and up to
// two in the sweep. Throws shape_error when the inner extents differ.
template <class X, class Y>
    requires detail::product_arguments<X, Y>
auto matmul(X&& a, Y&& b, site const& where = site::current())
{
    using A = std::remove_cvref_t<X>;
    using B = std::remove_cvref_t<Y>;
    const detail::last_use<X> a_ends{a};
    const detail::last_use<Y> b_ends{b};
    using T = typename detail::product_number<A, B>::type;
    constexpr auto NA = detail::static_rank_v<A>;
    constexpr auto NB = detail::static_rank_v<B>;
    static_assert((NA == 1 || NA == 2) && (NB == 1 || NB == 2),
                  "etape: matmul takes operands of rank 1 or 2, known at compile time: name it as a tensor<double, 2> first (xt::eye, for example, "
                  "does not say its rank)");
    if constexpr (NA == 1 && NB == 1)
    {
        if (a.shape()[0] != b.shape()[0])
        {
            // One that was moved from has the extent 0: the error of that.
            if constexpr (requires { a.data_or_null(); })
                static_cast<void>(a.data_handle());
            if constexpr (requires { b.data_or_null(); })
                static_cast<void>(b.data_handle());
            throw_shape_error("matmul", "inner extents " + std::to_string(a.shape()[0]) + " and " + std::to_string(b.shape()[0]), "equal ones");
        }
        if constexpr (detail::is_tracked_v<A> || detail::is_tracked_v<B>)
            return etape::sum(a * b, where);  // qualified: lookup by argument would find xt::sum too
        else
            return static_cast<T>(xt::sum(a * b)());
    }
    else
    {
        constexpr bool single = sizeof(T) == sizeof(float);
        // First the tracked operands: whether they have a number decides what must be kept.
        buffer_ptr va, vb;
        if constexpr (detail::is_tracked_v<A>)
            va = detail::evaluate<T>(a, where);
        if constexpr (detail::is_tracked_v<B>)
            vb = detail::evaluate<T>(b, where);
        runtime::product_operand oa, ob;
        if (va)
            oa.id = detail::product_id<A>(*va, single);
        if (vb)
            ob.id = detail::product_id<B>(*vb, single);
        const bool keep = oa.id != record_log::no_id || ob.id != record_log::no_id;
        if constexpr (!detail::is_tracked_v<A>)
            va = detail::product_values<T>(a, keep, where);
        if constexpr (!detail::is_tracked_v<B>)
            vb = detail::product_values<T>(b, keep, where);
        oa.values = va.get();
        ob.values = vb.get();
        oa.rows = NA == 2 ? va->shape[0] : 1;
        oa.cols = NA == 2 ? va->shape[1] : va->shape[0];
        ob.rows = vb->shape[0];
        ob.cols = NB == 2 ? vb->shape[1] : 1;
        if (oa.cols != ob.rows)
            throw_shape_error("matmul", "shapes " + shape_text(va->shape, va->rank) + " and " + shape_text(vb->shape, vb->rank),
                              "equal inner extents");
        std::size_t shape[2];
        int rank = 0;
        if constexpr (NA == 2)
            shape[rank++] = oa.rows;
        if constexpr (NB == 2)
            shape[rank++] = ob.cols;
        auto c = runtime::multiply<T>(oa, ob, shape, rank, keep, where);
        if constexpr (!detail::is_tracked_v<A> && !detail::is_tracked_v<B>)
        {
            c->role = buffer_role::plain;
            return constant<T, NA + NB - 2>(std::move(c));
        }
        else
        {
            if (!keep)
            {
                source<T> s[2];
                s[0].set_handle(va.get(), detail::is_tracked_v<A>);
                s[1].set_handle(vb.get(), detail::is_tracked_v<B>);
                detail::note_lost_history<T>(*c, s, 2, "matmul", where);
            }
            return tensor<T, NA + NB - 2>(std::move(c));
        }
    }
}

// The dot product for two vectors, otherwise matmul.
template <class X, class Y>
    requires detail::product_arguments<X, Y>
auto dot(X&& a, Y&& b, site const& where = site::current())
{
    return etape::matmul(std::forward<X>(a), std::forward<Y>(b), where);
}
ETAPE_END_ARCH
