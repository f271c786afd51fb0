// SPDX-License-Identifier: BSL-1.0
// Every row of the rule table through the loops over memory: values, adjoints and tangents of arrays of all sizes of a tail, against
// the rule on plain numbers, which is proven in ulps elsewhere. Two lanes of memory around each array see writes outside.
#include <boost/hana/for_each.hpp>

#include <kernel/harness.hpp>

namespace
{
    using namespace kernels;

    constexpr std::size_t most = 3;

    struct point_of_row
    {
        double value = 0;
        double pulled[most] = {};  // adjoints for the seed
        double tangent = 0;        // for all tangents
    };
    struct row
    {
        const char* name;
        std::size_t arity;
        const bool* active;
        const rule::arg_kind* kind;
        const rule::interval* domain;
        double value_ulp, derivative_ulp, value_floor, derivative_floor;
        void (*evaluate)(kernel_args::loop<double> const&);
        void (*reverse)(kernel_args::loop<double>&);
        void (*tangents)(kernel_args::loop<double> const&);
        point_of_row (*at)(const double* x, const double* d, double seed);
    };

    template <class Rule, std::size_t... I>
    row row_of(std::index_sequence<I...>)
    {
        using tree = expr::op<Rule, expr::array_leaf<Rule::active[I]>...>;
        using loops = kernel::loops<double, tree, expr::identity_map<tree>, true>;
        return {Rule::name, sizeof...(I), Rule::active, Rule::kind, Rule::domain, Rule::value_ulp, Rule::derivative_ulp, Rule::value_floor,
                Rule::derivative_floor, &loops::evaluate, &loops::reverse, &loops::tangents,
                [](const double* x, const double* d, double seed)
                {
                    point_of_row p;
                    double aux = 0;
                    p.value = Rule::value_aux(aux, x[I]...);
                    ((p.pulled[I] = Rule::active[I] ? Rule::template pull<static_cast<int>(I)>(seed, p.value, aux, x[I]...) : 0), ...);
                    p.tangent = Rule::push(p.value, aux, x[I]..., (Rule::active[I] ? d[I] : 0)...);
                    return p;
                }};
    }
    std::vector<row> all_rows()
    {
        std::vector<row> all;
        boost::hana::for_each(rule::table,
                              [&](auto type)
                              {
                                  using rule = typename decltype(type)::type;
                                  all.push_back(row_of<rule>(std::make_index_sequence<static_cast<std::size_t>(rule::arity)>{}));
                              });
        return all;
    }

    // Both sides are within `bound` ulps of the exact number, which has at least the size `floor`.
    bool within(double found, double expected, double bound, double floor)
    {
        const double size = std::max({std::abs(found), std::abs(expected), floor, std::numeric_limits<double>::min()});
        return found == expected || std::abs(found - expected) <= (2 * bound + 1) * std::ldexp(1.0, std::ilogb(size) - 52);
    }

    void check(row const& r, std::size_t n)
    {
        std::vector<double> x[most], d[most];
        guarded<double> adjoints[most];
        kernel_args::operand<double> operands[most];
        const std::ptrdiff_t unit[] = {1};
        bool any = false;
        for (std::size_t j = 0; j < r.arity; ++j)
        {
            // inside of the domain, different in each argument
            const double low = std::max(r.domain[j].low, -3.0), high = std::min(r.domain[j].high, 3.0);
            for (std::size_t k = 0; k < n; ++k)
            {
                const double at = low + (high - low) * (0.02 + 0.96 * static_cast<double>((k * 37 + j * 53 + 11) % 101) / 101.0);
                x[j].push_back(r.kind[j] == rule::arg_kind::parameter ? std::round(at) : at);
                d[j].push_back(value_at<double>(k + 29 * j + 5));
            }
            adjoints[j] = guarded<double>(n, 7.0);
            operands[j].data = x[j].data();
            operands[j].tangent = r.active[j] ? d[j].data() : nullptr;
            operands[j].adjoint = adjoints[j].data();
            operands[j].strides = unit;
            any = any || r.active[j];
        }
        guarded<double> values(n, 100.0), slopes(n, 100.0);
        std::vector<double> seeds;
        for (std::size_t k = 0; k < n; ++k)
            seeds.push_back(std::ldexp(k % 2 == 0 ? 1.0 : -1.0, static_cast<int>(k % 5)));
        kernel_args::loop<double> l;
        l.rank = 1;
        l.shape = &n;
        l.operands = operands;
        l.unit = true;
        l.out = values.data();
        l.out_strides = unit;
        r.evaluate(l);
        l.out = slopes.data();
        r.tangents(l);
        l.result = values.data();
        l.result_strides = unit;
        l.seed = seeds.data();
        l.seed_strides = unit;
        if (any)
            r.reverse(l);

        for (std::size_t k = 0; k < n; ++k)
        {
            double at[most] = {}, along[most] = {}, magnitude = 0;
            for (std::size_t j = 0; j < r.arity; ++j)
            {
                at[j] = x[j][k];
                along[j] = d[j][k];
            }
            const auto expected = r.at(at, along, seeds[k]);
            const auto say = [&](const char* what, double found, double wanted)
            { return std::string(r.name) + ", " + std::to_string(k) + " of " + std::to_string(n) + ": " + what + " " + std::to_string(found) + " is not " + std::to_string(wanted); };
            BOOST_TEST(within(values.data()[k], expected.value, r.value_ulp, r.value_floor), say("value", values.data()[k], expected.value));
            for (std::size_t j = 0; j < r.arity; ++j)
                if (r.active[j])
                {
                    const double found = adjoints[j].data()[k], size = std::abs(seeds[k]);
                    BOOST_TEST(within(found, expected.pulled[j], r.derivative_ulp, r.derivative_floor * size),
                               say("adjoint", found, expected.pulled[j]));
                    magnitude += std::abs(expected.pulled[j] / size * along[j]);
                }
                else
                    BOOST_TEST(adjoints[j].data()[k] == 7.0, say("adjoint", adjoints[j].data()[k], 7.0));
            BOOST_TEST(within(slopes.data()[k], expected.tangent, r.derivative_ulp + 1, std::max(magnitude, r.derivative_floor)),
                       say("tangent", slopes.data()[k], expected.tangent));
        }
        bool intact = values.intact() && slopes.intact();
        for (auto const& a : adjoints)
            intact = intact && a.intact();
        BOOST_TEST(intact, r.name << ": memory outside of " << n << " elements was written");
    }
}

BOOST_AUTO_TEST_SUITE(kernel_rows)

BOOST_AUTO_TEST_CASE(every_row_over_memory)
{
    const auto rows = all_rows();
    BOOST_TEST(rows.size() > 70u);
    for (auto const& r : rows)
        for (const std::size_t n : tail_sizes<double>())
            check(r, n);
}

BOOST_AUTO_TEST_SUITE_END()
