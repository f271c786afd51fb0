// SPDX-License-Identifier: BSL-1.0
// NaN, infinities, zeros of both signs, subnormal and largest numbers in every argument of every row, in all combinations: scalars
// and SIMD lanes, rules alone and fused, forward and reverse agree on what kind of number comes out; values are of the kind that
// <cmath> gives; a NaN among the derivatives comes from a NaN, or the row says so.
#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <cmath>
#include <initializer_list>
#include <limits>
#include <map>
#include <sstream>
#include <string_view>
#include <vector>

#include "proof/rows.hpp"

namespace
{
    using namespace etape_test::proof;

    enum class kind
    {
        nan,
        minus_infinity,
        negative,
        minus_zero,
        zero,
        positive,
        infinity
    };
    // Results below the smallest normal number may be flushed to zero.
    template <class S>
    kind kind_of(double x, bool signed_zero = true)
    {
        if (std::isnan(x))
            return kind::nan;
        if (std::isinf(x))
            return x > 0 ? kind::infinity : kind::minus_infinity;
        if (std::abs(x) < static_cast<double>(std::numeric_limits<S>::min()))
            return signed_zero && std::signbit(x) ? kind::minus_zero : kind::zero;
        return x > 0 ? kind::positive : kind::negative;
    }

    template <class S>
    using function = S (*)(const S*);
    // The functions that the C++ library has by the same name.
    template <class S>
    std::map<std::string, function<S>> const& library()
    {
#define UNARY(NAME) {#NAME, [](const S* x) -> S { return std::NAME(x[0]); }},
#define BINARY(NAME) {#NAME, [](const S* x) -> S { return std::NAME(x[0], x[1]); }},
#define OPERATOR(NAME, OP) {#NAME, [](const S* x) -> S { return static_cast<S>(x[0] OP x[1]); }},
        static const std::map<std::string, function<S>> all{
            UNARY(abs) UNARY(fabs) UNARY(sqrt) UNARY(cbrt) UNARY(exp) UNARY(exp2) UNARY(expm1) UNARY(log) UNARY(log2) UNARY(log10)
            UNARY(log1p) UNARY(sin) UNARY(cos) UNARY(tan) UNARY(asin) UNARY(acos) UNARY(atan) UNARY(sinh) UNARY(cosh) UNARY(tanh)
            UNARY(asinh) UNARY(acosh) UNARY(atanh) UNARY(erf) UNARY(erfc) UNARY(tgamma) UNARY(lgamma) UNARY(floor) UNARY(ceil)
            UNARY(trunc) UNARY(round) UNARY(rint) UNARY(nearbyint) BINARY(copysign) BINARY(pow) BINARY(hypot) BINARY(atan2)
            BINARY(fmod) BINARY(remainder) BINARY(fmax) BINARY(fmin) BINARY(fdim) OPERATOR(add, +) OPERATOR(sub, -)
            OPERATOR(mul, *) OPERATOR(div, /) OPERATOR(less, <) OPERATOR(less_equal, <=) OPERATOR(greater, >)
            OPERATOR(greater_equal, >=) OPERATOR(equal_to, ==) OPERATOR(not_equal_to, !=)
            {"neg", [](const S* x) -> S { return -x[0]; }},
            {"pos", [](const S* x) -> S { return x[0]; }},
            {"logical_not", [](const S* x) -> S { return x[0] == 0 ? S(1) : S(0); }},
            {"logical_and", [](const S* x) -> S { return x[0] != 0 && x[1] != 0 ? S(1) : S(0); }},
            {"logical_or", [](const S* x) -> S { return x[0] != 0 || x[1] != 0 ? S(1) : S(0); }},
            {"where", [](const S* x) -> S { return x[0] != 0 ? x[1] : x[2]; }},
            {"fma", [](const S* x) -> S { return std::fma(x[0], x[1], x[2]); }},
            {"square", [](const S* x) -> S { return x[0] * x[0]; }},
            {"rsqrt", [](const S* x) -> S { return 1 / std::sqrt(x[0]); }}};
#undef UNARY
#undef BINARY
#undef OPERATOR
        return all;
    }
    // Of two zeros fmax and fmin may return either; the sign of a product that underflows is lost in the sum of fma where that is
    // two operations.
    bool zeros_may_differ(std::string const& name)
    {
        return name == "fmax" || name == "fmin" || name == "fma";
    }

    template <class S>
    class pass
    {
    public:
        pass(row_on_lane const& scalar, row_on_lane const& batch)
            : scalar_(scalar)
            , batch_(batch)
            , info_(scalar.info)
        {
            using limits = std::numeric_limits<S>;
            const std::vector<S> edges{limits::quiet_NaN(), limits::infinity(), -limits::infinity(), S(0), S(-0.0), limits::denorm_min(),
                                       -limits::denorm_min(), limits::max(), -limits::max(), S(1), S(-1), S(0.5), S(3)};
            std::size_t count = 1;
            for (std::size_t j = 0; j < info_.arity; ++j)
                count *= edges.size();
            for (std::size_t k = 0; k < count; ++k)
            {
                std::size_t rest = k;
                for (std::size_t j = 0; j < info_.arity; ++j, rest /= edges.size())
                    at_.a[j] = static_cast<double>(edges[rest % edges.size()]);
                check();
            }
        }

    private:
        void check()
        {
            outcome one;
            scalar_.run(&at_, 1, &one);
            const std::vector<arguments> same(batch_.width, at_);
            std::vector<outcome> lanes(batch_.width);
            batch_.run(same.data(), same.size(), lanes.data());

            for (auto const& o : lanes)
                agree("value on lanes", o.value, one.value);
            bool nan_in = false;
            for (std::size_t j = 0; j < info_.arity; ++j)
                nan_in = nan_in || std::isnan(at_.a[j]);
            for (auto const* o : {&one, &lanes[0]})
            {
                agree("value with aux", o->value_aux, o->value);
                agree("value, fused", o->value_fused, o->value, false);  // 0 is added
                for (std::size_t j = 0; j < info_.arity; ++j)
                {
                    if (!info_.active[j])
                        continue;
                    agree("reverse on lanes", o->reverse[j], one.reverse[j], false);
                    agree("reverse, fused", o->reverse_fused[j], one.reverse[j], false);
                    agree("forward, fused", o->forward_fused[j], o->forward[j], false);
                    // A tangent of 0 along an argument whose derivative is not finite is NaN.
                    bool others_finite = true;
                    for (std::size_t i = 0; i < info_.arity; ++i)
                        others_finite = others_finite && (i == j || !info_.active[i] || std::isfinite(o->reverse[i]));
                    if (others_finite)
                        agree("forward", o->forward[j], one.reverse[j], false);
                    if (std::isnan(o->reverse[j]) && !nan_in && !std::isnan(o->value) &&
                        !says_nan({"div", "pow", "hypot", "atan2", "elu", "lgamma", "beta", "lbeta", "xlogy", "xlog1py", "cyl_bessel_j",
                                   "cyl_neumann"}))
                        fail("a derivative that is NaN where the value is not, and the row says nothing of it", o->reverse[j], o->value);
                }
            }
            if (info_.arity == 1 && info_.active[0])
                check_slope(one);
            if (const auto f = library<S>().find(info_.name); f != library<S>().end())
            {
                S x[max_arity];
                for (std::size_t j = 0; j < max_arity; ++j)
                    x[j] = static_cast<S>(at_.a[j]);
                agree("value of <cmath>", one.value, static_cast<double>(f->second(x)), !zeros_may_differ(info_.name));
            }
        }
        // Of one argument: at NaN the derivative is NaN, unless it is the same everywhere or the row says what it is; at infinity
        // it is the limit.
        void check_slope(outcome const& here)
        {
            const auto slope = [&](double x)
            {
                arguments a;
                a.a[0] = x;
                outcome o;
                scalar_.run(&a, 1, &o);
                return o.reverse[0];
            };
            const double d = here.reverse[0];
            if (std::isnan(at_.a[0]) && !std::isnan(d) && !says_nan({"abs", "fabs", "relu"}) && !(slope(0.5) == d && slope(3) == d))
                fail("a derivative at NaN that the row says nothing of", d, at_.a[0]);
            if (!std::isinf(at_.a[0]) || std::isnan(here.value))
                return;
            const double before = slope(std::copysign(static_cast<double>(std::numeric_limits<S>::max()), at_.a[0]));
            const bool limit = std::isinf(d) ? std::abs(before) > 50 && std::signbit(before) == std::signbit(d)
                                             : std::abs(before - d) < 1e-10;
            // Where there is no limit, value and derivative have no use: lgamma towards -infinity.
            if (!limit && !says_nan({"lgamma"}))
                fail("the derivative at infinity, and at the largest number", d, before);
        }
        // One of the rows that may, and its text says so.
        bool says_nan(std::initializer_list<std::string_view> rows) const
        {
            if (std::find(rows.begin(), rows.end(), info_.name) == rows.end())
                return false;
            return (info_.convention + info_.note).find("NaN") != std::string::npos;
        }
        void agree(const char* what, double found, double expected, bool signed_zero = true)
        {
            if (kind_of<S>(found, signed_zero) != kind_of<S>(expected, signed_zero))
                fail(what, found, expected);
        }
        void fail(const char* what, double found, double expected)
        {
            if (++failures_ > 5)
                return;
            std::ostringstream text;
            text << info_.name << (scalar_.single ? " in float at (" : " in double at (");
            for (std::size_t j = 0; j < info_.arity; ++j)
                text << (j == 0 ? "" : ", ") << at_.a[j];
            BOOST_ERROR(text.str() << "), " << what << ": " << found << " against " << expected);
        }

        row_on_lane const &scalar_, &batch_;
        row_info const& info_;
        arguments at_;
        int failures_ = 0;
    };
    template <class S>
    void check_all(std::vector<row_on_lane> const& scalars, std::vector<row_on_lane> const& batches)
    {
        BOOST_TEST_REQUIRE(scalars.size() == batches.size());
        BOOST_TEST(scalars.size() > 70u);
        for (std::size_t k = 0; k < scalars.size(); ++k)
            pass<S>(scalars[k], batches[k]);
    }
}

BOOST_AUTO_TEST_SUITE(rule_edges)

BOOST_AUTO_TEST_CASE(double_precision)
{
    check_all<double>(rows_on_double(), rows_on_batch_of_double());
}

BOOST_AUTO_TEST_CASE(single_precision)
{
    check_all<float>(rows_on_float(), rows_on_batch_of_float());
}

BOOST_AUTO_TEST_SUITE_END()
