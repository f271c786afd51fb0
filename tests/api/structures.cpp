// SPDX-License-Identifier: BSL-1.0
// Gradients mirror the structure of their sources: one, several, tuples, vectors, arrays, Hana maps and adapted structs, nested.
#include <boost/test/unit_test.hpp>

#include <array>
#include <tuple>
#include <vector>

#include <boost/hana/adapt_struct.hpp>
#include <boost/hana/at_key.hpp>
#include <boost/hana/define_struct.hpp>
#include <boost/hana/string.hpp>

#include <etape/api/tape.hpp>

namespace
{
    namespace ad = etape;
    namespace hana = boost::hana;
    using namespace hana::literals;
    using number = ad::variable<double>;
    using vector = ad::variable<double, 1>;

    constexpr auto slope_name = BOOST_HANA_STRING("slope");
    constexpr auto shift_name = BOOST_HANA_STRING("shift");
    constexpr auto weights_name = BOOST_HANA_STRING("weights");
    constexpr auto bias_name = BOOST_HANA_STRING("bias");
    constexpr auto first_name = BOOST_HANA_STRING("first");
    constexpr auto scales_name = BOOST_HANA_STRING("scales");
}

struct layer
{
    vector weights;
    number bias;
};
BOOST_HANA_ADAPT_STRUCT(layer, weights, bias);

struct network
{
    BOOST_HANA_DEFINE_STRUCT(network, (layer, first), (std::vector<number>, scales));
};

BOOST_AUTO_TEST_SUITE(structures)

BOOST_AUTO_TEST_CASE(one_source)
{
    const number x = 3.0;
    ad::tape t;
    const auto g = t.gradient(x * x, x);
    static_assert(std::is_same_v<std::remove_cvref_t<decltype(g)>, ad::gradient_result<double, 0>>);
    BOOST_TEST(*g == 6.0);
}

BOOST_AUTO_TEST_CASE(several_sources)
{
    const number a = 1.0, b = 2.0, c = 3.0, d = 4.0, e = 5.0;
    ad::tape t;
    const auto [ga, gb, gc, gd, ge] = t.gradient(a + 2 * b + 3 * c + 4 * d + 5 * e, a, b, c, d, e);
    BOOST_TEST((*ga == 1.0 && *gb == 2.0 && *gc == 3.0 && *gd == 4.0 && *ge == 5.0));
}

BOOST_AUTO_TEST_CASE(a_std_tuple_of_different_ranks)
{
    const auto sources = std::tuple(number(2.0), vector{1.0, 2.0});
    auto const& [x, v] = sources;
    ad::tape t;
    const auto y = ad::sum(v * v) * x;
    const auto g = t.gradient(y, sources);
    static_assert(std::tuple_size_v<std::remove_cvref_t<decltype(g)>> == 2);
    BOOST_TEST(*std::get<0>(g) == 5.0);
    BOOST_TEST((*std::get<1>(g))(1) == 8.0);
}

BOOST_AUTO_TEST_CASE(a_hana_tuple)
{
    const auto sources = hana::make_tuple(number(2.0), number(5.0));
    ad::tape t;
    const auto g = t.gradient(sources[0_c] * sources[1_c], sources);
    BOOST_TEST(*g[0_c] == 5.0);
    BOOST_TEST(*g[1_c] == 2.0);
}

BOOST_AUTO_TEST_CASE(a_vector_and_an_array)
{
    const std::vector<number> v{1.0, 2.0, 3.0};
    const std::array<number, 2> a{4.0, 5.0};
    ad::tape t(true);
    const number y = v[0] * v[1] * v[2] * a[0] + a[1];
    const auto gv = t.gradient(y, v);
    const auto ga = t.gradient(y, a);
    BOOST_TEST(gv.size() == 3u);
    BOOST_TEST((*gv[0] == 24.0 && *gv[1] == 12.0 && *gv[2] == 8.0));
    static_assert(std::tuple_size_v<std::remove_cvref_t<decltype(ga)>> == 2);
    BOOST_TEST((*ga[0] == 6.0 && *ga[1] == 1.0));
}

BOOST_AUTO_TEST_CASE(a_hana_map)
{
    const auto sources = hana::make_map(hana::make_pair(slope_name, number(2.0)), hana::make_pair(shift_name, number(7.0)));
    ad::tape t;
    const number y = sources[slope_name] * 3.0 - sources[shift_name];
    const auto g = t.gradient(y, sources);
    BOOST_TEST(*g[slope_name] == 3.0);
    BOOST_TEST(*g[shift_name] == -1.0);
}

BOOST_AUTO_TEST_CASE(an_adapted_struct_becomes_a_map)
{
    const layer l{{1.0, 2.0}, 3.0};
    ad::tape t;
    const auto y = ad::sum(l.weights * l.bias);
    const auto g = t.gradient(y, l);
    BOOST_TEST((*g[weights_name])(0) == 3.0);
    BOOST_TEST(*g[bias_name] == 3.0);
}

BOOST_AUTO_TEST_CASE(structures_nest)
{
    const network n{{{1.0, 2.0}, 3.0}, {5.0, 7.0}};
    const auto sources = std::tuple(n, std::array<number, 1>{11.0});
    ad::tape t;
    auto const& m = std::get<0>(sources);
    const auto y = (ad::sum(m.first.weights) + m.first.bias) * m.scales[0] * m.scales[1] * std::get<1>(sources)[0];
    const auto [g, last] = t.gradient(y, sources);
    BOOST_TEST(*g[first_name][bias_name] == 385.0);
    BOOST_TEST((*g[first_name][weights_name])(1) == 385.0);
    BOOST_TEST(*g[scales_name][1] == 6 * 5 * 11.0);
    BOOST_TEST(*last[0] == 6 * 35.0);
}

BOOST_AUTO_TEST_CASE(the_same_source_twice_and_an_intermediate)
{
    const number x = 2.0;
    ad::tape t;
    const number y = x * x;
    const number z = y * y;
    const auto [a, b, c, d] = t.gradient(z, x, x, y, z);
    BOOST_TEST((*a == 32.0 && *b == 32.0 && *c == 8.0 && *d == 1.0));
}

BOOST_AUTO_TEST_CASE(one_missing_entry_leaves_the_others)
{
    const std::vector<number> v{1.0, 2.0};
    ad::tape t(true);
    const number y = v[0] * 3.0;
    const auto g = t.gradient(y, v);
    BOOST_TEST(*g[0] == 3.0);
    BOOST_TEST((g[1].why() == ad::reason::unconnected));
    BOOST_TEST(g[1].value_or_zero() == 0.0);
    BOOST_CHECK_THROW((void)*g[1], ad::missing_gradient);
    const auto zeros = t.gradient(y, v, ad::unconnected::zero);
    BOOST_TEST(*zeros[1] == 0.0);
}

BOOST_AUTO_TEST_SUITE_END()
