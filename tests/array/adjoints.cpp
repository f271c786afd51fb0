// SPDX-License-Identifier: BSL-1.0
// <w, Jv> = <J'w, v> and finite differences, statement by statement: ranks 0 to 5, all sizes of a tail, every axis, every subset
// of active arguments; with what is recorded, what the inputs are afterwards, and two sweeps that are the same.
#include <array/check.hpp>

#include <cstring>
#include <functional>
#include <numeric>

#include <etape/verify/checked_recording.hpp>

namespace
{
    using ad::verify::checked_recording;
    using ad::verify::on_wrong_rule;
    using vector = ad::variable<double, 1>;
    using matrix = ad::variable<double, 2>;
    constexpr std::size_t W = ad::kernel::lane_of<double>::size;

    // f records; every statement is checked, at least `least` of them.
    template <class F>
    void expect_right(std::size_t least, F const& f)
    {
        const checked_recording all(on_wrong_rule::collect);
        const ad::tape t;
        f();
        BOOST_TEST(all.wrong().empty(), all);
        BOOST_TEST(all.statements() >= least);
    }
    template <class H>
    std::vector<double> copy(H const& h)
    {
        auto const& b = *h.data_handle();
        return {b.template data<double>(), b.template data<double>() + b.size};
    }
    bool same_bits(std::vector<double> const& a, std::vector<double> const& b)
    {
        return a.size() == b.size() && (a.empty() || std::memcmp(a.data(), b.data(), a.size() * sizeof(double)) == 0);
    }

    // Every axis, and every pair of axes.
    template <std::size_t N>
    void reductions_of_rank(std::array<std::size_t, N> const& shape)
    {
        const auto x = check::some<double>(shape);
        for (int i = 0; i < static_cast<int>(N); ++i)
            expect_right(3, [&]
                {
                    const auto a = ad::sum(x, {i});
                    const auto b = ad::prod(x, {i});
                    const auto c = ad::amax(x, {i - static_cast<int>(N)});
                    if constexpr (N > 1)
                    {
                        BOOST_TEST(a.size() == b.size());
                        BOOST_TEST(a.size() == c.size());
                    }
                    else
                        BOOST_TEST(std::isfinite((a + b + c).value()));
                });
        if constexpr (N > 2)
            for (int i = 0; i < static_cast<int>(N); ++i)
                for (int j = 0; j < i; ++j)
                    expect_right(1, [&] { BOOST_TEST(ad::sum(x, {i, j}).size() == x.size() / shape[std::size_t(i)] / shape[std::size_t(j)]); });
    }

    // A reduction over one and over two axes, and what it is of the numbers that fall together.
    using cube = ad::variable<double, 3>;
    using numbers = std::vector<double>;
    struct reduction
    {
        const char* name;
        ad::tensor<double, 2> (*one)(cube const&, int);
        ad::tensor<double, 1> (*two)(cube const&, int, int);
        double (*of)(numbers const&);
    };
    template <class F>
    double total(numbers const& v, F f)
    {
        double s = 0;
        for (double e : v)
            s += f(e);
        return s;
    }
    double mean_of(numbers const& v)
    {
        return total(v, [](double e) { return e; }) / static_cast<double>(v.size());
    }
    double squares_of(numbers const& v)
    {
        return total(v, [](double e) { return e * e; });
    }
    double variance_of(numbers const& v)
    {
        return total(v, [m = mean_of(v)](double e) { return (e - m) * (e - m); }) / static_cast<double>(v.size());
    }
    std::vector<reduction> all_reductions()
    {
#define REDUCTION(NAME, ...)                                                                                                   \
    reduction                                                                                                                  \
    {                                                                                                                          \
#NAME, [](cube const& x, int i) { return ad::NAME(x, {i}); }, [](cube const& x, int i, int j) { return ad::NAME(x, {i, j}); }, \
            [](numbers const& v) -> double { return __VA_ARGS__; }                                                             \
    }
        return {REDUCTION(sum, total(v, [](double e) { return e; })),
                REDUCTION(mean, mean_of(v)),
                REDUCTION(prod, std::accumulate(v.begin(), v.end(), 1.0, std::multiplies<>())),
                REDUCTION(amax, *std::max_element(v.begin(), v.end())),
                REDUCTION(amin, *std::min_element(v.begin(), v.end())),
                REDUCTION(norm_l1, total(v, [](double e) { return std::abs(e); })),
                REDUCTION(norm_sq, squares_of(v)),
                REDUCTION(norm_l2, std::sqrt(squares_of(v))),
                REDUCTION(variance, variance_of(v)),
                REDUCTION(stddev, std::sqrt(variance_of(v))),
                REDUCTION(logsumexp, std::log(total(v, [](double e) { return std::exp(e); })))};
#undef REDUCTION
    }
    // The numbers of x that differ only along the axes of the mask, in the order of the rest.
    std::vector<numbers> lines(cube const& x, unsigned mask)
    {
        const auto plain = ad::value(x);
        const auto kept = [&](std::size_t k) { return (mask >> k & 1u) == 0 ? x.shape()[k] : 1; };
        std::vector<numbers> all(kept(0) * kept(1) * kept(2));
        for (std::size_t i = 0; i < x.shape()[0]; ++i)
            for (std::size_t j = 0; j < x.shape()[1]; ++j)
                for (std::size_t k = 0; k < x.shape()[2]; ++k)
                    all[((i % kept(0)) * kept(1) + j % kept(1)) * kept(2) + k % kept(2)].push_back(plain(i, j, k));
        return all;
    }
    template <class Y>
    void expect_reduced(reduction const& r, cube const& x, unsigned mask, Y const& reduce)
    {
        const auto before = copy(x);
        const checked_recording all(on_wrong_rule::collect);
        ad::tape t(true);
        const auto y = reduce();
        const auto statistics = t.statistics();
        const auto found = copy(y), gradient = copy(*t.gradient(y, x));
        const auto fibres = lines(x, mask);
        BOOST_TEST(all.wrong().empty(), r.name << ": " << all);
        BOOST_TEST(same_bits(copy(*t.gradient(y, x)), gradient), r.name << ": the second sweep differs");
        BOOST_TEST(same_bits(copy(x), before), r.name << " changed its input");
        t.reset();
        const auto again = reduce();
        BOOST_TEST(t.statistics().statements == statistics.statements);
        BOOST_TEST(t.statistics().tape_bytes == statistics.tape_bytes);
        BOOST_TEST(same_bits(copy(*t.gradient(again, x)), gradient), r.name << ": the second recording differs");
        BOOST_TEST(all.statements() > 0u);
        BOOST_TEST_REQUIRE(found.size() == fibres.size());
        for (std::size_t k = 0; k < found.size(); ++k)
            BOOST_TEST(std::abs(found[k] - r.of(fibres[k])) <= 1e-13 * (1 + std::abs(found[k])),
                       r.name << " over axes " << mask << ", " << k << ": " << found[k] << " is not " << r.of(fibres[k]));
    }
    template <std::size_t N>
    void elementwise_of_rank(std::array<std::size_t, N> const& shape)
    {
        auto lower = shape;
        lower[0] = 1;
        const auto x = check::some<double>(shape), y = check::some<double>(lower, 0.2);
        const ad::variable<double> s = 0.7;
        expect_right(2, [&]
            {
                const ad::tensor<double, N> z = xt::sin(x) * y + s * x;
                BOOST_TEST(z.size() == x.size());
                BOOST_TEST(std::isfinite(ad::sum(z * xt::transpose(xt::transpose(x))).value()));
            });
    }
}

BOOST_AUTO_TEST_SUITE(adjoints)

BOOST_AUTO_TEST_CASE(reductions_over_every_axis)
{
    reductions_of_rank(std::array<std::size_t, 1>{2 * W + 1});
    reductions_of_rank(std::array<std::size_t, 3>{2, W + 1, 3});
    reductions_of_rank(std::array<std::size_t, 5>{2, 1, 3, 2, 2});
}

BOOST_AUTO_TEST_CASE(every_reduction_over_axes)
{
    const xt::xtensor<double, 3> numbers_of_both_signs = ad::value(check::some<double>(std::array<std::size_t, 3>{2, W + 1, 3})) - 1.1;
    const cube x(numbers_of_both_signs);
    for (auto const& r : all_reductions())
    {
        for (int i = 0; i < 3; ++i)
        {
            expect_reduced(r, x, 1u << i, [&] { return r.one(x, i); });
            for (int j = 0; j < i; ++j)
                expect_reduced(r, x, 1u << i | 1u << j, [&] { return r.two(x, j, i - 3); });
        }
    }
}

BOOST_AUTO_TEST_CASE(ranks_0_to_5)
{
    const ad::variable<double> s = 0.7;
    expect_right(1, [&] { BOOST_TEST((ad::exp(s) * s).value() > 0.0); });
    elementwise_of_rank(std::array<std::size_t, 1>{W + 1});
    elementwise_of_rank(std::array<std::size_t, 2>{3, W + 1});
    elementwise_of_rank(std::array<std::size_t, 4>{2, 3, 1, 3});
    elementwise_of_rank(std::array<std::size_t, 5>{2, 1, 3, 2, 3});
}

BOOST_AUTO_TEST_CASE(sizes_and_alignment)
{
    for (std::size_t n : {std::size_t{0}, std::size_t{1}, W - 1, W, W + 1, 2 * W + 1})
        for (std::size_t from : {std::size_t{0}, std::size_t{1}, std::size_t{3}})
        {
            const auto x = check::array(n + 3), y = check::array(n);
            const auto before = copy(x);
            std::vector<double> first;
            {
                const checked_recording all(on_wrong_rule::collect);
                ad::tape t(true);
                const auto part = xt::view(x, xt::range(from, from + n));
                const auto z = ad::sum(xt::exp(part) * y + part * part) + ad::sum(xt::square(xt::flip(y, 0)));
                first = copy(*t.gradient(z, x));
                BOOST_TEST(same_bits(first, copy(*t.gradient(z, x))));
                BOOST_TEST(all.wrong().empty(), all);
            }
            BOOST_TEST(same_bits(before, copy(x)));
            // elements outside of the part
            for (std::size_t i = 0; i < first.size(); ++i)
                if (i < from || i >= from + n)
                    BOOST_TEST(first[i] == 0.0);
        }
}

BOOST_AUTO_TEST_CASE(every_subset_of_active_arguments)
{
    const xt::xtensor<double, 2> a{{0.4, -0.2, 1.3}, {1.1, 0.7, -0.6}};
    const xt::xtensor<double, 1> b{0.3, -1.2, 2.1}, c{0.9, 1.4, -0.5};
    for (unsigned active = 0; active < 8; ++active)
    {
        // frozen variables have the same type, and are constants
        const matrix x(a, (active & 1u) != 0);
        const vector y(b, (active & 2u) != 0), z(c, (active & 4u) != 0);
        const std::size_t arguments = (active & 1u) + (active >> 1 & 1u) + (active >> 2);
        const checked_recording all(on_wrong_rule::collect);
        ad::tape t(true);
        const ad::tensor<double, 2> fused = xt::sin(x) * y + z * x;
        BOOST_TEST(t.statistics().edges == arguments + (active & 1u));  // x is read twice
        BOOST_TEST(t.statistics().statements == (arguments != 0 ? 1u : 0u));
        const auto product = ad::matmul(x, y);
        const ad::tensor<double, 1> choice = xt::where(y > z, y * z, z);
        const auto sum = ad::sum(fused) + ad::sum(product) + ad::sum(choice * y);
        const auto [gx, gy, gz] = t.gradient(sum, x, y, z);
        BOOST_TEST(gx.has_value() == ((active & 1u) != 0));
        BOOST_TEST(gy.has_value() == ((active & 2u) != 0));
        BOOST_TEST(gz.has_value() == ((active & 4u) != 0));
        BOOST_TEST(all.wrong().empty(), all);
        // whatever else is active, the derivative is the same
        if (gy)
        {
            const auto slope = *gy;
            for (std::size_t i = 0; i < 3; ++i)
            {
                double expected = std::sin(a(0, i)) + std::sin(a(1, i)) + a(0, i) + a(1, i);
                expected += b(i) > c(i) ? 2 * b(i) * c(i) : c(i);
                BOOST_TEST(slope(i) == expected, boost::test_tools::tolerance(1e-13));
            }
        }
    }
}

BOOST_AUTO_TEST_CASE(one_object_twice_and_in_place)
{
    vector x = check::array(2 * W + 1);
    matrix m = check::array(5, 5);
    expect_right(9, [&]
        {
            const ad::tensor<double, 1> y = x * x - x / (x + x);
            BOOST_TEST(std::isfinite(ad::matmul(x, x).value()));
            const auto square = ad::matmul(m, m);
            BOOST_TEST(square.size() == 25u);
            x = x * y;
            x += x;
            xt::view(x, xt::range(1, 6)) = xt::view(x, xt::range(0, 5));
            xt::view(x, xt::range(0, 9, 2)) *= xt::view(x, xt::range(8, xt::placeholders::_, -2));
            xt::view(m, xt::all(), 1) = xt::view(m, 2);
            m = m * xt::transpose(m);
        });
}

BOOST_AUTO_TEST_CASE(both_layouts)
{
    const matrix x = check::array(4, W + 3);
    const xt::xtensor<double, 2, xt::layout_type::column_major> columns = ad::value(x);
    const xt::xtensor<double, 2> rows = ad::value(x);
    ad::tape t(true);
    const checked_recording all(on_wrong_rule::collect);
    const auto first = ad::sum(xt::sin(x) * columns), second = ad::sum(xt::sin(x) * rows);
    BOOST_TEST(same_bits(copy(*t.gradient(first, x)), copy(*t.gradient(second, x))));
    const auto reduced = [&](auto const& plain) -> ad::variable<double>
    {
        const auto e = xt::sin(x) * plain;
        return ad::sum(ad::sum(e, {0}) * 1.5) + ad::sum(ad::logsumexp(e, {1})) + ad::sum(ad::amax(e, {0})) + ad::sum(ad::prod(e, {1})) +
               ad::norm_l2(e);
    };
    const auto third = reduced(columns), fourth = reduced(rows);
    BOOST_TEST(third.value() == fourth.value());
    BOOST_TEST(same_bits(copy(*t.gradient(third, x)), copy(*t.gradient(fourth, x))));
    BOOST_TEST(all.wrong().empty(), all);
}

BOOST_AUTO_TEST_SUITE_END()
