// SPDX-License-Identifier: BSL-1.0
// The functional interface on arguments and results that are structures: vectors of numbers, tuples, hana maps, structs, nested.
#include <boost/test/unit_test.hpp>

#include <array>
#include <tuple>
#include <vector>

#include <boost/hana/adapt_struct.hpp>
#include <boost/hana/integral_constant.hpp>
#include <boost/hana/string.hpp>

#include <etape/etape.hpp>

namespace structured
{
    struct line
    {
        etape::variable<double, 1> slopes;
        etape::variable<double> height;
    };
    struct model
    {
        line first;
        std::vector<etape::variable<double>> rest;
    };
}
BOOST_HANA_ADAPT_STRUCT(structured::line, slopes, height);
BOOST_HANA_ADAPT_STRUCT(structured::model, first, rest);

namespace
{
    namespace ad = etape;
    namespace hana = boost::hana;
    using plain = xt::xtensor<double, 1>;
    using number = ad::variable<double>;

    constexpr auto zero = hana::int_c<0>;
    constexpr auto one = hana::int_c<1>;
    const auto slopes = BOOST_HANA_STRING("slopes");
    const auto height = BOOST_HANA_STRING("height");
    const auto first = BOOST_HANA_STRING("first");
    const auto rest = BOOST_HANA_STRING("rest");

    const plain x{1.0, 2.0}, v{1.0, -1.0};
    // sum(a^2) s^2: with a = (1, 2), s = 3 the Hessian is {{18, 0}, {0, 18}} and {12, 24}, {12, 24} and 10
    const auto of_pair = [](auto const& a, auto const& s) { return ad::sum(a * a) * s * s; };
    const auto of_tuple = [](auto const& p) { return of_pair(std::get<0>(p), std::get<1>(p)); };
    const auto of_map = [](auto const& p) { return of_pair(p[zero], p[one]); };
    const auto of_line = [](structured::line const& l) { return of_pair(l.slopes, l.height); };
    const auto of_vector = [](auto const& p) { return p[0] * p[0] * p[1] + p[1] * p[2]; };

    template <class A>
    bool same(A const& found, std::initializer_list<double> expected)
    {
        if constexpr (requires { found.data_handle(); })
        {
            std::size_t i = 0;
            if (found.data_handle()->size != expected.size())
                return false;
            for (double e : expected)
                if (found.data_handle()->template data<double>()[i++] != e)
                    return false;
            return true;
        }
        else
            return expected.size() == 1 && ad::variable<double>(found).value() == *expected.begin();
    }
    template <class H>
    void is_hessian_of_pair(H const& aa, auto const& as, auto const& sa, auto const& ss)
    {
        BOOST_TEST(same(aa, {18, 0, 0, 18}));
        BOOST_TEST(same(as, {12, 24}));
        BOOST_TEST(same(sa, {12, 24}));
        BOOST_TEST(same(ss, {10}));
    }
    // of the direction v, 2
    template <class A>
    void is_product_of_pair(A const& a, auto const& s)
    {
        BOOST_TEST(same(a, {42, 30}));
        BOOST_TEST(same(s, {8}));
    }
}

BOOST_AUTO_TEST_SUITE(structures_of_arguments)

BOOST_AUTO_TEST_CASE(hessian_of_a_vector_of_numbers)
{
    const auto check = [](auto const& h)
    {
        const double expected[3][3] = {{6, 4, 0}, {4, 0, 1}, {0, 1, 0}};
        BOOST_REQUIRE(h.size() == 3u);
        for (std::size_t i = 0; i < 3; ++i)
            for (std::size_t j = 0; j < 3; ++j)
                BOOST_TEST(same(h[i][j], {expected[i][j]}));
    };
    const auto h = ad::hessian(of_vector)(std::vector<double>{2.0, 3.0, 5.0});
    static_assert(std::is_same_v<decltype(h), const std::vector<std::vector<double>>>);
    check(h);
    check(ad::hessian(of_vector)(std::array<double, 3>{2.0, 3.0, 5.0}));
    const auto tracked = ad::hessian(of_vector)(std::vector<number>{2.0, 3.0, 5.0});
    static_assert(std::is_same_v<decltype(tracked), const std::vector<std::vector<number>>>);
    check(tracked);
    BOOST_TEST(ad::hessian(of_vector)(std::vector<float>{2.0f, 3.0f, 5.0f})[0][1] == 4.0f);
}

BOOST_AUTO_TEST_CASE(hessian_of_several_arguments)
{
    const auto [a, s] = ad::hessian(of_pair)(x, 3.0);
    is_hessian_of_pair(std::get<0>(a), std::get<1>(a), std::get<0>(s), std::get<1>(s));
}

BOOST_AUTO_TEST_CASE(hessian_of_a_tuple)
{
    const auto check = [](auto const& h)
    {
        auto const& [a, s] = h;
        is_hessian_of_pair(std::get<0>(a), std::get<1>(a), std::get<0>(s), std::get<1>(s));
    };
    check(ad::hessian(of_tuple)(std::tuple(x, 3.0)));
    check(ad::hessian(of_tuple)(std::tuple(ad::variable<double, 1>(x), 3.0)));
    check(ad::jacfwd(ad::grad(of_tuple))(std::tuple(x, 3.0)));
    check(ad::jacobian(ad::grad(of_tuple))(std::tuple(x, 3.0)));
}

BOOST_AUTO_TEST_CASE(hessian_of_a_map)
{
    const auto h =
        ad::hessian(of_map)(hana::make_map(hana::make_pair(zero, x), hana::make_pair(one, 3.0)));
    is_hessian_of_pair(h[zero][zero], h[zero][one], h[one][zero], h[one][one]);
}

BOOST_AUTO_TEST_CASE(hessian_of_a_struct)
{
    const structured::line at{ad::variable<double, 1>(x), 3.0};
    const auto check = [](auto const& h) {
        is_hessian_of_pair(h[slopes][slopes], h[slopes][height], h[height][slopes],
                           h[height][height]);
    };
    check(ad::hessian(of_line)(at));
    ad::tape t(true);
    const auto h = ad::hessian(of_line)(at);
    check(h);
    // d/dh of 2 sum(a^2) is 0, d/da is 4 a
    BOOST_TEST(same(*t.gradient(h[height][height], at.slopes), {4, 8}));
}

BOOST_AUTO_TEST_CASE(hessian_of_nested_structures)
{
    const auto f = [](structured::model const& m)
    { return of_pair(m.first.slopes, m.first.height) + m.rest[0] * m.rest[1] * m.first.height; };
    const structured::model at{{ad::variable<double, 1>(x), 3.0}, {5.0, 7.0}};
    const auto h = ad::hessian(f)(at);
    BOOST_TEST(same(h[first][slopes][first][height], {12, 24}));
    BOOST_TEST(same(h[rest][0][rest][1], {3}));
    BOOST_TEST(same(h[rest][0][rest][0], {0}));
    BOOST_TEST(same(h[rest][1][first][height], {5}));
    BOOST_TEST(same(h[first][height][rest][1], {5}));

    const auto g = [](auto const& p)
    { return of_pair(std::get<0>(p)[1], std::get<1>(p)) + ad::sum(std::get<0>(p)[0]); };
    const auto k = ad::hessian(g)(std::tuple(std::vector<plain>{x, x}, 3.0));
    BOOST_TEST(same(std::get<0>(std::get<0>(k)[1])[1], {18, 0, 0, 18}));
    BOOST_TEST(same(std::get<0>(std::get<0>(k)[1])[0], {0, 0, 0, 0}));
    BOOST_TEST(same(std::get<1>(std::get<0>(k)[1]), {12, 24}));
}

BOOST_AUTO_TEST_CASE(hessian_products_in_the_structure_of_the_argument)
{
    const auto t = ad::hvp(of_tuple, std::tuple(x, 3.0), std::tuple(v, 2.0));
    is_product_of_pair(std::get<0>(t), std::get<1>(t));
    const auto several = ad::hvp(of_pair, std::tuple(x, 3.0), std::tuple(v, 2.0));
    is_product_of_pair(std::get<0>(several), std::get<1>(several));
    const auto tracked =
        ad::hvp(of_tuple, std::tuple(ad::variable<double, 1>(x), number(3.0)), std::tuple(v, 2.0));
    is_product_of_pair(std::get<0>(tracked), std::get<1>(tracked));

    const auto direction = hana::make_map(hana::make_pair(zero, v), hana::make_pair(one, 2.0));
    const auto m = ad::hvp(
        of_map, hana::make_map(hana::make_pair(zero, x), hana::make_pair(one, 3.0)), direction);
    is_product_of_pair(m[zero], m[one]);

    const structured::line at{ad::variable<double, 1>(x), 3.0},
        along{ad::variable<double, 1>(v), 2.0};
    const auto s = ad::hvp(of_line, at, along);
    is_product_of_pair(s[slopes], s[height]);
    const auto by_map = ad::hvp(
        of_line, at, hana::make_map(hana::make_pair(slopes, v), hana::make_pair(height, 2.0)));
    is_product_of_pair(by_map[slopes], by_map[height]);
    // along its own gradient, which is a hana map: H g with g = (18 a, 2 * 5 * 3) = (18, 36), 30
    const auto g = ad::grad(of_line)(at);
    BOOST_TEST(same(ad::hvp(of_line, at, g)[slopes], {18 * 18 + 12 * 30, 18 * 36 + 24 * 30}));

    const auto u =
        ad::hvp(of_vector, std::vector<double>{2.0, 3.0, 5.0}, std::vector<double>{1.0, 1.0, 2.0});
    BOOST_TEST((u == std::vector<double>{10.0, 6.0, 1.0}));
    BOOST_CHECK_EXCEPTION(
        ad::hvp(of_vector, std::vector<double>{2.0, 3.0, 5.0}, std::vector<double>{1.0}),
        ad::shape_error,
        [](auto const& e)
        { return std::string(e.what()).find("hvp: direction") != std::string::npos; });
}

BOOST_AUTO_TEST_CASE(tangents_of_structures)
{
    // 18 a'v + 2 * 5 * 3 * 2 with a'v = -1
    const structured::line at{ad::variable<double, 1>(x), 3.0},
        along{ad::variable<double, 1>(v), 2.0};
    BOOST_TEST(same(ad::jvp(of_line, at, along).tangent, {42}));
    BOOST_TEST(same(ad::jvp(of_tuple, std::tuple(x, 3.0), std::tuple(v, 2.0)).tangent, {42}));
    BOOST_TEST(same(ad::jvp(of_pair, std::tuple(x, 3.0), std::tuple(v, 2.0)).tangent, {42}));
    BOOST_TEST(
        same(ad::jvp(of_map, hana::make_map(hana::make_pair(zero, x), hana::make_pair(one, 3.0)),
                     hana::make_map(hana::make_pair(zero, v), hana::make_pair(one, 2.0)))
                 .tangent,
             {42}));
    ad::forward_accumulator acc(
        at, hana::make_map(hana::make_pair(slopes, v), hana::make_pair(height, 2.0)));
    BOOST_TEST(same(acc.jvp(of_line(at)), {42}));
    const auto each = acc.jvp(at);
    BOOST_TEST(same(each[slopes], {1, -1}));
    BOOST_TEST(same(each[height], {2}));
}

BOOST_AUTO_TEST_CASE(results_that_are_structures)
{
    const auto f = [](auto const& a) { return std::tuple(ad::sum(a * a), a * 3.0); };
    const auto [value, tangent] = ad::jvp(f, x, v);
    BOOST_TEST(same(std::get<0>(value), {5}));
    BOOST_TEST(same(std::get<0>(tangent), {-2}));
    BOOST_TEST(same(std::get<1>(tangent), {3, -3}));
    const auto pull = ad::vjp(f, x);
    BOOST_TEST(same(std::get<1>(pull.value()), {3, 6}));
    BOOST_TEST(same(pull(std::tuple(2.0, v)), {4 + 3, 8 - 3}));
    BOOST_CHECK_EXCEPTION(pull(std::tuple(2.0, plain{1.0})), ad::shape_error,
                          [](auto const& e)
                          { return std::string(e.what()).find("(2,)") != std::string::npos; });
    for (auto const& j : {ad::jacobian(f)(x), ad::jacrev(f)(x), ad::jacfwd(f)(x)})
    {
        BOOST_TEST(same(std::get<0>(j), {2, 4}));
        BOOST_TEST(same(std::get<1>(j), {3, 0, 0, 3}));
    }
    const auto to_vector = [](auto const& p) {
        return std::vector<number>{p[0] * p[1], p[1] + 0.0, p[0] * p[0]};
    };
    for (auto const& j : {ad::jacobian(to_vector)(std::vector<double>{2.0, 3.0}),
                          ad::jacrev(to_vector)(std::vector<double>{2.0, 3.0})})
        BOOST_TEST((j == std::vector<std::vector<double>>{{3, 2}, {0, 1}, {4, 0}}));
    // a struct as a result is a hana map of its members
    const auto to_line = [](auto const& a) {
        return structured::line{ad::variable<double, 1>(a * 2.0), number(ad::sum(a))};
    };
    const auto j = ad::jacfwd(to_line)(x);
    BOOST_TEST(same(j[slopes], {2, 0, 0, 2}));
    BOOST_TEST(same(j[height], {1, 1}));
    // nothing to differentiate by, but a shape
    const auto none =
        ad::jacfwd([](auto const& a) { return ad::sum(a) * x; })(plain::from_shape({0}));
    BOOST_TEST((none.shape(0) == 2u && none.shape(1) == 0u));
}

BOOST_AUTO_TEST_CASE(jacobians_by_structures)
{
    const auto f = [](structured::line const& l) { return l.slopes * l.height; };
    const structured::line at{ad::variable<double, 1>(x), 3.0};
    for (auto const& j : {ad::jacobian(f)(at), ad::jacrev(f)(at), ad::jacfwd(f)(at)})
    {
        BOOST_TEST(same(j[slopes], {3, 0, 0, 3}));
        BOOST_TEST(same(j[height], {1, 2}));
    }
    const auto pull = ad::vjp(f, at);
    BOOST_TEST(same(pull(v)[height], {-1}));
    const auto both = ad::value_and_grad(of_line)(at);
    BOOST_TEST(same(both.value, {45}));
    BOOST_TEST(same(both.gradient[slopes], {18, 36}));
}

BOOST_AUTO_TEST_SUITE_END()
