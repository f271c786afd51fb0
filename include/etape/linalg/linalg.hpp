// SPDX-License-Identifier: BSL-1.0
// Linear algebra in the shape of xt::linalg and NumPy: solve, inv, det, slogdet, cholesky, eigh, qr, lstsq, expm, ...
#pragma once
#include <utility>

#include <etape/linalg/active_matrix.hpp>
#include <etape/linalg/matmul.hpp>

ETAPE_BEGIN_ARCH
namespace detail
{
    template <class X>
    concept matrix_operand = expression<std::remove_cvref_t<X>>;
    template <class X>
    inline constexpr auto operand_rank_v = static_rank_v<std::remove_cvref_t<X>>;

    // A call of linear algebra with operands X&&: dense and row-major, and what becomes of the results. Of float or double, as the tracked
    // operand if there is one.
    template <class... X>
    class matrix_call
    {
        template <class A, class B = A>
        struct number_of : product_number<std::remove_cvref_t<A>, std::remove_cvref_t<B>>
        {
        };

    public:
        using T = typename number_of<X...>::type;
        static_assert(std::is_floating_point_v<T>, "etape: linalg takes matrices of double or float, and expressions of variables of them");
        static constexpr bool tracked = (is_tracked_v<std::remove_cvref_t<X>> || ...);
        static constexpr bool single = sizeof(T) == sizeof(float);

        matrix_call(const char* name, site const& where, std::remove_reference_t<X>&... x)
            : call_{name, where}
        {
            // First the tracked ones: whether they have a number decides whether plain ones are kept.
            std::size_t j = 0;
            (take<true>(std::as_const(x), j++), ...);
            bool kept = false;
            for (auto const& o : operands_)
                kept = kept || o.tracked();
            j = 0;
            (take<false>(std::as_const(x), j++, kept), ...);
            (give_up<X>(x), ...);
        }
        linalg_call const& call() const noexcept
        {
            return call_;
        }
        active const& operator[](std::size_t j) const noexcept
        {
            return operands_[j];
        }
        // Recorded or not, as the caller gets it: a tensor or variable<T>, of plain operands alone a constant or a number.
        template <std::size_t N>
        auto result(active r) const
        {
            if constexpr (N == 0)
                return number(r);
            else
            {
                auto& b = *r.values;
                b.made = call_.where;
                b.role = tracked ? buffer_role::result : buffer_role::plain;
                if constexpr (!tracked)
                    return constant<T, N>(std::move(r.values));
                else
                {
                    if (!r.tracked())
                        with_sources([&](source<T> const* s, int n) { note_lost_history<T>(b, s, n, call_.name, call_.where); });
                    return tensor<T, N>(std::move(r.values));
                }
            }
        }

    private:
        template <bool Tracked, class E>
        void take(E const& e, std::size_t j, [[maybe_unused]] bool kept = false)
        {
            // Only matrices come without a rank (check_matrix, check_right_hand_side).
            if constexpr (Tracked == is_tracked_v<E> && static_rank_v<E> == dynamic_rank)
                check_rank(call_.name, static_cast<int>(e.dimension()), 2);
            if constexpr (Tracked && is_tracked_v<E>)
                operands_[j] = primitive::of(evaluate<T>(e, call_.where), single);
            else if constexpr (!Tracked && !is_tracked_v<E>)
                operands_[j] = primitive::constant(product_values<T>(e, kept, call_.where), single);
        }
        auto number(active const& r) const
        {
            const T v = static_cast<T>(r.number);
            if constexpr (!tracked)
                return v;
            else if (r.tracked())
                return variable<T, 0>(with_tag{}, v, runtime::thread.log->template scalars<T>().base + r.id);
            else
                return with_sources([&](source<T> const* s, int n) { return lost_history<T>(v, s, n, call_.name, call_.where); });
        }
        template <class F>
        auto with_sources(F&& f) const
        {
            source<T> s[sizeof...(X)];
            constexpr bool is_tracked[] = {is_tracked_v<std::remove_cvref_t<X>>...};
            for (std::size_t j = 0; j < sizeof...(X); ++j)
                s[j].set_handle(operands_[j].values.get(), is_tracked[j]);
            return f(s, static_cast<int>(sizeof...(X)));
        }

        linalg_call call_;
        active operands_[sizeof...(X)];
    };

    // The rank of a matrix may be one that only its values say, as of k + xt::eye<double>(n): no result's rank depends on it.
    template <class X>
    constexpr void check_matrix()
    {
        static_assert(operand_rank_v<X> == 2 || operand_rank_v<X> == dynamic_rank, "etape: linalg takes matrices: expressions of rank 2");
    }
    // That of a right-hand side is the rank of the result.
    template <class X>
    constexpr void check_right_hand_side()
    {
        static_assert(operand_rank_v<X> == 1 || operand_rank_v<X> == 2,
                      "etape: linalg takes right-hand sides of rank 1 or 2, known at compile time: name it as a tensor<double, 2> first "
                      "(xt::eye, for example, does not say its rank)");
    }
}

// Values by LAPACK; one statement on the tape for each result, differentiated in every mode and to every order. Operands: tracked arrays and
// expressions, and plain ones of the same precision, which the tape copies if the sweep will read them (constant and borrow share them). Results
// are tensors and variable<T>; of plain operands alone, constants and numbers. All throw shape_error for shapes that do not fit, and where it
// is said linalg_error. Costs for n x n matrices: O(n^3) for the value, and the same for each derivative; a factorisation is made once and
// shared by its derivatives. A matrix may be an expression whose type does not say its rank, such as k + 1e-6 * xt::eye<double>(n) (shape_error
// unless it is 2); the type of a right-hand side must say it.
namespace linalg
{
    using etape::dot;
    using etape::matmul;
    using primitive::triangle;

    // a^-1. linalg_error: a is singular. solve() is more accurate and faster where the inverse is only multiplied.
    template <detail::matrix_operand A>
    auto inv(A&& a, site const& where = site::current())
    {
        detail::check_matrix<A>();
        const detail::matrix_call<A> m("linalg::inv", where, a);
        return m.template result<2>(primitive::inverse(m[0], primitive::factorize(m[0], m.call()), m.call()));
    }

    // x with a x = b, for b of shape (n,) or (n, k). linalg_error: a is singular.
    template <detail::matrix_operand A, detail::matrix_operand B>
    auto solve(A&& a, B&& b, site const& where = site::current())
    {
        detail::check_matrix<A>();
        detail::check_right_hand_side<B>();
        const detail::matrix_call<A, B> m("linalg::solve", where, a, b);
        return m.template result<detail::operand_rank_v<B>>(
            primitive::solve(m[0], primitive::factorize(m[0], m.call()), false, m[1], m.call()));
    }

    // The determinant; its derivative, the matrix of cofactors, exists for singular matrices too. The second derivative of these and of
    // matrices that are singular up to rounding is not computed: linalg_error.
    template <detail::matrix_operand A>
    auto det(A&& a, site const& where = site::current())
    {
        detail::check_matrix<A>();
        const detail::matrix_call<A> m("linalg::det", where, a);
        return m.template result<0>(primitive::determinant(m[0], primitive::factorize(m[0], m.call()), m.call()));
    }

    // det(a) = sign exp(logabsdet), without overflow. The sign (-1, 0 or 1) is a plain number. A singular matrix has sign 0 and -inf, and
    // no derivative (linalg_error in the sweep).
    template <class T, class L>
    struct sign_and_log
    {
        T sign;
        L logabsdet;
    };
    template <detail::matrix_operand A>
    auto slogdet(A&& a, site const& where = site::current())
    {
        detail::check_matrix<A>();
        const detail::matrix_call<A> m("linalg::slogdet", where, a);
        using T = typename detail::matrix_call<A>::T;
        const auto lu = primitive::factorize(m[0], m.call());
        auto l = m.template result<0>(primitive::log_determinant(m[0], lu, m.call()));
        return sign_and_log<T, decltype(l)>{static_cast<T>(primitive::determinant_sign(*lu)), l};
    }

    // The lower triangle L with L L^T = (a + a^T)/2: a is taken for symmetric, and so is its gradient. linalg_error: not positive definite.
    template <detail::matrix_operand A>
    auto cholesky(A&& a, site const& where = site::current())
    {
        detail::check_matrix<A>();
        const detail::matrix_call<A> m("linalg::cholesky", where, a);
        return m.template result<2>(primitive::cholesky(m[0], m.call()));
    }

    // x with op(a) x = b, where of a only a triangle is read: solve_triangular(u, b, {.lower = false}); .transposed, .unit_diagonal.
    // Only that triangle has a derivative. linalg_error: a 0 on the diagonal.
    template <detail::matrix_operand A, detail::matrix_operand B>
    auto solve_triangular(A&& a, B&& b, triangle t = {}, site const& where = site::current())
    {
        detail::check_matrix<A>();
        detail::check_right_hand_side<B>();
        const detail::matrix_call<A, B> m("linalg::solve_triangular", where, a, b);
        return m.template result<detail::operand_rank_v<B>>(primitive::solve_triangular(m[0], t, m[1], m.call()));
    }
    // x with l l^T x = b, for l = cholesky(a).
    template <detail::matrix_operand L, detail::matrix_operand B>
    auto cho_solve(L&& l, B&& b, site const& where = site::current())
    {
        const auto y = solve_triangular(l, std::forward<B>(b), {}, where);
        return solve_triangular(std::forward<L>(l), y, {.lower = true, .transposed = true, .unit_diagonal = false}, where);
    }

    // (a + a^T)/2 = vectors diag(values) vectors^T, the values ascending. a is taken for symmetric, and so is its gradient. Vectors of equal
    // values have no derivative (it is infinite or NaN where an adjoint arrives); the values then have that of a symmetric function, but no
    // second derivative: it goes through the vectors, and comes out as NaN, or as numbers without meaning where values are equal up to
    // rounding, also for functions that have one, such as sum(square(values)). linalg_error: elements that are not finite.
    template <class W, class V>
    struct eigen_system
    {
        W values;
        V vectors;
    };
    template <detail::matrix_operand A>
    auto eigh(A&& a, site const& where = site::current())
    {
        detail::check_matrix<A>();
        const detail::matrix_call<A> m("linalg::eigh", where, a);
        const auto e = primitive::decompose_symmetric(m[0], m.call());
        auto w = m.template result<1>(primitive::eigenvalues(m[0], e, m.call()));
        auto v = m.template result<2>(primitive::eigenvectors(m[0], e, m.call()));
        return eigen_system<decltype(w), decltype(v)>{std::move(w), std::move(v)};
    }
    template <detail::matrix_operand A>
    auto eigvalsh(A&& a, site const& where = site::current())
    {
        detail::check_matrix<A>();
        const detail::matrix_call<A> m("linalg::eigvalsh", where, a);
        return m.template result<1>(primitive::eigenvalues(m[0], primitive::decompose_symmetric(m[0], m.call()), m.call()));
    }

    // a = q r for a of shape (m, n), m >= n: q (m, n) with orthonormal columns, r (n, n) upper triangular, of any sign on its diagonal.
    // Derivatives need full column rank (linalg_error in the sweep, also where columns depend on each other only up to rounding).
    template <class Q, class R>
    struct qr_result
    {
        Q q;
        R r;
    };
    template <detail::matrix_operand A>
    auto qr(A&& a, site const& where = site::current())
    {
        detail::check_matrix<A>();
        const detail::matrix_call<A> m("linalg::qr", where, a);
        const auto f = primitive::decompose_qr(m[0], m.call());
        auto q = m.template result<2>(primitive::qr_orthogonal(m[0], f, m.call()));
        auto r = m.template result<2>(primitive::qr_triangle(m[0], f, m.call()));
        return qr_result<decltype(q), decltype(r)>{std::move(q), std::move(r)};
    }
    // The x that minimises |a x - b|, by QR: a of shape (m, n), m >= n, of full column rank as in qr (linalg_error else).
    template <detail::matrix_operand A, detail::matrix_operand B>
    auto lstsq(A&& a, B&& b, site const& where = site::current())
    {
        detail::check_matrix<A>();
        detail::check_right_hand_side<B>();
        const detail::matrix_call<A, B> m("linalg::lstsq", where, a, b);
        return m.template result<detail::operand_rank_v<B>>(primitive::least_squares(m[0], m[1], m.call()));
    }

    template <detail::matrix_operand A>
    auto trace(A&& a, site const& where = site::current())
    {
        detail::check_matrix<A>();
        const detail::matrix_call<A> m("linalg::trace", where, a);
        return m.template result<0>(primitive::trace(m[0], m.call()));
    }
    // exp(a), the sum of a^k / k!.
    template <detail::matrix_operand A>
    auto expm(A&& a, site const& where = site::current())
    {
        detail::check_matrix<A>();
        const detail::matrix_call<A> m("linalg::expm", where, a);
        return m.template result<2>(primitive::exponential(m[0], m.call()));
    }
    // a^n; for n < 0 of the inverse (linalg_error: a is singular).
    template <detail::matrix_operand A>
    auto matrix_power(A&& a, int n, site const& where = site::current())
    {
        detail::check_matrix<A>();
        const detail::matrix_call<A> m("linalg::matrix_power", where, a);
        return m.template result<2>(primitive::power(m[0], n, m.call()));
    }
    // The matrix of the products a[i] b[j].
    template <detail::matrix_operand A, detail::matrix_operand B>
    auto outer(A&& a, B&& b, site const& where = site::current())
    {
        static_assert(detail::operand_rank_v<A> == 1 && detail::operand_rank_v<B> == 1, "etape: outer takes two vectors");
        const detail::matrix_call<A, B> m("linalg::outer", where, a, b);
        return m.template result<2>(primitive::outer(m[0], m[1], m.call()));
    }
}
ETAPE_END_ARCH
