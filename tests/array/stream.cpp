// SPDX-License-Identifier: BSL-1.0
// Arrays on a stream.
#include <boost/test/unit_test.hpp>

#include <iomanip>
#include <sstream>

#include <etape/etape.hpp>

BOOST_AUTO_TEST_SUITE(stream)

namespace
{
    namespace ad = etape;

    template <class E>
    std::string text(E const& e)
    {
        std::ostringstream out;
        out << e;
        return out.str();
    }
}

BOOST_AUTO_TEST_CASE(handles_expressions_and_views_print_in_braces)
{
    const ad::variable<double, 1> x{1.0, 2.5};
    ad::variable<double, 2> m{{1.0, 2.0}, {3.0, 4.0}};
    BOOST_TEST(text(x) == "{1, 2.5}");
    BOOST_TEST(text(m) == "{{1, 2},\n {3, 4}}");
    BOOST_TEST(text(x * m) == "{{1, 5},\n {3, 10}}");
    BOOST_TEST(text(xt::view(m, xt::all(), 1)) == "{2, 4}");
    BOOST_TEST(text(xt::transpose(m)) == "{{1, 3},\n {2, 4}}");
    BOOST_TEST(text(ad::constant<double, 1>(x.data_handle())) == "{1, 2.5}");
    BOOST_TEST(text(ad::constant<double, 1>()) == "");
    BOOST_TEST(text(ad::variable<float, 3>(xt::ones<float>({1, 2, 1}))) == "{{{1},\n  {1}}}");
    BOOST_TEST(text(ad::variable<double, 2>(xt::zeros<double>({0, 3}))) == "{}");
}

BOOST_AUTO_TEST_CASE(the_format_is_that_of_the_stream)
{
    std::ostringstream out;
    out << std::setprecision(3) << std::scientific << ad::variable<double, 1>{1.0 / 3.0};
    BOOST_TEST(out.str() == "{3.333e-01}");
}

BOOST_AUTO_TEST_CASE(of_large_arrays_the_ends_of_every_dimension_are_shown)
{
    const ad::variable<double, 1> whole = xt::arange<double>(1000.0),
                                  large = xt::arange<double>(1001.0);
    BOOST_TEST(text(whole).find("...") == std::string::npos);
    BOOST_TEST(text(large) == "{0, 1, 2, ..., 998, 999, 1000}");
    const ad::variable<double, 2> tall = xt::ones<double>({2000, 2});
    BOOST_TEST(text(tall) == "{{1, 1},\n {1, 1},\n {1, 1},\n ...,\n {1, 1},\n {1, 1},\n {1, 1}}");
}

BOOST_AUTO_TEST_CASE(printing_records_nothing)
{
    const ad::variable<double, 1> x{1.0, 2.5};
    ad::tape t;
    BOOST_TEST(text(x * 2.0) == "{2, 5}");
    BOOST_TEST(t.statistics().statements == 0u);
    const ad::variable<double> y = xt::sum(x * x);
    const auto g = t.gradient(y, x);
    BOOST_TEST(text(*g) == "{2, 5}");
    BOOST_TEST(text(g) == "{2, 5}");
}

BOOST_AUTO_TEST_SUITE_END()
