// SPDX-License-Identifier: BSL-1.0
// The functional interface: Jacobians, Hessians, structures of arguments, plain and tracked results, errors.
#include <boost/test/unit_test.hpp>

#include <cmath>
#include <optional>
#include <string>
#include <tuple>

#include <boost/hana/adapt_struct.hpp>
#include <boost/hana/integral_constant.hpp>
#include <boost/hana/string.hpp>

#include <etape/etape.hpp>

namespace functional
{
    struct line
    {
        etape::variable<double> slope, offset;
    };
}
BOOST_HANA_ADAPT_STRUCT(functional::line, slope, offset);

namespace
{
    namespace ad = etape;
    namespace hana = boost::hana;
    using plain = xt::xtensor<double, 1>;
    using matrix = xt::xtensor<double, 2>;

    const plain x{1.0, 2.0, 3.0}, v{1.0, 0.0, -1.0};
    const auto cube = [](auto const& a) { return a * a * a; };
    const auto sum_of_cubes = [](auto const& a) { return ad::sum(a * a * a); };

    template <class A>
    bool same(A const& found, std::initializer_list<double> expected)
    {
        std::size_t i = 0;
        if (found.data_handle()->size != expected.size())
            return false;
        for (double e : expected)
            if (found.data_handle()->template data<double>()[i++] != e)
                return false;
        return true;
    }
    bool says(ad::error const& e, const char* words)
    {
        return std::string(e.what()).find(words) != std::string::npos;
    }
}

BOOST_AUTO_TEST_SUITE(functions)

BOOST_AUTO_TEST_CASE(plain_arguments_give_plain_results)
{
    const auto g = ad::grad(cube)(2.0);
    static_assert(std::is_same_v<decltype(g), const double>);
    BOOST_TEST(g == 12.0);
    const auto [value, gradient] = ad::value_and_grad(sum_of_cubes)(x);
    static_assert(std::is_same_v<std::remove_cvref_t<decltype(gradient)>, ad::constant<double, 1>>);
    BOOST_TEST(value == 36.0);
    BOOST_TEST(same(gradient, {3, 12, 27}));
    const xt::xtensor<double, 1> step = x - 0.5 * gradient;
    BOOST_TEST(step(1) == -4.0);
}

BOOST_AUTO_TEST_CASE(tracked_arguments_give_tracked_results)
{
    const ad::variable<double, 1> a(x);
    ad::tape t;
    const auto g = ad::grad(sum_of_cubes)(a);
    static_assert(std::is_same_v<std::remove_cvref_t<decltype(g)>, ad::tensor<double, 1>>);
    BOOST_TEST(same(g, {3, 12, 27}));
    BOOST_TEST(same(*t.gradient(ad::sum(g), a), {6, 12, 18}));
}

BOOST_AUTO_TEST_CASE(several_arguments_give_a_tuple)
{
    const auto f = [](auto const& a, auto const& s) { return ad::sum(a * a) * s; };
    const auto [ga, gs] = ad::grad(f)(x, 2.0);
    BOOST_TEST(same(ga, {4, 8, 12}));
    BOOST_TEST(gs == 14.0);
}

BOOST_AUTO_TEST_CASE(structures_of_arguments)
{
    const auto of_tuple = [](auto const& p) { return ad::sum(std::get<0>(p) * std::get<1>(p)); };
    const auto g = ad::grad(of_tuple)(std::tuple(x, 2.0));
    BOOST_TEST(same(std::get<0>(g), {2, 2, 2}));
    BOOST_TEST(std::get<1>(g) == 6.0);

    const auto w = hana::make_map(hana::make_pair(hana::int_c<0>, x), hana::make_pair(hana::int_c<1>, 3.0));
    const auto of_map = [](auto const& p) { return ad::sum(p[hana::int_c<0>] * p[hana::int_c<1>]); };
    BOOST_TEST(ad::grad(of_map)(w)[hana::int_c<1>] == 6.0);

    const auto of_struct = [](functional::line const& l) { return (l.slope * 3.0 + l.offset) * l.slope; };
    const auto gl = ad::grad(of_struct)(functional::line{2.0, 5.0});
    BOOST_TEST(gl[BOOST_HANA_STRING("slope")].value() == 17.0);
    BOOST_TEST(gl[BOOST_HANA_STRING("offset")].value() == 2.0);

    const auto of_vector = [](auto const& p) { return p[0] * p[1] * p[1]; };
    const auto gv = ad::grad(of_vector)(std::vector<double>{2.0, 3.0});
    BOOST_TEST((gv[0] == 9.0 && gv[1] == 12.0));
}

BOOST_AUTO_TEST_CASE(what_the_function_sees_otherwise_is_not_its_argument)
{
    ad::variable<double> a = 3.0;
    ad::tape t;
    const auto g = ad::grad([&](auto const& b) { return a * b; })(a);
    BOOST_TEST(g.value() == 3.0);
    BOOST_TEST(*t.gradient(g, a) == 1.0);
}

BOOST_AUTO_TEST_CASE(a_function_that_does_not_depend_has_gradient_zero)
{
    BOOST_TEST(ad::grad([](auto const&) { return 7.0; })(2.0) == 0.0);
    BOOST_TEST(ad::grad([](auto const& a) { return ad::stop_gradient(a) * 2.0; })(2.0) == 0.0);
    BOOST_TEST(ad::grad(ad::grad([](auto const& a) { return 3.0 * a; }))(2.0) == 0.0);
    BOOST_TEST(same(ad::grad([](auto const&) { return 7.0; })(x), {0, 0, 0}));
}

BOOST_AUTO_TEST_CASE(a_lost_path_is_an_error)
{
    const auto f = [](auto const& a) { return ad::sum(ad::value(a) * a * 0.0 + ad::value(a)); };
    BOOST_TEST(same(ad::grad(f)(x), {0, 0, 0}));
    const auto lost = [](auto const& a) { const ad::variable<double, 1> again(ad::value(a)); return ad::sum(again * again); };
    BOOST_CHECK_EXCEPTION(ad::grad(lost)(x), ad::missing_gradient, [](auto const& e) { return says(e, "escaped"); });
}

BOOST_AUTO_TEST_CASE(the_pullback)
{
    const auto pull = ad::vjp(cube, x);
    BOOST_TEST(same(pull.value(), {1, 8, 27}));
    BOOST_TEST(same(pull(v), {3, 0, -27}));
    BOOST_TEST(same(pull(x), {3, 24, 81}));
    BOOST_CHECK_EXCEPTION(pull(plain{1.0, 2.0}), ad::shape_error, [](auto const& e) { return says(e, "(2,)") && says(e, "(3,)"); });
}

BOOST_AUTO_TEST_CASE(jacobians_by_both_modes)
{
    const auto f = [](auto const& a) { return a * ad::sum(a); };  // s I + x 1'
    for (auto const& j : {ad::jacobian(f)(x), ad::jacrev(f)(x), ad::jacfwd(f)(x)})
        BOOST_TEST(same(j, {7, 1, 1, 2, 8, 2, 3, 3, 9}));
    const matrix m{{1.0, 2.0, 3.0}, {4.0, 5.0, 6.0}};
    const auto rows = [](auto const& a) { return ad::sum(a * a, {1}); };
    const auto r = ad::jacrev(rows)(m), g = ad::jacfwd(rows)(m);
    static_assert(std::is_same_v<std::remove_cvref_t<decltype(r)>, ad::constant<double, 3>>);
    BOOST_TEST(same(r, {2, 4, 6, 0, 0, 0, 0, 0, 0, 8, 10, 12}));
    BOOST_TEST(same(g, {2, 4, 6, 0, 0, 0, 0, 0, 0, 8, 10, 12}));
    // more results than inputs: by forward mode
    BOOST_TEST(same(ad::jacobian([](auto const& s) { return s * x; })(2.0), {1, 2, 3}));
    BOOST_TEST(same(ad::jacobian(sum_of_cubes)(x), {3, 12, 27}));
    BOOST_TEST(ad::jacobian(cube)(2.0) == 12.0);
}

BOOST_AUTO_TEST_CASE(jacobians_on_a_tape)
{
    const ad::variable<double, 1> a(x), b(v);
    const ad::variable<double> s = 2.0;
    ad::tape t(true);
    const auto y = a * s;
    const auto [ja, js, jb] = t.jacobian(y, std::tuple(a, s, b));
    BOOST_TEST(same(*ja, {2, 0, 0, 0, 2, 0, 0, 0, 2}));
    BOOST_TEST(same(*js, {1, 2, 3}));
    BOOST_TEST((jb.why() == ad::reason::unconnected));
    BOOST_TEST(jb.value_or_zero().size() == 9u);
    BOOST_TEST(*t.jacobian(s * s, s) == 4.0);
    // a tape that is not persistent gives all rows at once
    ad::tape once;
    const ad::tensor<double, 1> z = a * a;
    BOOST_TEST(same(*once.jacobian(z, a), {2, 0, 0, 0, 4, 0, 0, 0, 6}));
    BOOST_TEST((once.jacobian(z, a).why() == ad::reason::tape_consumed));
}

BOOST_AUTO_TEST_CASE(degenerate_jacobian_1_0_to_1_0_0)
{
    const xt::xtensor<double, 2> one_by_none = xt::zeros<double>({1, 0});
    const auto j = ad::jacobian([](auto const& a) { return a * 2.0; })(one_by_none);
    BOOST_TEST((j.shape(0) == 1 && j.shape(1) == 0 && j.shape(2) == 1 && j.shape(3) == 0));
    const auto rows = ad::batch_jacobian([](auto const& a) { return a * 2.0; })(one_by_none);
    BOOST_TEST(rows.dimension() == 3u);
    BOOST_TEST((rows.shape(0) == 1 && rows.shape(1) == 0 && rows.shape(2) == 0));
}

BOOST_AUTO_TEST_CASE(blocks_of_seeds_over_scalar_statements)
{
    // y_i = x_i sin(x_{i+1}) + i c, and sqrt at 0, whose infinite slope no seed of 0 may reach
    const auto f = [](auto const& a, auto const& c)
    {
        const std::size_t n = a.size();
        auto y = xt::xtensor<ad::variable<double>, 1>::from_shape({n});
        for (std::size_t i = 0; i < n; ++i)
            y(i) = i + 1 == n ? ad::variable<double>(sqrt(a(0) * 0.0 + 4.0)) : ad::variable<double>(a(i) * sin(a(i + 1)) + c * static_cast<double>(i));
        return ad::variable<double, 1>(y);
    };
    for (std::size_t n : {2u, 3u, 4u, 9u, 10u, 17u, 18u, 40u})
    {
        xt::xtensor<double, 1> at = xt::linspace<double>(0.5, 2.0, n);
        const auto [ja, jc] = ad::jacrev(f)(at, 3.0);
        const auto forward = ad::jacfwd(f)(at, 3.0);
        ad::variable<double, 1> a(at);
        ad::variable<double> c = 3.0;
        ad::tape t;
        const ad::variable<double, 1> y = f(a, c);
        const auto [ta, tc] = t.jacobian(y, std::tuple(a, c));
        BOOST_TEST(!t.recording());
        for (std::size_t i = 0; i < n; ++i)
        {
            const bool last = i + 1 == n;
            for (std::size_t j = 0; j < n; ++j)
            {
                const double exact = last ? 0 : j == i ? std::sin(at(i + 1)) : j == i + 1 ? at(i) * std::cos(at(i + 1)) : 0;
                BOOST_TEST(ja(i, j) == exact);
                BOOST_TEST((*ta)(i, j) == exact);
                BOOST_TEST(std::abs(std::get<0>(forward)(i, j) - exact) <= 1e-15);
            }
            BOOST_TEST(jc(i) == (last ? 0 : static_cast<double>(i)));
            BOOST_TEST((*tc)(i) == (last ? 0 : static_cast<double>(i)));
        }
    }
}

BOOST_AUTO_TEST_CASE(jacobians_of_rows)
{
    const matrix m{{1.0, 2.0}, {3.0, 4.0}, {5.0, 6.0}};
    const auto f = [](auto const& a) { return a * a; };
    BOOST_TEST(same(ad::batch_jacobian(f)(m), {2, 0, 0, 4, 6, 0, 0, 8, 10, 0, 0, 12}));
    // exactly the statement that joins the rows, also where the derivatives between rows happen to be 0
    const auto joins = [&](auto const& g, matrix const& at, const char* name)
    {
        BOOST_CHECK_EXCEPTION(ad::batch_jacobian(g)(at), ad::rule_error,
                              [&](auto const& e) { return says(e, "independent rows") && says(e, name) && says(e, "row 0 of the result"); });
    };
    const matrix mix{{1.0, 0.0, 1.0}, {0.0, 1.0, 0.0}, {0.0, 0.0, 1.0}};
    joins([&](auto const& a) { return ad::matmul(mix, a); }, m, "matmul");
    joins([](auto const& a) { return a + ad::sum(a * a); }, m, "sum");
    joins([](auto const& a) { return a * xt::view(a, xt::range(1, 2), xt::all()); }, matrix{{0.0, 0.0}, {0.0, 0.0}}, "mul");
    // rows that are put together from numbers, reduced, multiplied, or pass a rule by the user
    const auto g = [](auto const& a)
    {
        const auto cube = ad::custom_rule("cube", [](auto const& x) { return x * x * x; })
                              .vjp([](auto const& d, auto const&, auto const& x) { return d * 3.0 * x * x; });
        const ad::tensor<double, 1> lengths = ad::sum(a * a, {1});
        const ad::tensor<double, 2> turned = ad::matmul(a, xt::xtensor<double, 2>{{0.0, 1.0}, {1.0, 0.0}});
        return cube(turned) + xt::view(lengths, xt::all(), xt::newaxis()) + xt::view(a, xt::all(), xt::range(0, 1));
    };
    BOOST_TEST(same(ad::batch_jacobian(g)(m), {3, 16, 6, 4, 7, 56, 34, 8, 11, 120, 86, 12}));
    const auto by_rows = [](auto const& a)
    {
        xt::xtensor<ad::variable<double>, 2> y = xt::xtensor<ad::variable<double>, 2>::from_shape({3, 2});
        for (std::size_t i = 0; i < 3; ++i)
        {
            y(i, 0) = ad::sum(xt::view(a, i, xt::all()) * xt::view(a, i, xt::all()));
            y(i, 1) = a(i, 0) * a(i, 1);
        }
        return ad::variable<double, 2>(y);
    };
    BOOST_TEST(same(ad::batch_jacobian(by_rows)(m), {2, 4, 2, 1, 6, 8, 4, 3, 10, 12, 6, 5}));
    BOOST_CHECK_EXCEPTION(ad::batch_jacobian([](auto const& a) { return a * ad::sum(a); })(m), ad::rule_error,
                          [](auto const& e) { return says(e, "independent rows"); });
    BOOST_CHECK_EXCEPTION(ad::batch_jacobian([](auto const& a) { return xt::view(a, xt::range(0, 2), xt::all()); })(m), ad::shape_error,
                          [](auto const& e) { return says(e, "a batch of 3 rows"); });
}

// Of a function that reads values of the recording around it: they belong to no row.
BOOST_AUTO_TEST_CASE(jacobians_of_rows_inside_a_recording)
{
    const matrix base{{1.0, 2.0}, {3.0, 4.0}, {5.0, 6.0}};
    const ad::variable<double> s = 0.5;
    ad::tape t;
    const ad::tensor<double, 2> w(base * s * 4.0), m(base * s);
    ad::variable<double> many = s;
    for (int k = 0; k < 20; ++k)
        many = many * 1.0;
    const auto f = [&](auto const& a) { return ad::tensor<double, 2>(a * a * w + many * xt::view(a, xt::all(), xt::range(0, 1)) + s * w(0, 1)); };
    const auto j = ad::batch_jacobian(f)(m);
    BOOST_TEST(same(ad::value(j), {2.5, 0, 0.5, 8, 18.5, 0, 0.5, 32, 50.5, 0, 0.5, 72}));
    // 2 a w + s (twice), with a = base s, w = 4 base s
    BOOST_TEST(*t.gradient(ad::sum(j), s) == 16 * 0.5 * 91 + 6);
    // and all results of a rule to all rows that it reads
    const auto two = ad::custom_rule("two", [](auto const& a) { return std::tuple(ad::tensor<double, 2>(a * 1.0), ad::tensor<double, 2>(a * xt::view(a, xt::range(1, 2), xt::all()))); })
                         .vjp([](auto const& d, auto const&, auto const& a)
                              {
                                  const auto& [d1, d2] = d;
                                  ad::variable<double, 2> g(d1 + d2 * xt::view(a, xt::range(1, 2), xt::all()));
                                  xt::view(g, 1) += ad::sum(d2 * a, {0});
                                  return ad::tensor<double, 2>(g);
                              });
    BOOST_CHECK_EXCEPTION(ad::batch_jacobian([&](auto const& a) { return std::get<1>(two(a)); })(base), ad::rule_error,
                          [](auto const& e) { return says(e, "use jacobian()"); });
    ad::tape u;
    const ad::tensor<double, 2> again(base * s);
    const auto mixes = [&](auto const& a) { return ad::tensor<double, 2>(a * xt::view(a, xt::range(1, 2), xt::all()) * many); };
    BOOST_CHECK_EXCEPTION(ad::batch_jacobian(mixes)(again), ad::rule_error, [](auto const& e) { return says(e, "independent rows"); });
}

BOOST_AUTO_TEST_CASE(hessian_of_a_quadratic_form_is_m_plus_its_transpose)
{
    const matrix m{{1.0, 2.0, 0.0}, {5.0, -1.0, 4.0}, {0.5, 3.0, 2.0}};
    const auto f = [&](auto const& a) { return ad::matmul(a, ad::matmul(m, a)); };
    BOOST_TEST(same(ad::hessian(f)(x), {2, 7, 0.5, 7, -2, 7, 0.5, 7, 4}));
    const auto forward = ad::jacfwd(ad::grad(f))(x);
    BOOST_TEST(same(forward, {2, 7, 0.5, 7, -2, 7, 0.5, 7, 4}));
    BOOST_TEST(same(ad::hvp(f, x, v), {1.5, 0, -3.5}));
}

BOOST_AUTO_TEST_CASE(hessian_times_vector_of_several_arguments)
{
    const auto f = [](auto const& a, auto const& s) { return ad::sum(a * a) * s * s; };
    const auto [ha, hs] = ad::hvp(f, std::tuple(x, 2.0), std::tuple(v, 1.0));
    BOOST_TEST(same(ha, {2 * 4 * 1.0 + 8 * 1.0, 16.0, 2 * 4 * -1.0 + 8 * 3.0}));
    BOOST_TEST(hs == 4 * 2 * (1.0 - 3.0) * 1.0 + 2 * 14.0);
}

BOOST_AUTO_TEST_CASE(accumulators_nest)
{
    ad::variable<double> a = 2.0;
    ad::forward_accumulator outer(a, 1.0);
    ad::forward_accumulator inner(a, 1.0);
    const auto y = a * a * a;
    const auto slope = inner.jvp(y);
    BOOST_TEST(slope.value() == 12.0);
    BOOST_TEST(outer.jvp(y).value() == 12.0);
    BOOST_TEST(outer.jvp(slope).value() == 12.0);
    BOOST_TEST(inner.jvp(slope).value() == 0.0);
}

BOOST_AUTO_TEST_CASE(accumulators_asked_in_the_wrong_order)
{
    const auto refused = [](auto const& e) { return says(e, "expected outer.jvp(inner.jvp(y))") && says(e, "functional.cpp:"); };
    for (bool taped : {false, true})
    {
        ad::variable<double> a = 2.0;
        ad::variable<double, 1> b(x);
        std::optional<ad::tape> t;
        if (taped)
            t.emplace(true);
        ad::forward_accumulator outer(std::tie(a, b), std::tuple(1.0, v));
        ad::forward_accumulator inner(std::tie(a, b), std::tuple(1.0, v));
        const auto y = a * a * a;
        const ad::tensor<double, 1> z = b * b * b;
        const auto slope = outer.jvp(y);
        const auto slopes = outer.jvp(z);
        BOOST_TEST(slope.value() == 12.0);
        BOOST_TEST(same(slopes, {3, 0, -27}));
        BOOST_CHECK_EXCEPTION(inner.jvp(slope), ad::rule_error, refused);
        BOOST_CHECK_EXCEPTION(inner.jvp(slopes), ad::rule_error, refused);
        // made of it, also beside other paths
        BOOST_CHECK_EXCEPTION(inner.jvp(slope * a + a), ad::rule_error, refused);
        BOOST_CHECK_EXCEPTION(inner.jvp(ad::sum(slopes * b)), ad::rule_error, refused);
        // what is not made of it, and what is a constant on purpose, goes on
        BOOST_TEST(inner.jvp(y * a).value() == 32.0);
        BOOST_TEST(inner.jvp(ad::value(slope) * a).value() == 12.0);
        BOOST_TEST(inner.jvp(ad::stop_gradient(slope) * a).value() == 12.0);
        BOOST_TEST(outer.jvp(inner.jvp(y)).value() == 12.0);
        BOOST_TEST(same(outer.jvp(inner.jvp(z)), {6, 0, 18}));
    }
}

BOOST_AUTO_TEST_CASE(accumulators_of_several_inputs)
{
    ad::variable<double, 1> a(x);
    ad::variable<double> s = 2.0;
    ad::forward_accumulator acc(std::tie(a, s), std::tuple(v, 1.0));
    BOOST_TEST(acc.jvp(ad::sum(a * s) * s).value() == 24.0);
    BOOST_CHECK_EXCEPTION(ad::forward_accumulator(std::tie(s, s), std::tuple(1.0, 1.0)), ad::rule_error, [](auto const& e) { return says(e, "twice"); });
    BOOST_CHECK_EXCEPTION(ad::forward_accumulator(a, plain{1.0}), ad::shape_error, [](auto const& e) { return says(e, "(3,)"); });
}

BOOST_AUTO_TEST_SUITE_END()
