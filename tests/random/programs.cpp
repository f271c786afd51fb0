// SPDX-License-Identifier: BSL-1.0
// Random programs: reverse mode = forward mode = finite differences. ETAPE_RANDOM_PROGRAMS and ETAPE_RANDOM_SEED ask for a
// longer run than the 2,000 of every test.
#include <boost/test/unit_test.hpp>
#include <rapidcheck.h>

#include <cstdlib>
#include <sstream>

#include <random/program.hpp>

namespace rc
{
    template <>
    struct Arbitrary<programs::instruction>
    {
        static Gen<programs::instruction> arbitrary()
        {
            using programs::instruction;
            const auto to = [](int n) { return gen::cast<std::uint8_t>(gen::inRange(0, n)); };
            // all registers and positions at every size: only the length of a program grows
            return gen::resize(
                kNominalSize,
                gen::build<instruction>(
                    gen::set(&instruction::op, gen::cast<std::uint16_t>(gen::inRange(0, 1 << 16))),
                    gen::set(&instruction::d, to(6)), gen::set(&instruction::x, to(6)),
                    gen::set(&instruction::y, to(6)), gen::set(&instruction::z, to(6)),
                    gen::set(&instruction::i, to(5)), gen::set(&instruction::j, to(17))));
        }
    };
    template <>
    struct Arbitrary<programs::program>
    {
        static Gen<programs::program> arbitrary()
        {
            using programs::program;
            return gen::build<program>(
                gen::set(&program::rows,
                         gen::resize(kNominalSize, gen::cast<std::uint8_t>(gen::inRange(0, 4)))),
                gen::set(&program::columns,
                         gen::resize(kNominalSize, gen::cast<std::uint8_t>(gen::inRange(0, 7)))),
                gen::set(
                    &program::numbers,
                    gen::resize(kNominalSize, gen::cast<std::uint32_t>(gen::inRange(0, 1 << 30)))),
                gen::set(&program::body, gen::arbitrary<std::vector<programs::instruction>>()));
        }
    };
}

namespace
{
    std::uint64_t from_environment(const char* name, std::uint64_t otherwise)
    {
        const char* text = std::getenv(name);
        return text != nullptr ? std::strtoull(text, nullptr, 10) : otherwise;
    }

    struct totals
    {
        std::size_t programs = 0, statements = 0, kinks = 0, wild = 0, loose = 0, amplify = 0;
        std::vector<std::size_t> runs = std::vector<std::size_t>(programs::operations().size());
    };
    rc::detail::TestResult check_programs(totals& all, std::uint64_t seed, int count)
    {
        rc::detail::TestParams parameters;
        parameters.seed = seed;
        parameters.maxSuccess = count;
        parameters.maxSize = 40;
        return rc::detail::checkTestable(
            [&all](programs::program const& p)
            {
                const auto o = programs::check(p);
                ++all.programs;
                all.statements += p.body.size();
                all.kinks += o.kink;
                all.wild += o.wild;
                all.loose += o.loose;
                all.amplify += o.amplifies;
                for (auto const& q : p.body)
                    ++all.runs[q.op % all.runs.size()];
                if (!o.wrong.empty())
                    RC_FAIL(o.wrong);
            },
            rc::detail::TestMetadata{}, parameters);
    }
    std::string text_of(rc::detail::TestResult const& result)
    {
        std::ostringstream text;
        rc::detail::printResultMessage(result, text);
        return text.str();
    }
    std::size_t occurrences(std::string const& text, std::string const& part)
    {
        std::size_t n = 0;
        for (auto at = text.find(part); at != std::string::npos; at = text.find(part, at + 1))
            ++n;
        return n;
    }

    // The operations with one more that has a mistake in its derivative.
    class with_mistake
    {
    public:
        explicit with_mistake(programs::operation const& wrong)
        {
            programs::operations().push_back(wrong);
        }
        ~with_mistake()
        {
            programs::operations().pop_back();
        }
        with_mistake(with_mistake const&) = delete;
        with_mistake& operator=(with_mistake const&) = delete;
    };
}

BOOST_AUTO_TEST_SUITE(random_programs)

BOOST_AUTO_TEST_CASE(modes_agree)
{
    const auto seed = from_environment("ETAPE_RANDOM_SEED", 20260101);
    totals all;
    const auto result = check_programs(
        all, seed, static_cast<int>(from_environment("ETAPE_RANDOM_PROGRAMS", 2000)));
    BOOST_REQUIRE_MESSAGE(result.is<rc::detail::SuccessResult>(), text_of(result));
    BOOST_TEST_MESSAGE(all.programs << " programs, " << all.statements << " statements, seed "
                                    << seed << "; " << all.kinks
                                    << " not compared with finite differences because of a kink, "
                                    << all.wild << " with values beyond 1e4, " << all.loose
                                    << " with inaccurate differences, " << all.amplify
                                    << " that amplify roundings");
    // What is left out is counted, and little.
    BOOST_TEST(all.kinks * 20 < all.programs);
    BOOST_TEST(all.wild * 20 < all.programs);
    BOOST_TEST(all.loose * 50 < all.programs);
    BOOST_TEST(all.amplify * 50 < all.programs);
    for (std::size_t k = 0; k < all.runs.size(); ++k)
        BOOST_TEST(all.runs[k] > 0u, programs::operations()[k].text);
}

BOOST_AUTO_TEST_CASE(a_mistake_is_found_and_shrunk_to_one_statement)
{
    namespace ad = programs::ad;
    using programs::instruction;
    using programs::operation;
    using programs::pick;
    using programs::registers;
    const operation mistakes[] = {
        PROGRAM(s, s, s, s, d = x * ad::stop_gradient(y)),
        PROGRAM(s, s, s, s, d = ad::exp(x) + 0.001 * (ad::sin(y) - ad::stop_gradient(ad::sin(y)))),
        PROGRAM(s, s, s, s, d = x + y; d = d.value()),
    };
    for (auto const& mistake : mistakes)
    {
        const with_mistake injected(mistake);
        totals all;
        const auto result = check_programs(all, 7, 2000);
        const auto text = text_of(result);
        BOOST_TEST_REQUIRE(result.is<rc::detail::FailureResult>(), mistake.text << ": " << text);
        BOOST_TEST(occurrences(text, "reverse mode against finite differences: found") == 1u, text);
        // one statement between the braces of f, and a whole program around it
        BOOST_TEST(occurrences(text, "        {") == 1u, text);
        BOOST_TEST(occurrences(text, "int main()") == 1u);
        BOOST_TEST(occurrences(text, "ad::verify::compare_modes(f,") == 1u);
    }
}

// What is allowed for programs that amplify roundings lets no mistake through, be it of one part in 10^10.
BOOST_AUTO_TEST_CASE(a_small_mistake_of_one_kind_of_tape_is_found)
{
    namespace ad = programs::ad;
    using programs::instruction;
    using programs::operation;
    using programs::pick;
    using programs::registers;
    const with_mistake injected(PROGRAM(
        s, s, s, s, const auto p = x * y + 0.1; d = ad::runtime::thread.higher_order ? p + 1e-10 * (p - ad::stop_gradient(p)) : p));
    totals all;
    const auto result = check_programs(all, 7, 2000);
    const auto text = text_of(result);
    BOOST_TEST_REQUIRE(result.is<rc::detail::FailureResult>(), text);
    BOOST_TEST(occurrences(text, "the sweep that consumes the tape, largest difference: found") == 1u, text);
    BOOST_TEST(occurrences(text, "        {") == 1u, text);
}

BOOST_AUTO_TEST_CASE(a_statement_as_text)
{
    std::size_t found = 0;
    for (std::size_t k = 0; k < programs::operations().size(); ++k)
        if (programs::operations()[k].text == std::string("xt::view(d, j) += z * x(j)"))
        {
            ++found;
            programs::instruction q;
            q.op = static_cast<std::uint16_t>(k);
            q.d = 2;
            q.x = 4;
            q.z = 3;
            q.j = 7;
            BOOST_TEST(programs::statement(q, 1, 5) ==
                       "xt::view(a2, std::size_t(2)) += s1 * a1(std::size_t(2));");
        }
    BOOST_TEST(found == 1u);
}

BOOST_AUTO_TEST_SUITE_END()
