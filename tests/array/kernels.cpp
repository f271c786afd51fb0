// SPDX-License-Identifier: BSL-1.0
// One kernel per expression, with unit strides where the operands allow: what is recorded, in which form, at what size.
#include <array/check.hpp>

using expect::numbers;
using expect::same;

namespace
{
    // Records e as an array and looks at the statements that it took.
    struct recorded
    {
        std::size_t statements = 0;
        bool unit = false;
        int rank = -1;
    };
    template <class F>
    recorded record(F const& f)
    {
        ad::tape t;
        auto& log = *ad::runtime::thread.log;
        const auto before = log.nodes.size();
        const auto e = f();
        const auto b = ad::detail::evaluate<ad::detail::number_t<decltype(e)>>(e, {});
        recorded r;
        r.statements = log.nodes.size() - before;
        if (auto* n = dynamic_cast<ad::kernel_node<double> const*>(log.nodes.back()))
            r = {r.statements, n->unit, n->rank};
        else if (auto* m = dynamic_cast<ad::kernel_node<float> const*>(log.nodes.back()))
            r = {r.statements, m->unit, m->rank};
        return r;
    }
    template <class F>
    bool one_unit_kernel(F const& f, int rank)
    {
        const auto r = record(f);
        return r.statements == 1 && r.unit && r.rank == rank;
    }
}

BOOST_AUTO_TEST_SUITE(kernels)

BOOST_AUTO_TEST_CASE(simd_path_of_whole_arrays)
{
    const auto x = check::array(6, 7);
    const auto y = check::array(6, 7);
    const auto f = check::array<float>(6, 7);
    const xt::xtensor<double, 2> p = xt::ones<double>({6, 7});
    BOOST_TEST(one_unit_kernel([&] { return xt::exp(x) * xt::sin(y) + x * 2.0; }, 1));
    BOOST_TEST(one_unit_kernel([&] { return xt::exp(f) * f; }, 1));
    BOOST_TEST(one_unit_kernel([&] { return x * p; }, 1));
}
BOOST_AUTO_TEST_CASE(simd_path_of_rows_and_ranges)
{
    const auto x = check::array(6, 7);
    const auto v = check::array(7);
    BOOST_TEST(one_unit_kernel([&] { return x * v; }, 2));
    BOOST_TEST(one_unit_kernel([&] { return xt::view(x, 2) * v; }, 1));
    BOOST_TEST(one_unit_kernel([&] { return xt::view(x, xt::range(1, 6)) - xt::view(x, xt::range(0, 5)); }, 1));
    BOOST_TEST(one_unit_kernel([&] { return xt::view(x, xt::all(), xt::range(1, 6)) * 2.0; }, 2));
    BOOST_TEST(one_unit_kernel([&] { return xt::view(x, xt::range(5, 0, -2)) * v; }, 2));
    BOOST_TEST(one_unit_kernel([&] { return xt::flatten(x) * 2.0; }, 1));
    BOOST_TEST(one_unit_kernel([&] { return xt::reshape_view(x, {7, 6}) * 2.0; }, 1));
    BOOST_TEST(one_unit_kernel([&] { return xt::view(x, xt::newaxis()) * 2.0; }, 1));
}
BOOST_AUTO_TEST_CASE(one_kernel_with_strides)
{
    const auto x = check::array(7, 7);
    for (auto const& r : {record([&] { return x * xt::transpose(x); }), record([&] { return xt::view(x, xt::all(), 1) * 2.0; }),
                          record([&] { return xt::flip(x, 1) * x; }), record([&] { return xt::diagonal(x) * 2.0; }),
                          record([&] { return xt::transpose(xt::view(x, xt::range(1, 3)), {1, 0}) * 2.0; })})
    {
        BOOST_TEST(r.statements == 1u);
        BOOST_TEST(!r.unit);
    }
}
BOOST_AUTO_TEST_CASE(unaligned_operands)
{
    constexpr std::size_t W = ad::kernel::lane_of<double>::size;
    for (std::size_t n : {std::size_t{1}, W - 1, W, W + 1, 2 * W + 1, 5 * W + 3})
        for (std::size_t from : {0, 1, 3})
        {
            const auto x = check::array(n + 5);
            const auto end = from + n;
            check::agrees([=](auto const& a) { return xt::view(a, xt::range(from, end)) * xt::view(a, xt::range(0, n)); }, x);
        }
}
BOOST_AUTO_TEST_CASE(sizes_of_both_precisions)
{
    auto each = [](auto one)
    {
        using T = decltype(one);
        constexpr std::size_t W = ad::kernel::lane_of<T>::size;
        for (std::size_t n : {std::size_t{1}, W - 1, W, W + 1, 2 * W + 1})
        {
            const auto x = check::array<T>(n);
            const auto y = check::array<T>(n);
            check::agrees([](auto const& a, auto const& b) { return a * b - a / b; }, x, y);
        }
        const ad::variable<T, 1> none(xt::xtensor<T, 1>(xt::zeros<T>({0})));
        ad::tape t(true);
        const ad::tensor<T, 1> y = none * none;
        BOOST_TEST(is(t.gradient(y, none), std::vector<double>{}));
        BOOST_TEST(is(t.gradient(ad::sum(none * none), none), std::vector<double>{}));
    };
    each(1.0);
    each(1.0f);
}
BOOST_AUTO_TEST_CASE(statements_and_bytes)
{
    const auto x = check::array(100);
    ad::tape t;
    BOOST_TEST(t.statistics().statements == 0u);
    const ad::tensor<double, 1> y = xt::view(x, xt::range(1, 100)) * xt::view(x, xt::range(0, 99));
    auto s = t.statistics();
    BOOST_TEST(s.statements == 1u);
    BOOST_TEST(s.edges == 2u);
    BOOST_TEST(s.copied_bytes == 0u);
    BOOST_TEST(s.kept_bytes <= 2 * 100 * sizeof(double)); // the array itself, not copies of its parts
    BOOST_TEST(s.tape_bytes < 1024u);
    ad::variable<double, 1> z = x;
    xt::view(z, xt::range(0, 3)) = xt::view(x, xt::range(3, 6));
    s = t.statistics();
    BOOST_TEST(s.statements == 3u); // the part is read, the array takes it
    BOOST_TEST(s.tape_bytes < 2048u);
}
BOOST_AUTO_TEST_CASE(a_loop_over_rows_keeps_rows_not_arrays)
{
    const auto x = check::array(400, 10);
    ad::tape t;
    ad::variable<double> s = 0.0;
    for (int i = 0; i < 400; ++i)
        s += ad::sum(xt::view(x, i) * xt::view(x, i) * xt::view(x, (i + 1) % 400));
    BOOST_TEST(t.statistics().kept_bytes <= 2 * 400 * 10 * sizeof(double));
    const auto g = *t.gradient(s, x);
    const auto v = ad::value(x);
    for (std::size_t i : {std::size_t{0}, std::size_t{7}, std::size_t{399}})
    {
        const auto before = (i + 399) % 400;
        BOOST_TEST(g(i, 3) == 2 * v(i, 3) * v((i + 1) % 400, 3) + v(before, 3) * v(before, 3), boost::test_tools::tolerance(1e-14));
    }
}
BOOST_AUTO_TEST_CASE(one_variable_many_times)
{
    const auto x = check::array(19);
    check::agrees([](auto const& a) { return a * a * a - a / (a + a); }, x);
    check::agrees([](auto const& a) { return a * xt::view(a, xt::newaxis(), xt::all()) * xt::view(a, xt::all(), xt::newaxis()); }, x);
    BOOST_TEST(one_unit_kernel([&] { return x * x * x; }, 1));
}
BOOST_AUTO_TEST_CASE(a_second_sweep_is_identical)
{
    const auto x = check::array(6, 37);
    ad::tape t(true);
    const ad::tensor<double, 2> y = xt::exp(xt::view(x, xt::range(1, 6))) * xt::view(x, xt::range(0, 5)) + xt::view(x, 2);
    const auto s = ad::sum(xt::sin(y) * xt::flip(y, 1));
    const auto first = numbers(*t.gradient(s, x));
    BOOST_TEST(same(numbers(*t.gradient(s, x)), first));
    BOOST_TEST(same(numbers(*t.gradient(s, x)), first));
}

BOOST_AUTO_TEST_SUITE_END()
