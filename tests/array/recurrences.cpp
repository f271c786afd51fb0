// SPDX-License-Identifier: BSL-1.0
// Loops that write an array part by part and read what they have written: what the tape keeps is what was read, not the array.
#include <array/check.hpp>

#include <algorithm>
#include <random>
#include <set>

#include <etape/api/hessian.hpp>
#include <etape/api/jacobian.hpp>

namespace
{
    using vector = ad::variable<double, 1>;
    using matrix = ad::variable<double, 2>;
    using number = ad::variable<double>;

    // Rows of a recurrent network, of which each needs the one before.
    auto rows(std::size_t steps)
    {
        return [steps](auto const& v)
        {
            ad::variable<double, 2> h(xt::xtensor<double, 2>({steps + 1, v.size()}, 0.1));
            for (std::size_t t = 0; t < steps; ++t)
                xt::view(h, t + 1) = xt::tanh(xt::view(h, t) * 0.5 + v);
            return ad::sum(h * h);
        };
    }
    // The same in columns, whose elements are apart in memory: in an array with room between them, with every second row of it, and from
    // the last to the first.
    auto columns(std::size_t steps)
    {
        return [steps](auto const& v)
        {
            ad::variable<double, 2> h(xt::xtensor<double, 2>({v.size(), steps + 1}, 0.1));
            for (std::size_t t = 0; t < steps; ++t)
                xt::view(h, xt::all(), t + 1) = xt::tanh(xt::view(h, xt::all(), t) * 0.5 + v);
            return ad::sum(h * h);
        };
    }
    auto slices(std::size_t steps)
    {
        return [steps](auto const& v)
        {
            using namespace xt::placeholders;
            const std::size_t n = v.size();
            ad::variable<double, 3> h(xt::xtensor<double, 3>({2 * n, steps + 1, 4}, 0.1));
            auto second = xt::range(1, _, 2);
            for (std::size_t t = 0; t < steps; ++t)
            {
                const std::size_t s = steps - t;
                const auto old = xt::view(h, second, s, xt::range(_, _, -3));
                xt::view(h, second, s - 1, xt::range(0, 4, 3)) = xt::tanh(old * 0.5 + xt::view(v, xt::all(), xt::newaxis())) + 0.1 * old * xt::view(h, second, s, xt::range(1, 3));
                xt::view(h, xt::all(), s, 1) = xt::sin(xt::view(h, xt::all(), s - 1, 0)) * xt::view(h, xt::all(), s - 1, 3);
            }
            return ad::sum(h * h);
        };
    }
    auto slices_in_a_list(std::size_t steps)
    {
        return [steps](auto const& v)
        {
            const std::size_t n = v.size(), rows = 2 * n;
            std::vector<number> h(rows * (steps + 1) * 4, 0.1);
            const auto at = [&](std::size_t i, std::size_t t, std::size_t k) -> number& { return h[(i * (steps + 1) + t) * 4 + k]; };
            for (std::size_t t = 0; t < steps; ++t)
            {
                const std::size_t s = steps - t;
                for (std::size_t i = 0; i < n; ++i)
                    for (std::size_t k = 0; k < 2; ++k)
                    {
                        const number old = at(2 * i + 1, s, 3 - 3 * k);
                        at(2 * i + 1, s - 1, 3 * k) = tanh(old * 0.5 + v(i)) + 0.1 * old * at(2 * i + 1, s, 1 + k);
                    }
                for (std::size_t i = 0; i < rows; ++i)
                    at(i, s, 1) = sin(at(i, s - 1, 0)) * at(i, s - 1, 3);
            }
            number total = 0.0;
            for (auto const& x : h)
                total += x * x;
            return total;
        };
    }
    auto rows_in_a_list(std::size_t steps)
    {
        return [steps](auto const& v)
        {
            ad::tensor<double, 1> row = xt::xtensor<double, 1>({v.size()}, 0.1);
            number total = ad::sum(row * row);
            for (std::size_t t = 0; t < steps; ++t)
            {
                row = xt::tanh(row * 0.5 + v);
                total += ad::sum(row * row);
            }
            return total;
        };
    }
    // Elements that each need the two before: of an array that is large enough to read them alone.
    auto elements(std::size_t n)
    {
        return [n](auto const& v)
        {
            ad::variable<double, 1> u(xt::xtensor<double, 1>({n}, 0.3));
            for (std::size_t i = 2; i < n; ++i)
                xt::view(u, i) = sin(u(i - 1)) * v(0) + u(i - 2) * v(1) * u(i - 1) + 0.1;
            return ad::sum(u * u) + u(n - 1) * u(3);
        };
    }
    auto elements_in_a_list(std::size_t n)
    {
        return [n](auto const& v)
        {
            std::vector<number> u(n, 0.3);
            for (std::size_t i = 2; i < n; ++i)
                u[i] = sin(u[i - 1]) * v(0) + u[i - 2] * v(1) * u[i - 1] + 0.1;
            number total = u[n - 1] * u[3];
            for (auto const& x : u)
                total += x * x;
            return total;
        };
    }
    template <class F, class G>
    void same_derivatives(F const& f, G const& g, vector const& at)
    {
        const auto [value, slope] = ad::value_and_grad(f)(ad::value(at));
        const auto [expected, expected_slope] = ad::value_and_grad(g)(ad::value(at));
        const auto near = [](auto const& a, auto const& b) { return check::near(expect::numbers(a), expect::numbers(b), 1e-14); };
        BOOST_TEST(value == expected, boost::test_tools::tolerance(1e-14));
        BOOST_TEST(near(slope, expected_slope));
        BOOST_TEST(near(ad::hessian(f)(ad::value(at)), ad::hessian(g)(ad::value(at))));
        BOOST_TEST(near(ad::jacfwd(ad::grad(f))(ad::value(at)), ad::hessian(g)(ad::value(at))));
        BOOST_TEST(near(ad::jacrev(ad::grad(f))(ad::value(at)), ad::hessian(g)(ad::value(at))));
        const xt::xtensor<double, 1> along = 0.25 + xt::arange<double>(static_cast<double>(at.size()));
        BOOST_TEST(near(ad::hvp(f, ad::value(at), along), ad::hvp(g, ad::value(at), along)));
        check::expect_agreement(ad::verify::compare_modes(f, at));
    }
    template <class F>
    ad::tape_statistics recorded(F const& f, vector const& v, bool persistent = false)
    {
        ad::tape t(persistent);
        const number y = f(v);
        const auto s = t.statistics();
        BOOST_TEST(t.gradient(y, v).has_value());
        return s;
    }
}

BOOST_AUTO_TEST_SUITE(recurrences)

BOOST_AUTO_TEST_CASE(rows_have_the_derivatives_of_a_list)
{
    same_derivatives(rows(9), rows_in_a_list(9), vector{0.3, -0.2, 0.7});
}
BOOST_AUTO_TEST_CASE(columns_have_the_derivatives_of_a_list)
{
    same_derivatives(columns(9), rows_in_a_list(9), vector{0.3, -0.2, 0.7});
    same_derivatives(columns(1), rows_in_a_list(1), vector{0.3});
}
BOOST_AUTO_TEST_CASE(slices_have_the_derivatives_of_a_list)
{
    same_derivatives(slices(9), slices_in_a_list(9), vector{0.3, -0.2, 0.7});
}
BOOST_AUTO_TEST_CASE(elements_have_the_derivatives_of_a_list)
{
    same_derivatives(elements(300), elements_in_a_list(300), vector{0.7, 0.2});
}
BOOST_AUTO_TEST_CASE(memory_grows_with_the_steps)
{
    const vector v{0.3, -0.2, 0.7, 0.1};
    for (auto const& f : {std::pair{recorded(rows(500), v), recorded(rows(1000), v)}, std::pair{recorded(columns(500), v), recorded(columns(1000), v)},
                          std::pair{recorded(slices(500), v), recorded(slices(1000), v)}, std::pair{recorded(elements(500), v), recorded(elements(1000), v)}})
    {
        BOOST_TEST(f.second.kept_bytes + f.second.tape_bytes < 2.5 * static_cast<double>(f.first.kept_bytes + f.first.tape_bytes));
        BOOST_TEST(f.second.kept_bytes + f.second.tape_bytes < 1000u * 4000u);
    }
    for (auto const& f : {std::pair{recorded(rows(500), v, true), recorded(rows(1000), v, true)}, std::pair{recorded(columns(500), v, true), recorded(columns(1000), v, true)}})
        BOOST_TEST(f.second.kept_bytes + f.second.tape_bytes < 2.5 * static_cast<double>(f.first.kept_bytes + f.first.tape_bytes));
}
// Whether two parts have an element in common, against a count of their elements: never missed, and known of columns and strided rows.
BOOST_AUTO_TEST_CASE(parts_of_one_array)
{
    std::mt19937 random(7);
    const auto below = [&](unsigned n) { return static_cast<std::ptrdiff_t>(random() % n); };
    int apart = 0, found = 0;
    for (int trial = 0; trial < 20000; ++trial)
    {
        std::size_t shape[2][3];
        std::ptrdiff_t strides[2][3];
        std::set<std::ptrdiff_t> elements[2];
        std::ptrdiff_t first[2];
        const std::ptrdiff_t whole[3] = {35, 7, 1};
        for (int p = 0; p < 2; ++p)
        {
            first[p] = below(175);
            for (int k = 0; k < 3; ++k)
            {
                shape[p][k] = static_cast<std::size_t>(1 + below(4));
                strides[p][k] = whole[k] * (below(4) - 1);
            }
            for (std::size_t i = 0; i < shape[p][0]; ++i)
                for (std::size_t j = 0; j < shape[p][1]; ++j)
                    for (std::size_t k = 0; k < shape[p][2]; ++k)
                        elements[p].insert(first[p] + static_cast<std::ptrdiff_t>(i) * strides[p][0] + static_cast<std::ptrdiff_t>(j) * strides[p][1] +
                                           static_cast<std::ptrdiff_t>(k) * strides[p][2]);
        }
        const bool meet = std::any_of(elements[0].begin(), elements[0].end(), [&](std::ptrdiff_t e) { return elements[1].count(e) != 0; });
        const bool may = ad::runtime::parts_meet(first[1] - first[0], 3, shape[0], strides[0], 3, shape[1], strides[1]);
        if (meet)
            BOOST_TEST(may);
        apart += !meet;
        found += !may;
    }
    BOOST_TEST(found > apart / 2);
    const std::size_t column[] = {5}, rows[] = {3, 10};
    const std::ptrdiff_t down[] = {10}, second[] = {20, 1};
    BOOST_TEST(!ad::runtime::parts_meet(1, 1, column, down, 1, column, down));
    BOOST_TEST(ad::runtime::parts_meet(20, 1, column, down, 1, column, down));
    BOOST_TEST(!ad::runtime::parts_meet(10, 2, rows, second, 2, rows, second));
    BOOST_TEST(ad::runtime::parts_meet(-20, 2, rows, second, 2, rows, second));
}
// A direction is the caller's: its memory is not the pass's to change.
BOOST_AUTO_TEST_CASE(directions_stay)
{
    const auto f = [](auto const& x)
    {
        vector h = x;
        xt::view(h, 0) = number(5.0);
        return ad::sum(h * h * h);
    };
    const ad::constant<double, 1> along(xt::xtensor<double, 1>{1, 2});
    const vector tracked{1, 2};
    const xt::xtensor<double, 1> at{0.3, 0.5};
    BOOST_TEST(expect::same(expect::numbers(ad::hvp(f, at, along)), {0, 6}));
    BOOST_TEST(expect::same(expect::numbers(along), {1, 2}));
    BOOST_TEST(expect::same(expect::numbers(ad::hvp(f, at, tracked)), {0, 6}));
    BOOST_TEST(expect::same(expect::numbers(tracked), {1, 2}));
    const auto forward = ad::jvp(f, at, along).tangent;
    BOOST_TEST(ad::value(forward) == 1.5);
    BOOST_TEST(expect::same(expect::numbers(along), {1, 2}));
}
// A row that is overwritten with a function of itself, and one whose parts run backwards in memory.
BOOST_AUTO_TEST_CASE(a_row_of_itself)
{
    const auto f = [](auto const& v)
    {
        ad::variable<double, 2> h(xt::xtensor<double, 2>({8, 3}, 0.2));
        for (std::size_t t = 0; t < 8; ++t)
        {
            xt::view(h, t) = xt::exp(xt::view(h, t) * v);
            xt::view(h, t) *= xt::view(h, t) + v;
            if (t > 0)
                xt::view(h, t) += xt::sin(xt::view(h, t - 1, xt::range(2, xt::placeholders::_, -1)) * v);
        }
        return ad::sum(h * h);
    };
    const vector at{0.3, -0.2, 0.7};
    check::expect_agreement(ad::verify::compare_modes(f, at));
    const auto reverse = ad::jacrev(ad::grad(f))(ad::value(at)), forward = ad::jacfwd(ad::grad(f))(ad::value(at));
    BOOST_TEST(check::near(expect::numbers(reverse), expect::numbers(forward), 1e-13));
}
// What another tape wrote part by part is a constant here, which the statement that reads it overwrites.
BOOST_AUTO_TEST_CASE(a_row_from_another_tape)
{
    const vector v{0.5, 0.25};
    matrix h(xt::xtensor<double, 2>({8, 2}, 1.0));
    {
        ad::tape before;
        xt::view(h, 0) = v * 2.0;
    }
    ad::tape t;
    xt::view(h, 0) = xt::exp(xt::view(h, 0) * v);
    const auto g = t.gradient(ad::sum(h), v);
    BOOST_TEST((*g)(0) == std::exp(0.5), boost::test_tools::tolerance(1e-15));
    BOOST_TEST((*g)(1) == 0.5 * std::exp(0.125), boost::test_tools::tolerance(1e-15));
}
// An element is one value, however often and in which company it is read.
BOOST_AUTO_TEST_CASE(elements_are_sources)
{
    vector u(xt::xtensor<double, 1>({400}, 0.5));
    const number a = 2.0;
    ad::tape t(true);
    xt::view(u, 7) = a * 3.0;
    const number y = u(7) * u(7) * u(8);
    BOOST_TEST(*t.gradient(y, u(7)) == 2 * 6.0 * 0.5);
    BOOST_TEST(*t.gradient(y, u(8)) == 36.0);
    BOOST_TEST(*t.gradient(y, a) == 2 * 6.0 * 0.5 * 3);
    number more = 0.0;
    for (std::size_t i = 0; i < 20; ++i)
        more += u(i) * u(i);
    BOOST_TEST(*t.gradient(y, u(7)) == 2 * 6.0 * 0.5);
    BOOST_TEST(*t.gradient(more, u(7)) == 12.0);
    BOOST_TEST(*t.gradient(more, u(19)) == 1.0);
    const auto g = t.gradient(y + more, u);
    BOOST_TEST((*g)(7) == 6.0 + 12.0);
    BOOST_TEST((*g)(8) == 36.0 + 1.0);
    BOOST_TEST((*g)(30) == 0.0);
    BOOST_TEST(!t.gradient(y, u(9)).has_value());
}
BOOST_AUTO_TEST_CASE(rows_of_a_jacobian)
{
    const auto f = [](auto const& v)
    {
        ad::variable<double, 1> u(xt::xtensor<double, 1>({300}, 0.0));
        for (std::size_t i = 0; i < 4; ++i)
            xt::view(u, 50 + i) = v(i) * v(i);
        ad::variable<double, 1> y(xt::xtensor<double, 1>({4}, 0.0));
        for (std::size_t i = 0; i < 4; ++i)
            xt::view(y, i) = u(50 + i) * u(53 - i);
        return ad::tensor<double, 1>(y * 2.0);
    };
    const xt::xtensor<double, 1> at{0.5, 1.5, 2.5, 3.5};
    const auto reverse = ad::jacrev(f)(at), forward = ad::jacfwd(f)(at);
    BOOST_TEST(expect::same(expect::numbers(reverse), expect::numbers(forward)));
    BOOST_TEST(reverse(0, 3) == 2 * 0.25 * 7.0);
}

// Derivatives of derivatives write adjoints and tangents in place, too: in all orders of modes they are the same, and what they keep grows with
// the parts that are written, not with parts times the array.
BOOST_AUTO_TEST_CASE(parts_in_all_orders_of_modes)
{
    const auto rows = [](auto const& v)
    {
        ad::variable<double, 2> h(xt::xtensor<double, 2>({12, 3}, 0.2));
        for (std::size_t t = 1; t < 12; ++t)
        {
            xt::view(h, t) = xt::tanh(xt::view(h, t - 1) * v + xt::view(h, t, xt::range(2, xt::placeholders::_, -1)));
            xt::view(h, xt::all(), 1) *= xt::view(h, xt::all(), 0) + 0.5;
            if (t % 3 == 0)
                xt::view(h, t - 1) = 0.25;
            xt::view(h, t, xt::range(0, 3, 2)) += v(1);
        }
        return number(ad::sum(h * h) + h(3, 1) * h(4, 0));
    };
    const auto elements = [](auto const& v)
    {
        ad::variable<double, 1> u(xt::xtensor<double, 1>({20}, 0.3));
        for (std::size_t i = 1; i < 20; ++i)
            xt::view(u, i) = u(i - 1) * u(i) * v(i % 3) + v(0);
        return number(u(19) + ad::sum(u * u));
    };
    const auto check = [](auto const& f)
    {
        const xt::xtensor<double, 1> at{0.3, -0.2, 0.7}, d{1.0, 0.5, -0.25};
        const auto along = [&](auto const& g) { return [&, g](auto const& x) { return number(ad::sum(g(x) * d)); }; };
        const auto tangent = [&](auto const& x) { return ad::jvp(f, x, d).tangent; };
        const auto second = expect::numbers(ad::hvp(f, at, d));
        BOOST_TEST(check::near(expect::numbers(ad::grad(along(ad::grad(f)))(at)), second, 1e-14));
        BOOST_TEST(check::near(expect::numbers(ad::jvp(ad::grad(f), at, d).tangent), second, 1e-14));
        BOOST_TEST(check::near(expect::numbers(ad::grad(tangent)(at)), second, 1e-14));
        BOOST_TEST(check::near(expect::numbers(ad::jacfwd(tangent)(at)), second, 1e-14));
        const auto third = expect::numbers(ad::grad(along(ad::grad(along(ad::grad(f)))))(at));
        BOOST_TEST(check::near(expect::numbers(ad::grad([&](auto const& x) { return ad::jvp(tangent, x, d).tangent; })(at)), third, 1e-13));
        BOOST_TEST(check::near(expect::numbers(ad::jvp(ad::grad(tangent), at, d).tangent), third, 1e-13));
        BOOST_TEST(check::near(expect::numbers(ad::jacfwd(along(ad::grad(along(ad::grad(f)))))(at)), third, 1e-13));
    };
    check(rows);
    check(elements);

    const auto loop = [](std::size_t n)
    {
        return [n](auto const& v)
        {
            ad::variable<double, 1> u(xt::xtensor<double, 1>({n}, 0.0));
            xt::view(u, 0) = v;
            for (std::size_t i = 1; i < n; ++i)
                xt::view(u, i) = ad::sin(u(i - 1)) * 0.5 + v * v;
            return number(u(n - 1));
        };
    };
    // memory that had to come from the system
    const auto fresh = [&](std::size_t n, auto const& second)
    {
        ad::pool_trim();
        const auto before = ad::pool_stats().fresh_bytes;
        static_cast<void>(second(loop(n)));
        return ad::pool_stats().fresh_bytes - before;
    };
    const auto linear = [&](const char* modes, auto const& second)
    {
        BOOST_TEST_INFO(modes);
        BOOST_TEST(fresh(4000, second) < 6 * fresh(1000, second));
    };
    linear("reverse over reverse", [](auto const& f) { return ad::grad(ad::grad(f))(0.7); });
    linear("forward over reverse", [](auto const& f) { return ad::jvp(ad::grad(f), 0.7, 1.0).tangent; });
    linear("reverse over forward", [](auto const& f) { return ad::grad([&](auto const& x) { return ad::jvp(f, x, 1.0).tangent; })(0.7); });
    linear("forward over forward", [](auto const& f) { return ad::jvp([&](auto const& x) { return ad::jvp(f, x, 1.0).tangent; }, 0.7, 1.0).tangent; });
}

// Windows that meet an element several times (the lags of a series, a sliding window) add up, also beside an adjoint that is there.
BOOST_AUTO_TEST_CASE(windows_that_overlap)
{
    const auto f = [](auto const& v)
    {
        const ad::variable<double, 1> a(v * 1.0);
        const auto lags = xt::strided_view(a, xt::xarray<std::size_t>::shape_type{4, 3}, xt::xarray<double>::strides_type{1, 1}, 2, xt::layout_type::dynamic);
        // the sweep meets the window when the array has an adjoint, and again when it is the first
        const number before = ad::sum(lags * lags * lags) * 0.5, all = ad::sum(a * a * a), behind = ad::sum(lags * lags * lags) * 0.5;
        return number(before + all + behind);
    };
    xt::xtensor<double, 1> at = xt::linspace<double>(-0.9, 1.1, 40), d = xt::cos(at * 7.0);
    ad::variable<double, 1> x = at;
    std::vector<double> expected, second;
    for (std::size_t i = 0; i < 40; ++i)
    {
        const double lags = i < 2 || i > 7 ? 0 : static_cast<double>(std::min({i - 1, 8 - i, std::size_t{3}}));
        expected.push_back(3 * at(i) * at(i) * (1 + lags));
        second.push_back(6 * at(i) * (1 + lags) * d(i));
    }
    ad::tape t(true);
    const auto y = f(x);
    const auto g = t.gradient(y, x, ad::differentiable).value();
    BOOST_TEST(check::near(expect::numbers(g), expected, 1e-15));
    BOOST_TEST(check::near(expect::numbers(*t.gradient(ad::sum(g * d), x)), second, 1e-15));
    BOOST_TEST(check::near(expect::numbers(ad::jvp(ad::grad(f), at, d).tangent), second, 1e-15));
    BOOST_TEST(check::near(expect::numbers(ad::grad([&](auto const& v) { return ad::jvp(f, v, d).tangent; })(at)), second, 1e-15));
    BOOST_TEST(check::near(expect::numbers(ad::hvp(f, at, d)), second, 1e-15));
}

BOOST_AUTO_TEST_SUITE_END()
