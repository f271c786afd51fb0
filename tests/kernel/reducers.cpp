// SPDX-License-Identifier: BSL-1.0
// Full reductions: values and partials in one pass against the definition, and what happens at ties, zeros, infinities and NaN.
#include <cmath>
#include <numeric>

#include <kernel/harness.hpp>

namespace
{
    using namespace kernels;
    using namespace trees;
    using numbers = std::vector<double>;

    // The definitions, in double.
    double sum_of(numbers const& v)
    {
        return std::accumulate(v.begin(), v.end(), 0.0);
    }
    double mean_of(numbers const& v)
    {
        return sum_of(v) / static_cast<double>(v.size());
    }
    double norm_l1_of(numbers const& v)
    {
        double s = 0;
        for (double e : v)
            s += std::abs(e);
        return s;
    }
    double norm_sq_of(numbers const& v)
    {
        double s = 0;
        for (double e : v)
            s += e * e;
        return s;
    }
    double norm_l2_of(numbers const& v)
    {
        return std::sqrt(norm_sq_of(v));
    }
    double amax_of(numbers const& v)
    {
        return *std::max_element(v.begin(), v.end());
    }
    double amin_of(numbers const& v)
    {
        return *std::min_element(v.begin(), v.end());
    }
    double prod_of(numbers const& v)
    {
        return std::accumulate(v.begin(), v.end(), 1.0, std::multiplies<>{});
    }
    double logsumexp_of(numbers const& v)
    {
        double s = 0;
        for (double e : v)
            s += std::exp(e);
        return std::log(s);
    }
    double variance_of(numbers const& v)
    {
        const double m = mean_of(v);
        double s = 0;
        for (double e : v)
            s += (e - m) * (e - m);
        return s / static_cast<double>(v.size());
    }
    double stddev_of(numbers const& v)
    {
        return std::sqrt(variance_of(v));
    }

    template <class T>
    struct outcome
    {
        T value = 0, value_only = 0, slope = 0;
        std::vector<T> gradient;
    };
    template <class T, class Reducer, bool Unit = true>
    outcome<T> reduce(std::vector<T> const& v)
    {
        constexpr std::ptrdiff_t step = Unit ? 1 : 2;
        harness<T, x, expr::identity_map<x>, Unit> h({v.size()}, {{step}}, {1});
        for (std::size_t k = 0; k < v.size(); ++k)
            h.values[0][k * step] = v[k];
        using loops = kernel::loops<T, x, expr::identity_map<x>, Unit>;
        outcome<T> r;
        r.value_only = loops::template reduce<Reducer, false>(h.l, v.size()).value;
        const auto found = loops::template reduce<Reducer, true>(h.l, v.size(), T(2));
        r.value = found.value;
        for (std::size_t k = 0; k < v.size(); ++k)
            r.gradient.push_back(h.adjoints[0].data()[k * step] * found.factor / T(2));
        r.slope = loops::template reduce_tangent<Reducer>(h.l, v.size());
        BOOST_TEST(h.intact());
        return r;
    }

    template <class T, class Reducer, bool Unit>
    void check(std::size_t n, double (*definition)(numbers const&))
    {
        std::vector<T> v;
        for (std::size_t k = 0; k < n; ++k)
            v.push_back(value_at<T>(k) * (k % 3 == 1 ? T(-1) : T(1)));
        numbers wide(v.begin(), v.end());
        const auto r = reduce<T, Reducer, Unit>(v);
        const double expected = definition(wide);
        const double count = static_cast<double>(n);
        BOOST_TEST(near(r.value, expected, count + std::abs(expected)), Reducer::name << " of " << n << ": " << r.value << " is not " << expected);
        BOOST_TEST(r.value_only == r.value);
        double slope = 0;
        for (std::size_t k = 0; k < n; ++k)
        {
            const double h = 1e-5, keep = wide[k];
            wide[k] = keep + h;
            const double up = definition(wide);
            wide[k] = keep - h;
            const double derivative = (up - definition(wide)) / (2 * h);
            wide[k] = keep;
            BOOST_TEST(std::abs(static_cast<double>(r.gradient[k]) - derivative) <= (sizeof(T) == 4 ? 1e-4 : 1e-8) * (1 + std::abs(derivative)),
                       Reducer::name << " of " << n << ", d/dv" << k << ": " << r.gradient[k] << " is not " << derivative);
            slope += static_cast<double>(r.gradient[k]) * static_cast<double>(value_at<T>(k * (Unit ? 1 : 2) + 5));
        }
        BOOST_TEST(std::abs(static_cast<double>(r.slope) - slope) <= 1000 * std::numeric_limits<T>::epsilon() * (count + std::abs(slope)),
                   Reducer::name << " forward: " << r.slope << " is not " << slope);
    }
    // Strided: also with gaps between the elements, which is compiled only for one reducer of each kind.
    template <class Reducer, bool Strided = false>
    void check_all(double (*definition)(numbers const&))
    {
        for (const auto n : tail_sizes<double>())
            if (n > 0)
            {
                check<double, Reducer, true>(n, definition);
                if constexpr (Strided)
                    check<double, Reducer, false>(n, definition);
            }
        for (const auto n : tail_sizes<float>())
            if (n > 0)
                check<float, Reducer, true>(n, definition);
    }

    constexpr double inf = std::numeric_limits<double>::infinity();
    constexpr double no_number = std::numeric_limits<double>::quiet_NaN();
}

#define SAME(FOUND, ...) BOOST_TEST((FOUND) == (numbers{__VA_ARGS__}), boost::test_tools::per_element())

BOOST_AUTO_TEST_SUITE(reducers)

BOOST_AUTO_TEST_CASE(sum)
{
    check_all<kernel::sum_reducer, true>(sum_of);
}
BOOST_AUTO_TEST_CASE(mean)
{
    check_all<kernel::mean_reducer>(mean_of);
}
BOOST_AUTO_TEST_CASE(norm_l1)
{
    check_all<kernel::norm_l1_reducer>(norm_l1_of);
}
BOOST_AUTO_TEST_CASE(norm_sq)
{
    check_all<kernel::norm_sq_reducer>(norm_sq_of);
}
BOOST_AUTO_TEST_CASE(norm_l2)
{
    check_all<kernel::norm_l2_reducer>(norm_l2_of);
}
BOOST_AUTO_TEST_CASE(amax)
{
    check_all<kernel::extremum_reducer<1>>(amax_of);
}
BOOST_AUTO_TEST_CASE(amin)
{
    check_all<kernel::extremum_reducer<-1>>(amin_of);
}
BOOST_AUTO_TEST_CASE(logsumexp)
{
    check_all<kernel::logsumexp_reducer, true>(logsumexp_of);
}
BOOST_AUTO_TEST_CASE(prod)
{
    check_all<kernel::prod_reducer>(prod_of);
}
BOOST_AUTO_TEST_CASE(variance)
{
    check_all<kernel::variance_reducer, true>(variance_of);
}

BOOST_AUTO_TEST_CASE(stddev)
{
    for (const std::size_t n : {2u, 7u, 8u, 9u, 21u})  // of one element: its own case
    {
        check<double, kernel::stddev_reducer, true>(n, stddev_of);
        check<float, kernel::stddev_reducer, true>(n, stddev_of);
    }
    const auto one = reduce<double, kernel::stddev_reducer>({3.0});
    BOOST_TEST(one.value == 0.0);
    SAME(one.gradient, 0);
    const auto equal = reduce<double, kernel::stddev_reducer>(numbers(9, 2.0));
    BOOST_TEST(equal.value == 0.0);
    SAME(equal.gradient, 0, 0, 0, 0, 0, 0, 0, 0, 0);
}

BOOST_AUTO_TEST_CASE(of_nothing)
{
    BOOST_TEST((reduce<double, kernel::sum_reducer>({}).value == 0.0));
    BOOST_TEST((reduce<double, kernel::prod_reducer>({}).value == 1.0));
    BOOST_TEST((reduce<double, kernel::norm_l2_reducer>({}).value == 0.0));
    BOOST_TEST((std::isnan(reduce<double, kernel::mean_reducer>({}).value)));
    static_assert(kernel::extremum_reducer<1>::needs_elements && kernel::logsumexp_reducer::needs_elements && !kernel::prod_reducer::needs_elements);
}

BOOST_AUTO_TEST_CASE(equal_extremes_share_evenly)
{
    const auto most = reduce<double, kernel::extremum_reducer<1>>({1, 4, 4, 2, 4, 4, 0, 0, 3, 1});
    BOOST_TEST(most.value == 4.0);
    SAME(most.gradient, 0, 0.25, 0.25, 0, 0.25, 0.25, 0, 0, 0, 0);
    const auto least = reduce<double, kernel::extremum_reducer<-1>>({1, 4, 4, 2, 4, 4, 0, 0, 3, 1});
    BOOST_TEST(least.value == 0.0);
    SAME(least.gradient, 0, 0, 0, 0, 0, 0, 0.5, 0.5, 0, 0);
}

BOOST_AUTO_TEST_CASE(extremes_of_infinities)
{
    const auto low = reduce<double, kernel::extremum_reducer<1>>({-inf, -inf});
    BOOST_TEST(low.value == -inf);
    SAME(low.gradient, 0.5, 0.5);
    const auto high = reduce<double, kernel::extremum_reducer<-1>>({inf});
    BOOST_TEST(high.value == inf);
    SAME(high.gradient, 1);
    BOOST_TEST((reduce<double, kernel::extremum_reducer<1>>({1, inf, 2}).value == inf));
}

BOOST_AUTO_TEST_CASE(a_norm_of_zero_has_gradient_zero)
{
    const auto l2 = reduce<double, kernel::norm_l2_reducer>(numbers(5, 0.0));
    BOOST_TEST(l2.value == 0.0);
    SAME(l2.gradient, 0, 0, 0, 0, 0);
    SAME((reduce<double, kernel::norm_l1_reducer>({-2, 0, 3}).gradient), -1, 0, 1);
}

BOOST_AUTO_TEST_CASE(products_with_zeros)
{
    const auto one = reduce<double, kernel::prod_reducer>({2, 0, 3, -1});
    BOOST_TEST(one.value == 0.0);
    SAME(one.gradient, 0, -6, 0, 0);
    const auto two = reduce<double, kernel::prod_reducer>({2, 0, 3, 0});
    BOOST_TEST(two.value == 0.0);
    SAME(two.gradient, 0, 0, 0, 0);
    const auto alone = reduce<double, kernel::prod_reducer>({0});
    SAME(alone.gradient, 1);
}

BOOST_AUTO_TEST_CASE(zero_times_nan_or_infinity_is_nan)
{
    BOOST_TEST((std::isnan(reduce<double, kernel::prod_reducer>({0, no_number, 2}).value)));
    BOOST_TEST((std::isnan(reduce<double, kernel::prod_reducer>({0, inf}).value)));
    BOOST_TEST((reduce<double, kernel::prod_reducer>({2, inf}).value == inf));
}

BOOST_AUTO_TEST_CASE(logsumexp_does_not_overflow)
{
    const auto large = reduce<double, kernel::logsumexp_reducer>({1000, 1000});
    BOOST_TEST(large.value == 1000 + std::log(2.0));
    SAME(large.gradient, 0.5, 0.5);
    const auto far = reduce<double, kernel::logsumexp_reducer>({-2000, 0, -1000});
    BOOST_TEST(far.value == 0.0);
    SAME(far.gradient, 0, 1, 0);
}

BOOST_AUTO_TEST_CASE(logsumexp_of_minus_infinities)
{
    const auto none = reduce<double, kernel::logsumexp_reducer>({-inf, -inf, -inf});
    BOOST_TEST(none.value == -inf);
    SAME(none.gradient, 0, 0, 0);
    const auto some = reduce<double, kernel::logsumexp_reducer>({-inf, 3, -inf});
    BOOST_TEST(some.value == 3.0);
    SAME(some.gradient, 0, 1, 0);
    BOOST_TEST((reduce<double, kernel::logsumexp_reducer>({1, inf}).value == inf));
}

template <class Reducer>
void nan_everywhere()
{
    for (const auto n : tail_sizes<double>())
        for (const std::size_t at : {std::size_t{0}, n / 2, n - 1})
            if (at < n)
            {
                numbers v(n, 1.0);
                v[at] = no_number;
                BOOST_TEST((std::isnan(reduce<double, Reducer>(v).value)), Reducer::name << " lost a NaN at " << at << " of " << n);
            }
}
BOOST_AUTO_TEST_CASE(nan_comes_through)
{
    nan_everywhere<kernel::sum_reducer>();
    nan_everywhere<kernel::norm_l1_reducer>();
    nan_everywhere<kernel::norm_l2_reducer>();
    nan_everywhere<kernel::extremum_reducer<1>>();
    nan_everywhere<kernel::extremum_reducer<-1>>();
    nan_everywhere<kernel::logsumexp_reducer>();
    nan_everywhere<kernel::prod_reducer>();
    nan_everywhere<kernel::variance_reducer>();
    nan_everywhere<kernel::stddev_reducer>();
}

BOOST_AUTO_TEST_CASE(rows_are_reduced_as_one_array)
{
    // d sum_ij x_i (a_ij + x_i) / d x: a variable that is broadcast along the rows
    using tree = mul<x, add<a, x>>;
    using map = expr::single_map<tree>;
    constexpr std::size_t n = 2 * width<double> + 1;
    harness<double, tree, map, false> h({3, n}, {{1, 0}, {static_cast<std::ptrdiff_t>(n), 1}}, {static_cast<std::ptrdiff_t>(n), 1});
    const auto r = kernel::loops<double, tree, map, false>::reduce<kernel::sum_reducer, true>(h.l, 3 * n);
    double expected = 0;
    numbers gradient(3, 0.0);
    each_index(h.shape, [&](extents const& i)
        {
            const auto arguments = h.at(i);
            auto const& v = arguments.v;
            expected += v[0] * (v[1] + v[0]);
            gradient[i[0]] += v[1] + 2 * v[0];
        });
    BOOST_TEST(near(r.value, expected, expected));
    for (std::size_t k = 0; k < 3; ++k)
        BOOST_TEST(near(h.adjoints[0].data()[k], gradient[k], gradient[k]));
}

BOOST_AUTO_TEST_SUITE_END()
