// SPDX-License-Identifier: BSL-1.0
// compare_modes catches wrong derivatives: parts of a function are hidden from the derivative by stop_gradient. And its report.
#include <boost/test/unit_test.hpp>

#include <sstream>
#include <string>

#include <etape/verify/compare.hpp>

namespace
{
    namespace ad = etape;
    using vector = xt::xtensor<double, 1>;

    const vector x{0.3, -1.2, 2.1};

    bool contains(std::string const& text, std::string const& part)
    {
        return text.find(part) != std::string::npos;
    }
}

BOOST_AUTO_TEST_SUITE(injected)

BOOST_AUTO_TEST_CASE(half_of_a_product)
{
    const auto report = ad::verify::compare_modes([](auto const& v) { return ad::sum(v * ad::stop_gradient(v)); }, x);
    BOOST_TEST(!report.agree);
    BOOST_TEST(report.worst_difference_relative > 1e3);
    // reverse and forward see the same constant: only finite differences know
    BOOST_TEST(report.worst_relative == 0.0);
    BOOST_TEST(report.worst_difference.reverse == x(report.worst_difference.index));
    BOOST_TEST(report.worst_difference.finite_difference == 2 * x(report.worst_difference.index), boost::test_tools::tolerance(1e-8));
}

BOOST_AUTO_TEST_CASE(of_a_number)
{
    BOOST_TEST(!ad::verify::compare_modes([](auto const& v) { return v * ad::stop_gradient(v); }, 1.5).agree);
    BOOST_TEST(ad::verify::compare_modes([](auto const& v) { return v * v; }, 1.5).agree);
}

BOOST_AUTO_TEST_CASE(one_wrong_entry_of_many)
{
    const vector many = xt::linspace<double>(0.5, 2.0, 20);
    const auto f = [](auto const& v) { return ad::sum(v * v) - v(13) * ad::stop_gradient(v(13)) * 1e-3; };
    const auto report = ad::verify::compare_modes(f, many);
    BOOST_TEST(!report.agree);
    BOOST_TEST(report.worst_difference.index == 13u);
}

BOOST_AUTO_TEST_CASE(a_sign)
{
    // 2 stop(x^2) - x^2 has the value x^2 and the derivative -2 x
    BOOST_TEST(!ad::verify::compare_modes([](auto const& v) { return 2.0 * ad::stop_gradient(v * v) - v * v; }, x).agree);
}

BOOST_AUTO_TEST_CASE(a_second_argument)
{
    const auto report = ad::verify::compare_modes([](auto const& v, auto const& s) { return ad::sum(v) * ad::stop_gradient(s) + s; }, x, 2.0);
    BOOST_TEST(!report.agree);
    BOOST_TEST(report.worst_difference.input == 1u);
}

BOOST_AUTO_TEST_CASE(a_gradient_that_is_missing)
{
    const auto report = ad::verify::compare_modes([](auto const& v) { return ad::sum(v * 0.0 + ad::stop_gradient(v)) + 0.0 * ad::sum(v); }, x);
    BOOST_TEST(!report.agree);
    const auto cut = ad::verify::compare_modes([](auto const& v, auto const& w) { return ad::sum(v * ad::stop_gradient(w)); }, x, x);
    BOOST_TEST(!cut.agree);
    BOOST_TEST(!cut.missing.empty());
    BOOST_TEST(contains(cut.text(), cut.missing));
}

BOOST_AUTO_TEST_CASE(the_report_in_words)
{
    const auto good = ad::verify::compare_modes([](auto const& v) { return ad::sum(v * v); }, x);
    BOOST_TEST(good.entries == 3u);
    BOOST_TEST(good.all.size() == 3u);
    BOOST_TEST(contains(good.text(), "3 gradient entries: reverse, dual numbers and finite differences agree"));
    BOOST_TEST(contains(good.text(), "worst, reverse against dual numbers: argument 0, entry"));
    BOOST_TEST(contains(good.text(), "worst, reverse against finite differences"));
    std::ostringstream out;
    out << good;
    BOOST_TEST(out.str() == good.text());
    const auto bad = ad::verify::compare_modes([](auto const& v) { return ad::sum(v * ad::stop_gradient(v)); }, x);
    BOOST_TEST(contains(bad.text(), "DISAGREE"));
}

BOOST_AUTO_TEST_CASE(the_report_for_programs)
{
    const auto json = ad::verify::compare_modes([](auto const& v) { return ad::sum(v * v); }, x).json();
    for (const char* field : {"\"agree\": true", "\"entries\": 3", "\"worst_relative\": ", "\"worst\": {\"argument\": 0, \"index\": ", "\"reverse\": ",
                              "\"forward\": ", "\"finite_difference\": ", "\"finite_difference_error\": ", "\"ulps\": ", "\"worst_difference\": {",
                              "\"missing\": \"\""})
        BOOST_TEST(contains(json, field), json);
    BOOST_TEST((json.front() == '{' && json.back() == '}'));
    const auto cut = ad::verify::compare_modes([](auto const& v, auto const& w) { return ad::sum(v * ad::stop_gradient(w)); }, x, x).json();
    BOOST_TEST(contains(cut, "\"agree\": false"));
    BOOST_TEST(!contains(cut, "\n"));
}

BOOST_AUTO_TEST_SUITE_END()
