// SPDX-License-Identifier: BSL-1.0
// Random programs in reverse mode, forward mode and by finite differences.
#include <random/program.hpp>

#include <cctype>
#include <cstring>
#include <ostream>
#include <sstream>

#include <etape/verify/checked_recording.hpp>

namespace programs
{
    operation_list& operations()
    {
        static auto all = []
        {
            operation_list joined;
            for (auto const* list : {&scalar_operations(), &row_operations(), &column_operations(),
                                     &matrix_operations()})
                joined.insert(joined.end(), list->begin(), list->end());
            return joined;
        }();
        return all;
    }

    namespace
    {
        // Below, at and above the width of a lane.
        constexpr std::size_t row_sizes[] = {1, 2, 3, 5};
        constexpr std::size_t column_sizes[] = {1, 2, 3, 5, 8, 9, 17};

        using plain_vector = xt::xtensor<double, 1>;
        using plain_matrix = xt::xtensor<double, 2>;
        using inputs = std::tuple<double, double, plain_vector, plain_vector, plain_vector,
                                  plain_vector, plain_vector, plain_matrix, plain_matrix>;

        class numbers
        {
        public:
            explicit numbers(std::uint64_t seed)
                : state_(seed * 2654435761u + 12345)
            {
            }
            // in (-1.2, 1.2)
            double next()
            {
                state_ = state_ * 6364136223846793005u + 1442695040888963407u;
                return 2.4 * (static_cast<double>(state_ >> 11) * 0x1p-53 - 0.5);
            }

        private:
            std::uint64_t state_;
        };

        template <class F>
        void each_number(double& x, F f)
        {
            f(x);
        }
        template <std::size_t N, class F>
        void each_number(xt::xtensor<double, N>& x, F f)
        {
            for (double& e : x)
                f(e);
        }
        inputs some_inputs(std::size_t m, std::size_t n, std::uint64_t seed)
        {
            inputs all;
            for (auto* v : {&std::get<2>(all), &std::get<3>(all), &std::get<4>(all)})
                v->resize({n});
            for (auto* v : {&std::get<5>(all), &std::get<6>(all)})
                v->resize({m});
            for (auto* v : {&std::get<7>(all), &std::get<8>(all)})
                v->resize({m, n});
            numbers source(seed);
            std::apply([&](auto&... x)
                       { (each_number(x, [&](double& e) { e = source.next(); }), ...); },
                       all);
            return all;
        }
        inputs moved(inputs const& x, inputs const& v, double h)
        {
            inputs y = x;
            [&]<std::size_t... K>(std::index_sequence<K...>)
            {
                const auto add = [h](auto& to, auto const& d)
                {
                    if constexpr (std::is_arithmetic_v<std::remove_cvref_t<decltype(d)>>)
                        to += h * d;
                    else
                        for (std::size_t i = 0; i < to.size(); ++i)
                            to.data()[i] += h * d.data()[i];
                };
                (add(std::get<K>(y), std::get<K>(v)), ...);
            }
            (std::make_index_sequence<std::tuple_size_v<inputs>>{});
            return y;
        }

        plain_matrix weights(std::size_t rows, std::size_t columns)
        {
            plain_matrix w({rows, columns});
            for (std::size_t i = 0; i < w.size(); ++i)
                w.data()[i] = std::cos(1.0 + 2.4 * static_cast<double>(i));
            return w;
        }

        // Every register takes part in the result.
        scalar run(program const& p, decisions* seen, scalar const& s0, scalar const& s1,
                   vector const& a0, vector const& a1, vector const& a2, vector const& c0,
                   vector const& c1, matrix const& w0, matrix const& w1)
        {
            registers r;
            r.m = rows_of(p);
            r.n = columns_of(p);
            r.s = {s0, s1};
            r.a = {a0, a1, a2};
            r.c = {c0, c1};
            r.w = {w0, w1};
            r.seen = seen;
            for (auto const& q : p.body)
                pick(operations(), q.op).run(r, q);
            const auto over = weights(r.m, r.n);
            scalar sum = 0.9 * r.s[0] - 0.6 * r.s[1];
            sum += ad::sum((r.a[0] + 0.7 * r.a[1] - 0.4 * r.a[2]) * xt::view(over, 0));
            sum += ad::sum((r.c[0] - 0.8 * r.c[1]) * xt::view(over, xt::all(), 0));
            sum += ad::sum((r.w[0] + 0.6 * r.w[1]) * over);
            return sum;
        }

        // <g, v>, and the sum of the magnitudes
        struct product
        {
            double sum = 0, magnitude = 0;
            std::vector<double> all;

            void add(double g, double v)
            {
                sum += g * v;
                magnitude += std::abs(g * v);
                all.push_back(g);
            }
            bool same_bits(product const& o) const
            {
                return all.size() == o.all.size() &&
                    std::memcmp(all.data(), o.all.data(), all.size() * sizeof(double)) == 0;
            }
            // A tape that may record its own sweep keeps other statements (numbers one operator at a time, updates of parts in two
            // steps): the same derivatives, rounded elsewhere.
            bool close(product const& o) const
            {
                double largest = 0;
                for (double g : o.all)
                    if (std::isfinite(g))
                        largest = std::max(largest, std::abs(g));
                bool good = all.size() == o.all.size();
                for (std::size_t i = 0; good && i < all.size(); ++i)
                    good = all[i] == o.all[i] || (std::isnan(all[i]) && std::isnan(o.all[i])) || std::abs(all[i] - o.all[i]) <= 1e-9 * largest;  // programs amplify roundings
                return good;
            }
        };
        template <class G>
        product along(G const& gradients, inputs const& v)
        {
            product p;
            const auto one = [&](auto const& g, auto const& d)
            {
                const auto value = *g;
                if constexpr (std::is_arithmetic_v<std::remove_cvref_t<decltype(value)>>)
                    p.add(value, d);
                else
                    for (std::size_t i = 0; i < value.size(); ++i)
                        p.add(value.data()[i], d.data()[i]);
            };
            [&]<std::size_t... K>(std::index_sequence<K...>)
            {
                (one(std::get<K>(gradients), std::get<K>(v)), ...);
            }
            (std::make_index_sequence<std::tuple_size_v<inputs>>{});
            return p;
        }
    }

    std::size_t rows_of(program const& p)
    {
        return row_sizes[p.rows % std::size(row_sizes)];
    }
    std::size_t columns_of(program const& p)
    {
        return column_sizes[p.columns % std::size(column_sizes)];
    }

    outcome check(program const& p)
    {
        const std::size_t m = rows_of(p), n = columns_of(p);
        const inputs x = some_inputs(m, n, p.numbers),
                     v = some_inputs(m, n, p.numbers + 0x9e3779b9u);
        outcome o;
        const auto fail = [&](const char* what, double found, double expected, double allowed)
        {
            std::ostringstream text;
            text.precision(17);
            text << what << ": found " << found << ", expected " << expected << " +- " << allowed;
            o.wrong = text.str();
            return o;
        };

        // reverse mode
        const auto sources = std::apply(
            [](auto const&... e)
            {
                return std::tuple<scalar, scalar, vector, vector, vector, vector, vector, matrix,
                                  matrix>(e...);
            },
            x);
        double value = 0;
        product reverse;
        {
            ad::tape t(true);
            const auto y =
                std::apply([&](auto const&... e) { return run(p, nullptr, e...); }, sources);
            value = y.value();
            reverse = along(t.gradient(y, sources, ad::unconnected::zero), v);
            if (!along(t.gradient(y, sources, ad::unconnected::zero), v).same_bits(reverse))
                return fail("the second sweep", 1, 0, 0);
        }
        {
            ad::tape t;
            const auto y =
                std::apply([&](auto const&... e) { return run(p, nullptr, e...); }, sources);
            if (!along(t.gradient(y, sources, ad::unconnected::zero), v).close(reverse))
                return fail("the sweep that consumes the tape", 1, 0, 0);
        }
        // every statement on its own
        if (p.numbers % 8 == 0)
        {
            ad::verify::checked_recording checked(ad::verify::on_wrong_rule::collect);
            const ad::tape t;
            std::apply([&](auto const&... e) { return run(p, nullptr, e...); }, sources);
            if (!checked.wrong().empty())
            {
                o.wrong = checked.text();
                return o;
            }
        }
        bool changed = false;
        [&]<std::size_t... K>(std::index_sequence<K...>)
        {
            const auto one = [&](auto const& now, auto const& then)
            {
                if constexpr (std::is_arithmetic_v<std::remove_cvref_t<decltype(then)>>)
                    changed = changed || now.value() != then;
                else
                    changed = changed ||
                        !std::equal(then.begin(), then.end(),
                                    now.data_handle()->template data<double>());
            };
            (one(std::get<K>(sources), std::get<K>(x)), ...);
        }
        (std::make_index_sequence<std::tuple_size_v<inputs>>{});
        if (changed)
            return fail("an input changed", 1, 0, 0);

        // forward mode
        const auto f = [&](auto const&... e) { return run(p, nullptr, e...); };
        const auto forward = ad::jvp(f, x, v);
        const bool finite = std::isfinite(value) && std::isfinite(reverse.magnitude) &&
            std::isfinite(forward.tangent);
        o.wild = !finite || std::abs(value) > 1e4 || reverse.magnitude > 1e4;
        const double scale = 1 + reverse.magnitude;
        if (finite && std::abs(forward.value - value) > 1e-11 * (1 + std::abs(value)))
            return fail("the value in forward mode", forward.value, value, 1e-11);
        if (finite && std::abs(forward.tangent - reverse.sum) > 1e-9 * scale)
            return fail("reverse mode against forward mode", reverse.sum, forward.tangent,
                        1e-9 * scale);
        if (o.wild)
            return o;

        // finite differences, extrapolated
        const auto at = [&](double h, decisions& seen)
        {
            return std::apply([&](auto const&... e) { return run(p, &seen, e...).value(); },
                              moved(x, v, h));
        };
        decisions here;
        at(0, here);
        // Smaller steps until the differences agree with the derivative within their own error, which they estimate from two
        // steps and may underestimate once. A wrong derivative agrees at no step.
        o.kink = o.loose = true;
        for (double h = 0x1p-10; h > 0x1p-20; h /= 16)
        {
            decisions sides[4];
            const double near = (at(h, sides[0]) - at(-h, sides[1])) / (2 * h),
                         far = (at(2 * h, sides[2]) - at(-2 * h, sides[3])) / (4 * h);
            const double difference = (4 * near - far) / 3,
                         allowed = std::abs(near - far) + (1e-7 + 1e-13 / h) * scale;
            bool kink = false;
            for (auto const& side : sides)
                kink = kink || !(side == here);
            o.kink = o.kink && kink;
            if (kink || !(allowed < 1e-3 * scale))
                continue;
            o.loose = false;
            if (std::abs(difference - reverse.sum) <= allowed)
            {
                o.wrong.clear();
                break;
            }
            fail("reverse mode against finite differences", reverse.sum, difference, allowed);
        }
        o.loose = o.loose && !o.kink;
        return o;
    }

    // ---- a program as text ----
    namespace
    {
        std::string literal(double x)
        {
            std::ostringstream text;
            text.precision(17);
            text << x;
            return text.str();
        }
        std::string literal(plain_vector const& x)
        {
            std::string text;
            for (double e : x)
                text += (text.empty() ? "" : ", ") + literal(e);
            return "vector{" + text + "}";
        }
        std::string literal(plain_matrix const& x)
        {
            std::string rows;
            for (std::size_t i = 0; i < x.shape()[0]; ++i)
            {
                std::string row;
                for (std::size_t j = 0; j < x.shape()[1]; ++j)
                    row += (row.empty() ? "" : ", ") + literal(x(i, j));
                rows += (rows.empty() ? "{" : ", {") + row + "}";
            }
            return "matrix({" + rows + "})";
        }
    }

    std::string statement(instruction const& q, std::size_t m, std::size_t n)
    {
        auto const& op = pick(operations(), q.op);
        const auto reg = [](char kind, std::uint8_t k)
        {
            const std::size_t count = kind == 'a' ? 3 : 2;
            return kind + std::to_string(k % count);
        };
        const std::string text = op.text;
        std::string out;
        for (std::size_t at = 0; at < text.size();)
        {
            if (std::isalpha(static_cast<unsigned char>(text[at])) == 0 && text[at] != '_')
            {
                out += text[at++];
                continue;
            }
            std::size_t end = at;
            while (end < text.size() &&
                   (std::isalnum(static_cast<unsigned char>(text[end])) != 0 || text[end] == '_'))
                ++end;
            const auto word = text.substr(at, end - at);
            out += word == "d"     ? reg(op.d, q.d)
                : word == "x"      ? reg(op.x, q.x)
                : word == "y"      ? reg(op.y, q.y)
                : word == "z"      ? reg(op.z, q.z)
                : word == "i"      ? "std::size_t(" + std::to_string(q.i % m) + ")"
                : word == "j"      ? "std::size_t(" + std::to_string(q.j % n) + ")"
                : word == "decide" ? ""
                                   : word;
            at = end;
        }
        return out + ";";
    }

    std::ostream& operator<<(std::ostream& out, program const& p)
    {
        const std::size_t m = rows_of(p), n = columns_of(p);
        out << "#include <iostream>\n#include <etape/etape.hpp>\n\nint main()\n{\n"
               "    namespace ad = etape;\n    using xt::placeholders::_;\n"
               "    using vector = xt::xtensor<double, 1>;\n    using matrix = xt::xtensor<double, 2>;\n"
               "    [[maybe_unused]] const std::size_t m = "
            << m << ", n = " << n
            << ";\n    const auto f = [&](auto s0, auto s1, auto a0, auto a1, auto a2, auto c0, auto c1, auto w0, auto w1)\n    {\n";
        for (auto const& q : p.body)
            out << "        {" << statement(q, m, n) << "}\n";
        out << "        const matrix over = " << literal(weights(m, n))
            << ";\n        ad::variable<double> sum = 0.9 * s0 - 0.6 * s1;\n"
               "        sum += ad::sum((a0 + 0.7 * a1 - 0.4 * a2) * xt::view(over, 0));\n"
               "        sum += ad::sum((c0 - 0.8 * c1) * xt::view(over, xt::all(), 0));\n"
               "        sum += ad::sum((w0 + 0.6 * w1) * over);\n        return sum;\n    };\n"
               "    std::cout << ad::verify::compare_modes(f";
        std::apply([&](auto const&... x) { ((out << ",\n        " << literal(x)), ...); },
                   some_inputs(m, n, p.numbers));
        return out << ");\n}\n";
    }
}
