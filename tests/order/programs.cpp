// SPDX-License-Identifier: BSL-1.0
// Random straight-line programs with loops whose length depends on the data: derivatives to third order by every sequence of modes,
// against nested dual numbers.
#include <boost/test/unit_test.hpp>

#include <cmath>
#include <functional>
#include <random>
#include <vector>

#include <etape/etape.hpp>

namespace
{
    namespace ad = etape;
    using number = ad::variable<double>;
    using function = std::function<number(number const&)>;
    using first = ad::dual<double>;
    using second = ad::dual<first>;
    using third = ad::dual<second>;

    struct step
    {
        int operation, a, b;
        double c;
    };
    using program = std::vector<step>;

    program random_program(std::mt19937& draw)
    {
        program p;
        const int n = 4 + static_cast<int>(draw() % 10);
        for (int i = 0; i < n; ++i)
        {
            const auto one_of = [&] { return static_cast<int>(draw() % static_cast<unsigned>(i + 1)); };
            p.push_back({static_cast<int>(draw() % 11), one_of(), one_of(), 0.25 * static_cast<double>(draw() % 9) - 1.0});
        }
        return p;
    }
    double plain(double x)
    {
        return x;
    }
    double plain(number const& x)
    {
        return x.value();
    }
    template <class T, std::size_t N>
    double plain(ad::dual<T, N> const& x)
    {
        return plain(x.v);
    }
    // Results stay of moderate size: every step ends within about [-3, 3].
    template <class X>
    X run(program const& p, X const& x)
    {
        std::vector<X> r{x};
        for (auto const& s : p)
        {
            const X a = r[static_cast<std::size_t>(s.a)], b = r[static_cast<std::size_t>(s.b)];
            switch (s.operation)
            {
            case 0:
                r.push_back(X(sin(a + s.c)));
                break;
            case 1:
                r.push_back(X(a * b * 0.5));
                break;
            case 2:
                r.push_back(X(tanh(a - b)));
                break;
            case 3:
                r.push_back(X(a / (1.5 + b * b)));
                break;
            case 4:
                r.push_back(X(exp(-a * a) * b));
                break;
            case 5:
                r.push_back(X(sqrt(a * a + 0.5) - b * s.c));
                break;
            case 6:
                r.push_back(X(plain(a) < plain(b) ? X(a * s.c + b) : X(b * b - a)));
                break;
            case 7:
                r.push_back(X(maximum(a, X(b * s.c))));
                break;
            case 8:
                r.push_back(X(log(a * a + 1.25) + atan2(b, X(a * a + 0.5))));
                break;
            case 9:
                r.push_back(X(pow(X(a * a + 0.75), s.c)));
                break;
            default:
            {
                // as often as the data say
                X y = a;
                for (int k = 0; std::abs(plain(y)) < 1.0 && k < 4; ++k)
                    y = X(y * 1.5 + b * 0.25);
                r.push_back(X(sin(y)));
            }
            }
        }
        return r.back();
    }

    function reverse(function f)
    {
        return [f](number const& x) { return ad::grad(f)(x); };
    }
    function forward(function f)
    {
        return [f](number const& x) { return ad::jvp(f, x, 1.0).tangent; };
    }
}

BOOST_AUTO_TEST_SUITE(order_of_programs)

BOOST_AUTO_TEST_CASE(random_programs_to_third_order)
{
    std::mt19937 draw(20221);
    int curved = 0;
    for (int i = 0; i < 150; ++i)
    {
        const auto p = random_program(draw);
        const double x = 0.3 + 0.01 * i;
        const third y = run(p, third(second(first(x, 1.0), first(1.0)), second(first(1.0))));
        const double exact[] = {y.v.v.v, y.v.v.d[0], y.v.d[0].d[0], y.d[0].d[0].d[0]};
        curved += exact[3] != 0;
        std::vector<function> all{[&p](number const& a) { return run(p, a); }};
        for (int order = 1; order <= 3; ++order)
        {
            std::vector<function> next;
            for (auto const& f : all)
            {
                next.push_back(reverse(f));
                next.push_back(forward(f));
            }
            all = std::move(next);
            double size = 1;
            for (int k = 0; k <= order; ++k)
                size = std::max(size, std::abs(exact[k]));
            for (std::size_t k = 0; k < all.size(); ++k)
            {
                const double found = all[k](x).value();
                BOOST_TEST_INFO("program " << i << ", order " << order << ", sequence " << k << ": " << found << ", dual numbers " << exact[order]);
                BOOST_TEST(std::abs(found - exact[order]) <= 1e-10 * size);
            }
        }
    }
    BOOST_TEST(curved > 100);
}

BOOST_AUTO_TEST_SUITE_END()
