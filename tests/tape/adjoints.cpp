// SPDX-License-Identifier: BSL-1.0
// Adjoints of a sweep stay lazy: a constant, or somebody's buffer times a factor, until something must be added to them.
#include <tape/recording.hpp>

#include <etape/tape/sweep.hpp>

namespace
{
    using namespace etape;

    // A log with two arrays of three elements, and a sweep over nothing.
    struct fixture
    {
        tape_core tape{false, true, site{}};
        buffer_ptr first = leaf(), second = leaf();
        std::uint32_t a = tape.log().id_of(*first, false);
        std::uint32_t b = tape.log().id_of(*second, false);
        sweep s{tape.log(), true};

        static buffer_ptr numbers(double v)
        {
            const std::size_t shape[] = {3};
            auto n = make_buffer<double>(shape, 1);
            std::fill_n(n->data<double>(), 3, v);
            return n;
        }
        static buffer_ptr leaf()
        {
            auto n = numbers(0);
            n->role = buffer_role::leaf;
            return n;
        }
        double element(std::uint32_t id)
        {
            return s.dense<double>(s.of(id), id)->data<double>()[2];
        }
    };
}

BOOST_FIXTURE_TEST_SUITE(adjoints, fixture)

BOOST_AUTO_TEST_CASE(nothing_arrived)
{
    adjoint out;
    BOOST_TEST(!s.take(a, out));
    BOOST_TEST((s.of(a).kind == adjoint_kind::empty));
}

BOOST_AUTO_TEST_CASE(a_constant_needs_no_memory)
{
    s.contribute_constant<double>(a, 2);
    s.contribute_constant<double>(a, 3);
    BOOST_TEST((s.of(a).kind == adjoint_kind::constant));
    BOOST_TEST(s.of(a).factor == 5.0);
    BOOST_TEST(!s.of(a).values);
    BOOST_TEST(element(a) == 5.0);
    BOOST_TEST((s.of(a).kind == adjoint_kind::dense));
}

BOOST_AUTO_TEST_CASE(the_first_values_are_shared_with_a_factor)
{
    const auto v = numbers(4);
    s.contribute<double>(a, v, 0.5);
    s.contribute<double>(b, v, -1);
    BOOST_TEST(s.of(a).values.get() == v.get());
    BOOST_TEST(s.of(b).values.get() == v.get());
    BOOST_TEST(s.of(a).factor == 0.5);
    BOOST_TEST(element(a) == 2.0);
    BOOST_TEST(element(b) == -4.0);
    BOOST_TEST(v->data<double>()[2] == 4.0);
}

BOOST_AUTO_TEST_CASE(adding_to_shared_values_leaves_the_other_alone)
{
    const auto v = numbers(4);
    s.contribute<double>(a, v, 2);
    s.contribute<double>(b, v, 1);
    s.contribute<double>(a, numbers(10), 0.1);
    s.contribute_constant<double>(a, 100);
    BOOST_TEST(element(a) == 109.0);
    BOOST_TEST(element(b) == 4.0);
    BOOST_TEST(v->data<double>()[2] == 4.0);
}

BOOST_AUTO_TEST_CASE(values_are_added_to_a_constant)
{
    s.contribute_constant<double>(a, 1);
    s.contribute<double>(a, numbers(4), 2);
    BOOST_TEST(element(a) == 9.0);
}

BOOST_AUTO_TEST_CASE(the_first_contribution_of_a_kernel_stores)
{
    bool add = true;
    double* p = s.target<double>(a, true, add);
    BOOST_TEST(!add);
    std::fill_n(p, 3, 6.0);
    double* q = s.target<double>(a, true, add);
    BOOST_TEST(add);
    BOOST_TEST(q == p);
    BOOST_TEST(element(a) == 6.0);
}

BOOST_AUTO_TEST_CASE(a_kernel_that_does_not_cover_its_operand_adds_to_zeros)
{
    bool add = false;
    const double* p = s.target<double>(a, false, add);
    BOOST_TEST(add);
    BOOST_TEST(p[0] == 0.0);
    BOOST_TEST(p[2] == 0.0);
}

BOOST_AUTO_TEST_CASE(a_kernel_adds_to_what_was_lazy)
{
    bool add = false;
    s.contribute_constant<double>(a, 2);
    BOOST_TEST(s.target<double>(a, true, add)[1] == 2.0);
    BOOST_TEST(add);
    const auto v = numbers(4);
    s.contribute<double>(b, v, 3);
    BOOST_TEST(s.target<double>(b, true, add)[1] == 12.0);
    BOOST_TEST(v->data<double>()[1] == 4.0);
}

BOOST_AUTO_TEST_CASE(taken_adjoints_leave_unless_they_are_wanted)
{
    s.contribute_constant<double>(a, 2);
    s.contribute_constant<double>(b, 3);
    s.of(b).wanted = true;
    adjoint out;
    BOOST_TEST(s.take(a, out));
    BOOST_TEST(out.factor == 2.0);
    BOOST_TEST(!s.take(a, out));
    BOOST_TEST(s.take(b, out));
    BOOST_TEST(s.take(b, out));
    BOOST_TEST(out.factor == 3.0);
}

BOOST_AUTO_TEST_CASE(scalars_tell_zero_from_nothing)
{
    BOOST_TEST(sweep::untouched(-0.0));
    BOOST_TEST(!sweep::untouched(0.0));
    BOOST_TEST(-0.0 + 5.0 == 5.0);
    BOOST_TEST(!sweep::untouched(-0.0 + (-0.0 + 0.0)));
}

BOOST_AUTO_TEST_SUITE_END()
