// SPDX-License-Identifier: BSL-1.0
// NLopt on gradients from the tape: objectives, constraints, structures of arguments, and what goes wrong inside.
#include <boost/test/unit_test.hpp>

#ifdef ETAPE_TEST_WITH_NLOPT
#include <cmath>
#include <stdexcept>
#include <string>

#include <boost/hana/define_struct.hpp>

#include <etape/etape.hpp>
#include <etape/with/nlopt.hpp>

namespace
{
    namespace ad = etape;
    namespace hana = boost::hana;
    const auto near = boost::test_tools::tolerance(1e-5);

    constexpr auto rosenbrock = [](auto const& x)
    {
        const auto n = x.size();
        auto head = xt::view(x, xt::range(0, n - 1)), tail = xt::view(x, xt::range(1, n));
        return ad::variable<double>(xt::sum(100.0 * xt::square(tail - xt::square(head)) + xt::square(1.0 - head)));
    };

    struct line
    {
        BOOST_HANA_DEFINE_STRUCT(line, (ad::variable<double, 1>, slopes), (ad::variable<double>, height));
    };

    template <class Problem>
    std::string message(Problem& p)
    {
        try
        {
            p.optimize();
        }
        catch (std::exception const& e)
        {
            return e.what();
        }
        return {};
    }
}

BOOST_AUTO_TEST_SUITE(with_nlopt)

BOOST_AUTO_TEST_CASE(rosenbrock_by_lbfgs)
{
    const xt::xtensor<double, 1> start{-1.2, 1.0, -0.5, 0.8};
    ad::nlopt_problem problem(nlopt::LD_LBFGS, start);
    problem.set_min_objective(rosenbrock);
    problem.opt.set_ftol_rel(1e-14);
    const auto [x, value, why] = problem.optimize();
    BOOST_TEST(why > 0);
    BOOST_TEST(value < 1e-12);
    for (double xi : x)
        BOOST_TEST(xi == 1.0, near);
    BOOST_TEST(start(0) == -1.2);
}

BOOST_AUTO_TEST_CASE(equality_constraint_by_slsqp)
{
    // on the circle x^2 + y^2 = 1 the point (0.78641, 0.61769)
    ad::nlopt_problem problem(nlopt::LD_SLSQP, xt::xtensor<double, 1>{0.5, 0.5});
    problem.set_min_objective(rosenbrock);
    problem.add_equality_constraint([](auto const& x) { return xt::sum(x * x) - 1.0; }, 1e-10);
    problem.opt.set_xtol_rel(1e-9);
    const auto best = problem.optimize();
    BOOST_TEST(best.arguments(0) == 0.7864151542, near);
    BOOST_TEST(best.arguments(1) == 0.6176983125, near);
    BOOST_TEST(best.value == 0.0456748087, near);
}

BOOST_AUTO_TEST_CASE(several_constraints_by_one_function)
{
    // the point nearest to (1, 2, 3) with x + y + z = 1 and x = y
    ad::nlopt_problem problem(nlopt::LD_SLSQP, xt::xtensor<double, 1>{0.0, 0.0, 0.0}, 0.0);
    const xt::xtensor<double, 1> from{1.0, 2.0, 3.0};
    problem.set_min_objective([&](auto const& x, auto const& shift) { return xt::sum(xt::square(x - from)) + shift * shift; });
    const xt::xtensor<double, 2> normals{{1.0, 1.0, 1.0}, {1.0, -1.0, 0.0}};
    const xt::xtensor<double, 1> right{1.0, 0.0};
    problem.add_equality_mconstraint([&](auto const& x, auto const& shift) { return ad::matmul(normals, x) - right + shift; }, {1e-10, 1e-10});
    problem.add_inequality_mconstraint([](auto const& x, auto const& shift) { return x + shift - 5.0; }, {1e-10, 1e-10, 1e-10});
    problem.opt.set_xtol_rel(1e-10);
    problem.opt.set_upper_bounds(problem.flat(xt::xtensor<double, 1>{9.0, 9.0, 9.0}, 0.0));
    problem.opt.set_lower_bounds(problem.flat(xt::xtensor<double, 1>{-9.0, -9.0, -9.0}, 0.0));
    const auto [x, shift] = problem.optimize().arguments;
    BOOST_TEST(x(0) == -1.0 / 6, near);
    BOOST_TEST(x(1) == -1.0 / 6, near);
    BOOST_TEST(x(2) == 4.0 / 3, near);
}

BOOST_AUTO_TEST_CASE(inequality_and_bounds)
{
    // largest x y with x + 2 y <= 4 and y <= 0.5
    ad::nlopt_problem problem(nlopt::LD_MMA, 0.1, 0.1);
    problem.set_max_objective([](auto const& x, auto const& y) { return x * y; });
    problem.add_inequality_constraint([](auto const& x, auto const& y) { return x + 2.0 * y - 4.0; }, 1e-9);
    problem.opt.set_upper_bounds(problem.flat(HUGE_VAL, 0.5));
    problem.opt.set_xtol_rel(1e-8);
    const auto best = problem.optimize();
    const auto [x, y] = best.arguments;
    static_assert(std::is_same_v<decltype(x), const double>);
    BOOST_TEST(x == 3.0, near);
    BOOST_TEST(y == 0.5, near);
    BOOST_TEST(best.value == 1.5, near);
}

BOOST_AUTO_TEST_CASE(structures)
{
    const xt::xtensor<double, 2> points{{1, 2}, {3, 4}, {5, 7}};
    const xt::xtensor<double, 1> heights{1 * 0.5 - 2 * 0.25 + 2, 3 * 0.5 - 4 * 0.25 + 2, 5 * 0.5 - 7 * 0.25 + 2};
    const auto misfit = [&](auto const& slopes, auto const& height) { return xt::sum(xt::square(ad::matmul(points, slopes) + height - heights)); };
    const auto check = [&](auto& problem, auto const& slopes_of, auto const& height_of)
    {
        problem.opt.set_ftol_rel(1e-15);
        const auto best = problem.optimize();
        BOOST_TEST(slopes_of(best.arguments)(0) == 0.5, near);
        BOOST_TEST(slopes_of(best.arguments)(1) == -0.25, near);
        BOOST_TEST(height_of(best.arguments) == 2.0, near);
    };
    {
        // an adapted struct of variables comes back as such
        ad::nlopt_problem problem(nlopt::LD_LBFGS, line{{0.0, 0.0}, 0.0});
        problem.set_min_objective([&](line const& m) { return misfit(m.slopes, m.height); });
        check(
            problem, [](line const& m) { return ad::value(m.slopes); }, [](line const& m) { return m.height.value(); });
    }
    {
        ad::nlopt_problem problem(nlopt::LD_LBFGS, std::tuple(xt::xtensor<double, 1>{0.0, 0.0}, 0.0));
        problem.set_min_objective([&](auto const& m) { return misfit(std::get<0>(m), std::get<1>(m)); });
        check(
            problem, [](auto const& m) { return std::get<0>(m); }, [](auto const& m) { return std::get<1>(m); });
    }
    {
        const auto slopes = BOOST_HANA_STRING("slopes");
        const auto height = BOOST_HANA_STRING("height");
        ad::nlopt_problem problem(nlopt::LD_LBFGS,
                                  hana::make_map(hana::make_pair(slopes, xt::xtensor<double, 1>{0.0, 0.0}), hana::make_pair(height, 0.0)));
        problem.set_min_objective([&](auto const& m) { return misfit(m[slopes], m[height]); });
        check(
            problem, [&](auto const& m) { return m[slopes]; }, [&](auto const& m) { return m[height]; });
    }
}

// Inside a recording the optimum is plain, and tracked values that a function captures are refused.
BOOST_AUTO_TEST_CASE(inside_a_recording)
{
    const ad::variable<double> outer = 2.0;
    ad::tape t;
    ad::nlopt_problem problem(nlopt::LD_LBFGS, xt::xtensor<double, 1>{0.5, 0.5});
    problem.set_min_objective(rosenbrock);
    BOOST_TEST(problem.optimize().value < 1e-10);
    ad::nlopt_problem capturing(nlopt::LD_LBFGS, 0.5);
    capturing.set_min_objective([&](auto const& x) { return ad::square(x - outer); });
    BOOST_CHECK_THROW(capturing.optimize(), ad::rule_error);
    const ad::variable<double> y = outer * outer;
    BOOST_TEST(*t.gradient(y, outer) == 4.0);
}

// An algorithm without derivatives asks for none: nothing is recorded, also inside a recording.
BOOST_AUTO_TEST_CASE(without_derivatives)
{
    ad::tape t;
    const auto statements = t.statistics().statements;
    ad::nlopt_problem problem(nlopt::LN_SBPLX, xt::xtensor<double, 1>{0.5, 0.5});
    bool recorded = false;
    problem.set_min_objective(
        [&](auto const& x)
        {
            const auto before = t.statistics().statements;
            ad::variable<double> y = rosenbrock(x);
            recorded = recorded || t.statistics().statements != before;
            return y;
        });
    problem.opt.set_ftol_rel(1e-12);
    problem.opt.set_maxeval(5000);
    const auto best = problem.optimize();
    BOOST_TEST(best.value < 1e-6);
    BOOST_TEST(!recorded);
    BOOST_TEST(t.statistics().statements == statements);
}

BOOST_AUTO_TEST_CASE(what_goes_wrong_inside_comes_out)
{
    const auto start = xt::xtensor<double, 1>{0.5, 0.5};
    {
        ad::nlopt_problem problem(nlopt::LD_LBFGS, start);
        int calls = 0;
        problem.set_min_objective(
            [&](auto const& x) -> ad::variable<double>
            {
                if (++calls == 3)
                    throw std::domain_error("the third call");
                return rosenbrock(x);
            });
        BOOST_CHECK_EXCEPTION(problem.optimize(), std::domain_error, [](auto const& e) { return std::string(e.what()) == "the third call"; });
        BOOST_TEST(problem.optimize().value < 1e-8);  // and it can go on
    }
    {
        // also from a constraint
        ad::nlopt_problem problem(nlopt::LD_SLSQP, start);
        problem.set_min_objective(rosenbrock);
        problem.add_equality_constraint([](auto const& x) -> ad::variable<double> { throw std::length_error(std::to_string(x.size())); });
        BOOST_CHECK_THROW(problem.optimize(), std::length_error);
    }
    {
        ad::nlopt_problem problem(nlopt::LD_LBFGS, start);
        problem.set_min_objective(
            [](auto const& x)
            {
                const ad::variable<double, 1> y = ad::value(x);
                return xt::sum(y * y);
            });
        BOOST_CHECK_THROW(problem.optimize(), ad::missing_gradient);
    }
    {
        ad::nlopt_problem problem(nlopt::LD_SLSQP, start);
        problem.set_min_objective(rosenbrock);
        problem.add_equality_mconstraint([](auto const& x) { return x * 2.0; }, {1e-8});
        BOOST_CHECK_EXCEPTION(problem.optimize(), ad::shape_error,
                              [](auto const& e) { return std::string(e.what()).find("found (2,), expected 1 entries") != std::string::npos; });
    }
    {
        ad::nlopt_problem problem(nlopt::LD_LBFGS, start);
        BOOST_CHECK_THROW(problem.flat(xt::xtensor<double, 1>{1.0}), ad::shape_error);
        BOOST_CHECK_THROW(problem.optimize(), std::invalid_argument);  // NLopt's own: no objective
    }
}

BOOST_AUTO_TEST_CASE(a_gradient_that_is_nan_is_named)
{
    // sqrt(0 * 0) by its argument is infinite, times 0
    ad::nlopt_problem problem(nlopt::LD_LBFGS, 1.0, line{{1.0, 2.0}, 0.0});
    problem.set_min_objective([](auto const& x, line const& m) { return x * x + xt::sum(m.slopes) + ad::sqrt(m.height * m.height); });
    const auto text = message(problem);
    BOOST_TEST(text.find("the gradient of the objective with respect to argument 1.height is NaN, where its value is 4") != std::string::npos, text);

    ad::nlopt_problem arrays(nlopt::LD_LBFGS, std::vector{xt::xtensor<double, 2>{{1.0, 2.0}, {0.0, 3.0}}});
    arrays.set_min_objective([](auto const& x) { return xt::sum(xt::sqrt(x[0] * x[0])); });
    const auto place = message(arrays);
    BOOST_TEST(place.find("with respect to argument 0[0] at (1, 0) is NaN") != std::string::npos, place);
}

BOOST_AUTO_TEST_SUITE_END()
#endif
