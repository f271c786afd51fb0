// SPDX-License-Identifier: BSL-1.0
// Boost.Numeric.Odeint with states of tracked numbers, dual numbers and array variables: also controlled and dense-output steppers.
//
// States are std::vector, std::array and what else odeint takes for a range, of variable<T> or dual<T, N>; one such number; or
// variable<T, N>, an array as a whole, of which each operation of odeint is one statement:
//
//     auto stepper = make_controlled(1e-9, 1e-9, runge_kutta_dopri5<ad::variable<double, 1>>());
//     integrate_adaptive(stepper, system, x, 0.0, 1.0, 0.01);      // system(x, dxdt, t): dxdt = -rate * x;
//
// The algebra need not be named. dxdt has the shape of x when the system gets it; it may be assigned as a whole or written in parts.
//
// Derivatives are those of the computation with the steps that were taken: step size control sees values only, and that the steps
// would be others at other parameters has no part in them (the discrete adjoint with frozen steps). They differ from those of the exact
// solution by the order of the tolerance, as the values do. Finite differences of a controlled run include the change of steps and may
// jump. A rejected step stays on the tape and adds nothing, also where it met NaN.
//
// The values are computed by the same operations in the same order as in a run on plain numbers: the same bits with
// -ffp-contract=off; else the compiler chooses which products and sums to fuse.
//
// Cost: one statement for each operation of the scheme, of an array or of each number (runge_kutta4: 4 a step, runge_kutta_dopri5 with
// control: 7), and those of the system. Equal steps in little memory: revolve(), with stepper.do_step in its step.
//
// Time and a stepper's Value are plain numbers. integrate(system, x, ...) takes Value from the state: write integrate<double>(system, x, ...).
// A batch of points (variable<xsimd::batch<double>>) has its steps in common, as small as its worst lane needs. The implicit steppers
// (implicit_euler, rosenbrock4), which factorise matrices of numbers with uBLAS, are not adapted.
#pragma once
#include <array>
#include <cmath>
#include <cstddef>
#include <utility>

#include <boost/numeric/odeint/algebra/algebra_dispatcher.hpp>
#include <boost/numeric/odeint/algebra/norm_result_type.hpp>
#include <boost/numeric/odeint/algebra/vector_space_algebra.hpp>
#include <boost/numeric/odeint/stepper/controlled_runge_kutta.hpp>
#include <boost/numeric/odeint/util/copy.hpp>
#include <boost/numeric/odeint/util/is_resizeable.hpp>
#include <boost/numeric/odeint/util/resize.hpp>
#include <boost/numeric/odeint/util/same_size.hpp>
#include <boost/numeric/odeint/util/state_wrapper.hpp>
#include <boost/numeric/odeint/util/unit_helper.hpp>

#include <etape/array/variable.hpp>
#include <etape/dual/number_functions.hpp>
#include <etape/scalar/operators.hpp>

ETAPE_BEGIN_ARCH
namespace detail
{
    // Numbers whose derivative step size control must not see.
    template <class T>
    concept differentiated_number = is_scalar_variable_v<T> || is_dual_v<T>;
    // Their values: a floating-point number, or a SIMD batch of such.
    template <class T>
    auto value_under(T const& x)
    {
        if constexpr (is_scalar_variable_v<T>)
            return value_under(x.value());
        else if constexpr (is_dual_v<T>)
            return value_under(x.v);
        else
            return x;
    }
    // The values of an array, without a note on the tape: they go into step sizes only.
    template <class T, std::size_t N>
    constant<T, N> value_under(variable<T, N> const& x)
        requires(N > 0)
    {
        return constant<T, N>(make_alias<T>(*x.data_handle()));
    }

    template <class T>
    using scalar_under_t = lane::scalar_t<decltype(value_under(std::declval<T const&>()))>;

    // What odeint computes norms with, as `init = max(init, abs(x))` for all x: a number that looks at values. Like std::max it passes
    // over NaN. Of a batch it takes the largest lane.
    template <class T>
    class largest_value
    {
    public:
        template <class X>
        explicit largest_value(X const& x)
            : value_(of(x))
        {
        }
        operator T() const
        {
            return value_;
        }
        friend largest_value max(largest_value const& a, largest_value const& b)
        {
            return a.value_ < b.value_ ? b : a;
        }
        template <class X>
        friend largest_value max(largest_value const& a, X const& x)
        {
            return max(a, largest_value(x));
        }

    private:
        template <class X>
        static T of(X const& x)
        {
            if constexpr (is_scalar_expression_v<X>)
                return of(x.value());
            else if constexpr (differentiated_number<X>)
                return of(value_under(x));
            else if constexpr (lane::is_batch_v<X>)
            {
                T most(0);
                for (std::size_t i = 0; i < X::size; ++i)
                    if (const T lane = x.get(i); most < lane)
                        most = lane;
                return most;
            }
            else
                return static_cast<T>(x);
        }

        T value_;
    };
    template <class T>
    largest_value<scalar_under_t<T>> norm_of(T const& x)
    {
        using std::abs;
        return largest_value<scalar_under_t<T>>(abs(value_under(x)));
    }
    template <class T, std::size_t N>
    largest_value<T> norm_of(variable<T, N> const& x)
        requires(N > 0)
    {
        largest_value<T> most(0);
        const T* const values = x.data_handle()->template data<T>();
        for (std::size_t i = 0; i < x.data_handle()->size; ++i)
            most = max(most, std::abs(values[i]));
        return most;
    }
}
ETAPE_END_ARCH

namespace boost::numeric::odeint
{
    // ---- numbers: error estimates see their values, and are constants ----
    template <class T, std::size_t N>
    struct detail::get_unit_value_impl<etape::variable<T, N>>
    {
        using result_type = decltype(etape::detail::value_under(std::declval<etape::variable<T, N> const&>()));
        static result_type value(etape::variable<T, N> const& x)
        {
            return etape::detail::value_under(x);
        }
    };
    template <class T, std::size_t N>
    struct detail::get_unit_value_impl<etape::dual<T, N>>
    {
        using result_type = decltype(etape::detail::value_under(std::declval<etape::dual<T, N> const&>()));
        static result_type value(etape::dual<T, N> const& x)
        {
            return etape::detail::value_under(x);
        }
    };
    template <class T, std::size_t N, class V>
    struct detail::set_unit_value_impl<etape::variable<T, N>, V>
    {
        static void set_value(etape::variable<T, N>& x, V const& v)
        {
            if constexpr (N == 0)
                x = etape::variable<T, 0>(etape::detail::with_tag{}, etape::detail::constant_number<T>(v), 0);
            else
                x = etape::variable<T, N>(v, false);
        }
    };
    template <class T, std::size_t N, class V>
    struct detail::set_unit_value_impl<etape::dual<T, N>, V>
    {
        static void set_value(etape::dual<T, N>& x, V const& v)
        {
            x = etape::dual<T, N>(T(v));
        }
    };

    // ---- ranges of numbers ----
    template <class S>
        requires(etape::detail::differentiated_number<typename S::value_type>)
    struct norm_result_type<S, void>
    {
        using type = etape::detail::largest_value<etape::detail::scalar_under_t<typename S::value_type>>;
    };

    // odeint copies its temporaries before they have a value; dual numbers do not begin as zero.
    template <class T, std::size_t N, std::size_t K>
    struct state_wrapper<std::array<etape::dual<T, N>, K>, void>
    {
        using state_wrapper_type = state_wrapper;
        std::array<etape::dual<T, N>, K> m_v{};
    };
    template <class T, std::size_t N>
    struct state_wrapper<etape::dual<T, N>, void>
    {
        using state_wrapper_type = state_wrapper;
        etape::dual<T, N> m_v{};
    };

    // ---- a number or an array as the state ----
    template <class T, std::size_t N>
    struct algebra_dispatcher<etape::variable<T, N>>
    {
        using algebra_type = vector_space_algebra;
    };
    template <class T, std::size_t N>
    struct algebra_dispatcher<etape::dual<T, N>>
    {
        using algebra_type = vector_space_algebra;
    };
    template <class S>
        requires(etape::detail::differentiated_number<S>)
    struct vector_space_norm_inf<S, void>
    {
        using result_type = decltype(etape::detail::norm_of(std::declval<S const&>()));
        result_type operator()(S const& x) const
        {
            return etape::detail::norm_of(x);
        }
    };
    template <class T, std::size_t N>
        requires(N > 0)
    struct vector_space_norm_inf<etape::variable<T, N>, void>
    {
        using result_type = etape::detail::largest_value<T>;
        result_type operator()(etape::variable<T, N> const& x) const
        {
            return etape::detail::norm_of(x);
        }
    };

    // Stages start in the shape of the state, so that a system may write parts of dxdt.
    template <class T, std::size_t N>
        requires(N > 0)
    struct is_resizeable<etape::variable<T, N>> : boost::true_type
    {
        using type = boost::true_type;
    };
    template <class T, std::size_t N>
        requires(N > 0)
    struct same_size_impl<etape::variable<T, N>, etape::variable<T, N>>
    {
        static bool same_size(etape::variable<T, N> const& a, etape::variable<T, N> const& b)
        {
            return a.shape() == b.shape();
        }
    };
    template <class T, std::size_t N>
        requires(N > 0)
    struct resize_impl<etape::variable<T, N>, etape::variable<T, N>>
    {
        static void resize(etape::variable<T, N>& x, etape::variable<T, N> const& like)
        {
            x = etape::variable<T, N>(xt::zeros<T>(like.shape()), false);
        }
    };
    template <class T, std::size_t N>
        requires(N > 0)
    struct copy_impl<etape::variable<T, N>, etape::variable<T, N>>
    {
        static void copy(etape::variable<T, N> const& from, etape::variable<T, N>& to)
        {
            to = from;
        }
    };

    // ---- what has no meaning here ----
    template <class T, std::size_t N, class Algebra, class Operations>
    class default_error_checker<etape::variable<T, N>, Algebra, Operations>
    {
        static_assert(etape::detail::dependent_false<T>,
                      "etape: the Value of an odeint stepper is a plain number, for its steps have no derivative: "
                      "runge_kutta_dopri5<state, double>, integrate<double>(...)");
    };
    template <class T, std::size_t N, class Algebra, class Operations>
    class default_error_checker<etape::dual<T, N>, Algebra, Operations>
    {
        static_assert(etape::detail::dependent_false<T>,
                      "etape: the Value of an odeint stepper is a plain number, for its steps have no derivative: "
                      "runge_kutta_dopri5<state, double>, integrate<double>(...)");
    };
}
