// SPDX-License-Identifier: BSL-1.0
// Statements that read the same values again and again, in all places of a statement: the sweep keeps the sums of some of them
// in registers. Compared with a sweep without any such thing.
#include <boost/test/unit_test.hpp>

#include <cstdint>
#include <random>
#include <vector>

#include <etape/api/tape.hpp>

namespace
{
    namespace ad = etape;
    using number = ad::variable<double>;

    // y = sum of partial * operand; small integers, so that every order of additions gives the same number.
    struct statement
    {
        std::vector<std::size_t> reads;
        std::vector<double> partials;
    };
    struct program
    {
        std::size_t inputs = 0;
        std::vector<statement> statements;

        std::vector<double> gradient_by_hand() const
        {
            std::vector<double> adjoint(inputs + statements.size(), 0.0);
            adjoint.back() = 1;
            for (std::size_t k = statements.size(); k-- > 0;)
                for (std::size_t e = 0; e < statements[k].reads.size(); ++e)
                    adjoint[statements[k].reads[e]] += statements[k].partials[e] * adjoint[inputs + k];
            adjoint.resize(inputs);
            return adjoint;
        }
        number assigned(std::vector<number> const& v, statement const& s) const
        {
            const auto term = [&](std::size_t e) { return s.partials[e] * v[s.reads[e]]; };
            switch (s.reads.size())
            {
            case 1:
                return term(0);
            case 2:
                return term(0) + term(1);
            case 3:
                return term(0) + term(1) + term(2);
            case 4:
                return term(0) + term(1) + term(2) + term(3);
            default:
                return term(0) + term(1) + term(2) + term(3) + term(4);
            }
        }
        std::vector<double> gradient_on_a_tape() const
        {
            const std::vector<double> ones(inputs, 1.0);
            std::vector<number> v(ones.begin(), ones.end());
            ad::tape t;
            for (auto const& s : statements)
                v.push_back(assigned(v, s));
            std::vector<number> sources(v.begin(), v.begin() + static_cast<std::ptrdiff_t>(inputs));
            const auto g = t.gradient(v.back(), sources);
            std::vector<double> all;
            for (auto const& one : g)
                all.push_back(one.value_or_zero());
            return all;
        }
    };
}

BOOST_AUTO_TEST_SUITE(repeated_reads)

BOOST_AUTO_TEST_CASE(a_row_times_a_factor)
{
    number c = 2.0;
    std::vector<number> x, y;
    for (int i = 0; i < 9; ++i)
    {
        x.emplace_back(i);
        y.emplace_back(1.0);
    }
    ad::tape t;
    number sum = 0.0;
    for (int step = 0; step < 3; ++step)
        for (std::size_t i = 0; i < y.size(); ++i)
            y[i] += c * x[i];
    for (auto const& v : y)
        sum += v;
    const auto [by_c, by_x] = t.gradient(sum, c, x[4]);
    BOOST_TEST(*by_c == 3.0 * 36);
    BOOST_TEST(*by_x == 3.0 * 2);
}

// The factor is also the statement's first or last operand, and the row's next one.
BOOST_AUTO_TEST_CASE(the_factor_in_other_places)
{
    const number c = 3.0, x = 5.0, u = 7.0;
    ad::tape t;
    const number a = u + c * x;  // c in the middle
    const number b = c + c * x;  // and first
    const number d = u + c * c;  // and last
    const number e = u + c * x;
    const number f = a + c * b + d + e;
    const auto [by_c, by_x] = t.gradient(f, c, x);
    BOOST_TEST(*by_c == 5 + 18 + 3 * 6 + 6 + 5);
    BOOST_TEST(*by_x == 3 + 9 + 3);
}

BOOST_AUTO_TEST_CASE(the_factor_is_a_result)
{
    const number p = 2.0, x = 3.0;
    ad::tape t;
    const number c = p * p;
    number y = 0.0;
    for (int i = 0; i < 5; ++i)
        y = y + c * x;
    const number z = c + y * x;
    const auto [by_p, by_x] = t.gradient(z, p, x);
    BOOST_TEST(*by_p == 4.0 * (1 + 5 * 9));
    BOOST_TEST(*by_x == 5 * 12.0 + 5 * 12.0);
}

BOOST_AUTO_TEST_CASE(random_programs_on_few_values)
{
    std::mt19937 engine(20261123);
    const auto upto = [&](std::size_t n) { return static_cast<std::size_t>(engine() % n); };
    for (int run = 0; run < 2000; ++run)
    {
        program p;
        p.inputs = 1 + upto(3);
        const auto n = 1 + upto(12);
        for (std::size_t k = 0; k < n; ++k)
        {
            statement s;
            const auto values = p.inputs + k;
            for (std::size_t e = 0, reads = upto(3) == 0 ? 1 + upto(5) : 3; e < reads; ++e)
            {
                // Mostly one of the last values, so that the root depends on many; zero now and then.
                s.reads.push_back(upto(2) == 0 ? values - 1 - upto(std::min<std::size_t>(values, 3)) : upto(values));
                s.partials.push_back(upto(8) == 0 ? 0.0 : static_cast<double>(upto(3)) - 1.0);
            }
            p.statements.push_back(s);
        }
        const auto expected = p.gradient_by_hand(), found = p.gradient_on_a_tape();
        BOOST_TEST_REQUIRE(found == expected, boost::test_tools::per_element());
    }
}

BOOST_AUTO_TEST_SUITE_END()
