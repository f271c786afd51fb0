// SPDX-License-Identifier: BSL-1.0
// Products: the derivative by an element is the product of the others, also where the product of all overflows, underflows or is 0.
// Powers of two, so that every expected number is exact.
#include <cmath>
#include <limits>
#include <vector>

#include <boost/test/unit_test.hpp>

#include <etape/etape.hpp>

namespace
{
    namespace ad = etape;
    using numbers = std::vector<double>;
    constexpr double inf = std::numeric_limits<double>::infinity(), nan = std::numeric_limits<double>::quiet_NaN();

    template <class T>
    bool same(T a, T b)
    {
        return (std::isnan(a) && std::isnan(b)) || (a == b && (std::isnan(a) || std::signbit(a) == std::signbit(b)));
    }

    // {b, e} stands for b 2^e; the exponents below are for double, those of float are an eighth of them.
    struct element
    {
        double base;
        int exponent = 0;
    };
    struct example
    {
        std::vector<element> elements;
        element product;
        std::vector<element> weights;
    };
    // Out of range is infinity or 0, as rounding has it.
    template <class T>
    T number(element const& e)
    {
        return static_cast<T>(e.base) * std::ldexp(T(1), sizeof(T) == 4 ? e.exponent / 8 : e.exponent);
    }
    std::vector<example> const& examples()
    {
        static const std::vector<example> all{
            {{{1, 704}, {-1, 704}}, {-inf}, {{-1, 704}, {1, 704}}},
            {{{1, -704}, {1, -704}, {1, 960}}, {1, -448}, {{1, 256}, {1, 256}, {0}}},
            {{{1, 704}, {1, 704}, {1, -704}}, {1, 704}, {{1}, {1}, {inf}}},
            {{{1, -640}, {-3, -640}}, {-0.0}, {{-3, -640}, {1, -640}}},
            {{{1, 800}, {1, -800}, {1, 800}, {1, -800}}, {1}, {{1, -800}, {1, 800}, {1, -800}, {1, 800}}},
            {{{1, 1000}, {1, 1000}, {1, 1000}}, {inf}, {{inf}, {inf}, {inf}}},
            {{{1, -1000}, {1, -1000}, {-1, -1000}}, {-0.0}, {{-0.0}, {-0.0}, {0}}},
            {{{0}, {3}, {-5}}, {-0.0}, {{-15}, {-0.0}, {0}}},
            {{{0}, {-0.0}, {3}}, {-0.0}, {{-0.0}, {0}, {-0.0}}},
            {{{0}, {1, 960}, {1, 960}}, {0}, {{inf}, {0}, {0}}},
            {{{-0.0}, {3}}, {-0.0}, {{3}, {-0.0}}},
            {{{inf}, {-2}}, {-inf}, {{-2}, {inf}}},
            {{{inf}, {0}, {3}}, {nan}, {{0}, {inf}, {nan}}},
            {{{nan}, {2}, {3}}, {nan}, {{6}, {nan}, {nan}}},
            {{{-inf}, {-inf}, {2}}, {inf}, {{-inf}, {-inf}, {inf}}},
            {{{3, -8}, {5, 16}}, {15, 8}, {{5, 16}, {3, -8}}},
        };
        return all;
    }

    template <class T>
    std::vector<T> numbers_of(std::vector<element> const& all, std::size_t padding, T with)
    {
        std::vector<T> out(padding, with);
        for (auto const& e : all)
            out.push_back(number<T>(e));
        return out;
    }
    template <class T, class A>
    void expect(A const& found, std::vector<T> const& expected, std::size_t row, std::string const& what, T sign_of_zero = T(0))
    {
        for (std::size_t i = 0; i < expected.size(); ++i)
        {
            const T g = found.data()[row * expected.size() + i];
            // Over axes zeros have lost their sign.
            BOOST_TEST(same(T(g + sign_of_zero), T(expected[i] + sign_of_zero)), what << ", element " << i << " of " << expected.size() << ": " << g << " is not " << expected[i]);
        }
    }

    template <class T>
    void check(example const& e, std::size_t padding, std::string const& what)
    {
        const auto v = numbers_of<T>(e.elements, padding, T(1));
        const T product = number<T>(e.product);
        const auto weights = numbers_of<T>(e.weights, padding, product);
        const std::size_t n = v.size();
        const xt::xtensor<T, 1> plain = xt::adapt(v, std::array<std::size_t, 1>{n});
        xt::xtensor<T, 2> rows({2, n}), columns({n, 2});
        for (std::size_t i = 0; i < n; ++i)
            rows(0, i) = rows(1, i) = columns(i, 0) = columns(i, 1) = v[i];
        for (const bool persistent : {false, true})
        {
            const ad::variable<T, 1> x = plain;
            const ad::variable<T, 2> a = rows, b = columns;
            ad::tape t(persistent);
            const ad::variable<T> y = ad::prod(x);
            const ad::tensor<T, 1> by_row = ad::prod(a, {1}), by_column = ad::prod(b, {0});
            BOOST_TEST(same(y.value(), product), what << ": " << y.value() << " is not " << product);
            BOOST_TEST(same(ad::value(by_row)(1), product), what << ", by rows: " << ad::value(by_row)(1) << " is not " << product);
            BOOST_TEST(same(ad::value(by_column)(1), product), what << ", by columns");
            const auto sum = y + ad::sum(by_row) + ad::sum(by_column);
            const auto [gx, ga, gb] = t.gradient(sum, std::tuple(x, a, b));
            expect<T>(*gx, weights, 0, what, T(-0.0));
            expect<T>(*ga, weights, 0, what + ", by rows");
            expect<T>(*ga, weights, 1, what + ", by rows");
            for (std::size_t i = 0; i < n; ++i)
                BOOST_TEST(same(T((*gb)(i, 1) + T(0)), T(weights[i] + T(0))), what << ", by columns: " << (*gb)(i, 1) << " is not " << weights[i]);
        }
        // forward mode, one element at a time
        for (std::size_t i = padding; i < n; ++i)
        {
            xt::xtensor<T, 1> along = xt::zeros<T>({n});
            along(i) = 1;
            const T slope = ad::jvp([](auto const& x) { return ad::prod(x); }, std::tuple(plain), std::tuple(along)).tangent;
            BOOST_TEST(same(T(slope + T(0)), T(weights[i] + T(0))), what << ", forward, element " << i << ": " << slope << " is not " << weights[i]);
        }
    }
    std::string text(example const& e)
    {
        std::string s = "prod(";
        for (auto const& x : e.elements)
            s += std::to_string(x.base) + " 2^" + std::to_string(x.exponent) + " ";
        return s + ")";
    }
}

BOOST_AUTO_TEST_SUITE(array_products)

BOOST_AUTO_TEST_CASE(weights_are_products_of_the_others)
{
    for (auto const& e : examples())
        for (const std::size_t padding : {0u, 1u, 14u, 77u})
        {
            check<double>(e, padding, text(e) + " in double");
            check<float>(e, padding, text(e) + " in float");
        }
}

BOOST_AUTO_TEST_CASE(subnormal_elements)
{
    const ad::variable<double, 1> x{0x1p-1074, 0x1p1000, 0x1p60};
    ad::tape t;
    const auto y = ad::prod(x);
    BOOST_TEST(y.value() == 0x1p-14);
    const auto g = *t.gradient(y, x);
    BOOST_TEST(g(0) == inf);
    BOOST_TEST(g(1) == 0x1p-1014);
    BOOST_TEST(g(2) == 0x1p-74);
}

BOOST_AUTO_TEST_CASE(many_elements_whose_products_leave_the_range_and_return)
{
    for (const std::size_t n : {1000u, 4096u})
    {
        xt::xtensor<double, 1> v(std::array{n});
        for (std::size_t i = 0; i < n; ++i)
            v(i) = i < n / 2 ? 0x1p300 : 0x1p-300;
        const ad::variable<double, 1> x = v;
        ad::tape t;
        const auto y = ad::prod(x);
        BOOST_TEST(y.value() == 1.0);
        const auto g = *t.gradient(y, x);
        for (std::size_t i = 0; i < n; ++i)
            BOOST_TEST(g(i) == 1 / v(i));
    }
}

// Where the first derivatives are ordinary numbers or 0 by a factor 0: what underflowed has no derivative.
BOOST_AUTO_TEST_CASE(second_derivatives_are_products_without_two)
{
    struct
    {
        numbers v;
        numbers h;  // upper triangle by rows
    } const cases[] = {
        {{0x1p600, 0x1p-600, 0x1p300}, {0x1p300, 0x1p-600, 0x1p600}},
        {{0x1p900, 0x1p-900, 0x1p100}, {0x1p100, 0x1p-900, 0x1p900}},
        {{0x1p700, 0x1p700, 0x1p-800, 0x1p-600}, {0, 0x1p100, 0x1p-100, 0x1p100, 0x1p-100, inf}},
        {{0x1p-700, 0x1p700, 0x1p-700, 0x1p700}, {1, inf, 1, 1, 0, 1}},
        {{0, 2, 3}, {3, 2, 0}},
        {{0, 0, 3}, {3, 0, 0}},
        {{0, 0, 0, 5}, {0, 0, 0, 0, 0, 0}},
        {{2, 3, 5, 7, 11}, {5 * 7 * 11, 3 * 7 * 11, 3 * 5 * 11, 3 * 5 * 7, 2 * 7 * 11, 2 * 5 * 11, 2 * 5 * 7, 2 * 3 * 11, 2 * 3 * 7, 2 * 3 * 5}},
    };
    for (auto const& c : cases)
    {
        const std::size_t n = c.v.size();
        const xt::xtensor<double, 1> x = xt::adapt(c.v, std::array<std::size_t, 1>{n});
        const xt::xtensor<double, 2> full = ad::hessian([](auto const& e) { return ad::prod(e); })(x),
                                     by_axis = ad::hessian([](auto const& e) { return ad::prod(e * 1.0, {0}); })(x);
        for (auto const* h : {&full, &by_axis})
        {
            std::size_t k = 0;
            for (std::size_t i = 0; i < n; ++i)
            {
                BOOST_TEST((*h)(i, i) == 0.0);
                for (std::size_t j = i + 1; j < n; ++j, ++k)
                {
                    BOOST_TEST((*h)(i, j) == c.h[k], (h == &full ? "all" : "axis") << " of " << c.v[0] << "...: (" << i << ", " << j << ") "
                                                                                  << (*h)(i, j) << " is not " << c.h[k]);
                    BOOST_TEST((*h)(j, i) == c.h[k]);
                }
            }
        }
    }
}

BOOST_AUTO_TEST_SUITE_END()
