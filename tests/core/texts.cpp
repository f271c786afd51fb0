// SPDX-License-Identifier: BSL-1.0
// Texts that messages are made of: shapes, places, the pattern "call: found a, expected b".
#include <boost/test/unit_test.hpp>

#include <string>

#include <etape/core/error.hpp>

namespace
{
    using namespace etape;

    std::string text(std::initializer_list<std::size_t> shape)
    {
        return shape_text(shape.begin(), shape.size());
    }
}

BOOST_AUTO_TEST_SUITE(texts)

BOOST_AUTO_TEST_CASE(shapes_are_written_as_in_numpy)
{
    BOOST_TEST(text({}) == "()");
    BOOST_TEST(text({4}) == "(4,)");
    BOOST_TEST(text({2, 3}) == "(2, 3)");
    BOOST_TEST(text({0, 1, 22}) == "(0, 1, 22)");
}

BOOST_AUTO_TEST_CASE(places_leave_the_folder_out)
{
    BOOST_TEST(to_string(site{"/somewhere/else/fit.cpp", "train", 21}) == "fit.cpp:21 (in train)");
    BOOST_TEST(to_string(site{"fit.cpp", "", 21}) == "fit.cpp:21");
    BOOST_TEST(to_string(site{}) == "an unknown place");
}

BOOST_AUTO_TEST_CASE(a_place_is_the_callers)
{
    const auto here = [](site s = site::current()) { return s; };
    const unsigned line = __LINE__ + 1;
    const site s = here();
    BOOST_TEST(s.known());
    BOOST_TEST(s.line == line);
    BOOST_TEST(std::string(s.file).find("texts.cpp") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(errors_name_the_call_what_was_found_and_what_was_expected)
{
    const auto is = [](std::string text) { return [text](std::exception const& e) { return e.what() == text; }; };
    BOOST_CHECK_EXCEPTION(throw_shape_error("matmul", "(2, 3)", "(3, 2)"), shape_error, is("etape: matmul: found (2, 3), expected (3, 2)"));
    BOOST_CHECK_EXCEPTION(throw_tape_error("the reason"), tape_error, is("etape: the reason"));
}

BOOST_AUTO_TEST_CASE(every_error_is_an_etape_error_and_a_logic_error)
{
    static_assert(std::is_base_of_v<std::logic_error, error>);
    static_assert(std::is_base_of_v<error, shape_error> && std::is_base_of_v<error, tape_error>);
    static_assert(std::is_base_of_v<tape_error, thread_error>);
    static_assert(std::is_base_of_v<error, rule_error> && std::is_base_of_v<error, missing_gradient>);
    BOOST_CHECK_THROW(throw_shape_error("a", "b", "c"), error);
}

BOOST_AUTO_TEST_SUITE_END()
