// SPDX-License-Identifier: BSL-1.0
// Sources of any structure: the gradients come back in the same structure.
#include <semantics/expect.hpp>

#include <array>
#include <tuple>

#include <boost/hana.hpp>

namespace
{
    namespace hana = boost::hana;
    using namespace hana::literals;

    struct layer
    {
        ad::variable<double, 2> weight;
        ad::variable<double, 1> bias;
    };
    struct model
    {
        layer first, second;
        ad::variable<double> scale;
    };
}
BOOST_HANA_ADAPT_STRUCT(layer, weight, bias);
BOOST_HANA_ADAPT_STRUCT(model, first, second, scale);

BOOST_AUTO_TEST_SUITE(structures)

BOOST_AUTO_TEST_CASE(a_std_tuple_gives_a_std_tuple)
{
    ad::variable<double> s = 2.0;
    ad::variable<double, 1> x{1.0, 3.0};
    const auto sources = std::tuple{s, x};
    ad::tape t;
    const auto g = t.gradient(s * ad::sum(x), sources);
    static_assert(std::tuple_size_v<std::decay_t<decltype(g)>> == 2);
    BOOST_TEST(is(std::get<0>(g), 4));
    BOOST_TEST(is(std::get<1>(g), {2, 2}));
}

BOOST_AUTO_TEST_CASE(a_hana_tuple_gives_a_hana_tuple)
{
    const auto sources = hana::make_tuple(ad::variable<double>(2.0), ad::variable<double, 1>{1.0, 3.0}, ad::variable<double>(5.0));
    ad::tape t;
    const auto g = t.gradient(sources[0_c] * ad::sum(sources[1_c]) * sources[2_c], sources);
    BOOST_TEST(is(g[0_c], 20));
    BOOST_TEST(is(g[1_c], {10, 10}));
    BOOST_TEST(is(g[2_c], 8));
}

BOOST_AUTO_TEST_CASE(a_hana_map_gives_a_hana_map)
{
    const auto sources = hana::make_map(hana::make_pair(BOOST_HANA_STRING("w"), ad::variable<double, 1>{1.0, 3.0}),
                                        hana::make_pair(BOOST_HANA_STRING("b"), ad::variable<double>(5.0)),
                                        hana::make_pair(BOOST_HANA_STRING("c"), ad::variable<double>(7.0)));
    ad::tape t;
    const auto g = t.gradient(ad::sum(sources[BOOST_HANA_STRING("w")]) * sources[BOOST_HANA_STRING("b")] + sources[BOOST_HANA_STRING("c")] * 3,
                              sources);
    BOOST_TEST(is(g[BOOST_HANA_STRING("w")], {5, 5}));
    BOOST_TEST(is(g[BOOST_HANA_STRING("b")], 4));
    BOOST_TEST(is(g[BOOST_HANA_STRING("c")], 3));
}

BOOST_AUTO_TEST_CASE(an_adapted_struct_gives_a_map_from_its_member_names_nested)
{
    const model m{{{{1.0, 2.0}}, {3.0}}, {{{4.0}}, {5.0}}, 2.0};
    ad::tape t;
    auto loss = m.scale * (ad::sum(m.first.weight * m.first.weight) + ad::sum(m.first.bias) * ad::sum(m.second.weight));
    const auto g = t.gradient(loss, m);
    const auto first = g[BOOST_HANA_STRING("first")];
    const auto second = g[BOOST_HANA_STRING("second")];
    BOOST_TEST(is(first[BOOST_HANA_STRING("weight")], {4, 8}));
    BOOST_TEST(is(first[BOOST_HANA_STRING("bias")], 8));
    BOOST_TEST(is(second[BOOST_HANA_STRING("weight")], 6));
    BOOST_TEST(none(second[BOOST_HANA_STRING("bias")], ad::reason::unconnected));
    BOOST_TEST(is(g[BOOST_HANA_STRING("scale")], 17));
}

BOOST_AUTO_TEST_CASE(arrays_and_vectors_give_arrays_and_vectors)
{
    const std::array<ad::variable<double>, 3> a{1.0, 2.0, 3.0};
    std::vector<ad::variable<double, 1>> v;
    for (int i = 0; i < 3; ++i)
        v.push_back(ad::variable<double, 1>{double(i), 1.0});
    ad::tape t(true);
    auto y = a[0] * a[1] * a[2] + ad::sum(v[0] * v[1] + v[2]);
    const auto ga = t.gradient(y, a);
    static_assert(std::tuple_size_v<std::decay_t<decltype(ga)>> == 3);
    BOOST_TEST(is(ga[0], 6));
    BOOST_TEST(is(ga[1], 3));
    BOOST_TEST(is(ga[2], 2));
    const auto gv = t.gradient(y, v);
    BOOST_REQUIRE(gv.size() == 3u);
    BOOST_TEST(is(gv[0], {1, 1}));
    BOOST_TEST(is(gv[1], {0, 1}));
    BOOST_TEST(is(gv[2], {1, 1}));
}

BOOST_AUTO_TEST_CASE(an_empty_vector_of_sources_gives_an_empty_vector)
{
    ad::variable<double> x = 2.0;
    const std::vector<ad::variable<double>> sources;
    ad::tape t;
    BOOST_TEST(t.gradient(x * x, sources).empty());
}

BOOST_AUTO_TEST_CASE(structures_of_structures)
{
    using point = std::array<ad::variable<double>, 2>;
    const std::vector<std::tuple<point, ad::variable<double, 1>>> sources{{point{1.0, 2.0}, {3.0}}, {point{4.0, 5.0}, {6.0}}};
    ad::tape t;
    ad::variable<double> y = 0.0;
    for (auto const& [p, x] : sources)
        y += p[0] * p[1] * ad::sum(x);
    const auto g = t.gradient(y, sources);
    BOOST_REQUIRE(g.size() == 2u);
    BOOST_TEST(is(std::get<0>(g[0])[0], 6));
    BOOST_TEST(is(std::get<0>(g[0])[1], 3));
    BOOST_TEST(is(std::get<1>(g[0]), 2));
    BOOST_TEST(is(std::get<0>(g[1])[0], 30));
    BOOST_TEST(is(std::get<0>(g[1])[1], 24));
    BOOST_TEST(is(std::get<1>(g[1]), 20));
}

BOOST_AUTO_TEST_CASE(several_structures_in_one_call)
{
    const std::array<ad::variable<double>, 2> a{2.0, 3.0};
    ad::variable<double> s = 5.0;
    const auto h = hana::make_tuple(ad::variable<double>(7.0));
    ad::tape t;
    auto [ga, gs, gh] = t.gradient(a[0] * a[1] * s * h[0_c], a, s, h);
    BOOST_TEST(is(ga[0], 105));
    BOOST_TEST(is(ga[1], 70));
    BOOST_TEST(is(gs, 42));
    BOOST_TEST(is(gh[0_c], 30));
}

BOOST_AUTO_TEST_CASE(five_sources_of_different_kinds)
{
    ad::variable<double> a = 1.0, b = 2.0;
    ad::variable<double, 1> c{3.0, 4.0};
    ad::variable<double, 2> d{{5.0, 6.0}};
    ad::variable<float> e = 1.0f;
    ad::tape t;
    auto y = a * b * ad::sum(c) * ad::sum(d);
    auto [ga, gb, gc, gd, ge] = t.gradient(y, a, b, c, d, e);
    BOOST_TEST(is(ga, 154));
    BOOST_TEST(is(gb, 77));
    BOOST_TEST(is(gc, {22, 22}));
    BOOST_TEST(is(gd, {14, 14}));
    BOOST_TEST(none(ge, ad::reason::unconnected));
}

BOOST_AUTO_TEST_CASE(targets_of_any_structure)
{
    ad::variable<double> x = 3.0;
    ad::variable<double, 1> a{1.0, 2.0};
    ad::tape t(true);
    BOOST_TEST(is(t.gradient(hana::make_tuple(x * x, a * x), x), 9));
    BOOST_TEST(is(t.gradient(std::tuple{std::array<ad::variable<double>, 2>{x, x * x}, std::vector{a * x}}, x), 10));
    BOOST_TEST(is(t.gradient(std::tuple{a * x, a * a}, a), {5, 7}));
}

BOOST_AUTO_TEST_SUITE_END()
