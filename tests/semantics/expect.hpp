// SPDX-License-Identifier: BSL-1.0
// Exact comparison of gradients and values with numbers, and with the reason where there is none.
#pragma once
#include <sstream>
#include <type_traits>
#include <vector>

#include <boost/test/unit_test.hpp>

#include <etape/etape.hpp>

namespace ad = etape;

namespace expect
{
    using boost::test_tools::predicate_result;

    template <class V>
    std::vector<double> numbers(V const& v)
    {
        std::vector<double> all;
        if constexpr (std::is_arithmetic_v<V>)
            all.push_back(static_cast<double>(v));
        else if constexpr (ad::is_scalar_variable_v<V>)
            all.push_back(static_cast<double>(v.value()));
        else
            for (auto const& x : v)
                if constexpr (std::is_arithmetic_v<std::decay_t<decltype(x)>>)
                    all.push_back(static_cast<double>(x));
                else
                    all.push_back(static_cast<double>(x.value()));
        return all;
    }
    inline std::string text(std::vector<double> const& v)
    {
        std::ostringstream out;
        out << '{';
        for (std::size_t i = 0; i < v.size(); ++i)
            out << (i != 0 ? ", " : "") << v[i];
        out << '}';
        return out.str();
    }
    inline predicate_result same(std::vector<double> const& found, std::vector<double> const& expected)
    {
        predicate_result r(found == expected);
        if (!r)
            r.message() << "found " << text(found) << ", expected " << text(expected);
        return r;
    }

    template <class T, std::size_t N, bool Tracked>
    predicate_result is(ad::gradient_result<T, N, Tracked> const& g, std::vector<double> const& expected)
    {
        if (g.has_value())
            return same(numbers(*g), expected);
        predicate_result r(false);
        r.message() << "found none: " << g.why_not().text;
        return r;
    }
    template <class T, std::size_t N, bool Tracked>
    predicate_result is(ad::gradient_result<T, N, Tracked> const& g, double expected)
    {
        return is(g, std::vector<double>{expected});
    }
    template <class T, std::size_t N, bool Tracked>
    predicate_result none(ad::gradient_result<T, N, Tracked> const& g, ad::reason why)
    {
        predicate_result r(!g.has_value() && g.why() == why);
        if (!r)
            r.message() << "expected none (" << ad::to_string(why) << "), found " << g;
        return r;
    }
}
using expect::is;
using expect::none;
