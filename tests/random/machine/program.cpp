// SPDX-License-Identifier: BSL-1.0
// Random programs in reverse mode, forward mode and by finite differences.
#include <cstring>
#include <sstream>

#include <random/inputs.hpp>

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
        // The result of a statement, moved by a rounding or two: a number, or each element of an array.
        void round(registers& r, char kind, instruction const& q, numbers& source)
        {
            const auto moved = [&] { return 1 + source.next() * 0x1p-51; };
            const auto all = [&](auto& x)
            {
                xt::xtensor<double, std::remove_cvref_t<decltype(x)>::rank> factors(x.shape());
                for (double& e : factors)
                    e = moved();
                x = x * factors;
            };
            switch (kind)
            {
            case 's': pick(r.s, q.d) *= moved(); break;
            case 'a': all(pick(r.a, q.d)); break;
            case 'c': all(pick(r.c, q.d)); break;
            default: all(pick(r.w, q.d));
            }
        }

        // Every register takes part in the result. With `roundings` every statement is followed by some.
        scalar run(program const& p, decisions* seen, numbers* roundings, scalar const& s0, scalar const& s1,
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
            {
                auto const& op = pick(operations(), q.op);
                op.run(r, q);
                if (roundings != nullptr)
                    round(r, op.d, q, *roundings);
            }
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
            // The largest difference of two entries, infinite where one is finite and the other is not.
            double distance(product const& o) const
            {
                double most = all.size() == o.all.size() ? 0 : INFINITY;
                for (std::size_t i = 0; i < std::min(all.size(), o.all.size()); ++i)
                {
                    const double a = all[i], b = o.all[i];
                    if (a == b || (std::isnan(a) && std::isnan(b)))
                        continue;
                    const double d = std::abs(a - b);
                    most = std::isnan(d) ? INFINITY : std::max(most, d);
                }
                return most;
            }
            double largest() const
            {
                double most = 0;
                for (double g : all)
                    if (std::isfinite(g))
                        most = std::max(most, std::abs(g));
                return most;
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

    namespace
    {
        using source_registers = std::tuple<scalar, scalar, vector, vector, vector, vector, vector, matrix, matrix>;
        source_registers registers_of(inputs const& x)
        {
            return std::apply([](auto const&... e) { return source_registers(e...); }, x);
        }

        // How far the results of a program move when its inputs and the results of its statements move by a few roundings: what is
        // computed in another order may differ by as much. Measured only when something differs by more than a well-conditioned program explains.
        class conditioning
        {
        public:
            conditioning(program const& p, inputs const& x, inputs const& v, double value, product const& reverse)
                : p_(p), x_(x), v_(v), value_(value), reverse_(reverse)
            {
            }
            double of_value()
            {
                return 16 * measured().moved_value_;
            }
            // the largest of an entry of the gradient
            double of_gradient()
            {
                return 16 * measured().moved_gradient_;
            }
            // of its product with v
            double of_slope()
            {
                return 16 * measured().moved_slope_;
            }
            bool used() const
            {
                return measured_;
            }

        private:
            conditioning& measured()
            {
                if (measured_)
                    return *this;
                measured_ = true;
                for (std::uint64_t k = 1; k <= 4; ++k)
                {
                    const auto sources = registers_of(nudged(x_, p_.numbers + k));
                    numbers roundings(p_.numbers + 16 * k);
                    ad::tape t(true);
                    const auto y = std::apply([&](auto const&... e) { return run(p_, nullptr, &roundings, e...); }, sources);
                    const auto g = along(t.gradient(y, sources, ad::unconnected::zero), v_);
                    take(moved_value_, std::abs(y.value() - value_));
                    take(moved_gradient_, g.distance(reverse_));
                    take(moved_slope_, std::abs(g.sum - reverse_.sum));
                }
                return *this;
            }
            static void take(double& most, double next)
            {
                if (std::isfinite(next))
                    most = std::max(most, next);
            }

            program const& p_;
            inputs const &x_, &v_;
            double value_;
            product const& reverse_;
            bool measured_ = false;
            double moved_value_ = 0, moved_gradient_ = 0, moved_slope_ = 0;
        };
    }

    evaluation evaluate(program const& p)
    {
        const auto x = some_inputs(rows_of(p), columns_of(p), p.numbers);
        inputs ones = x;
        std::apply([](auto&... e) { (each_number(e, [](double& v) { v = 1; }), ...); }, ones);
        const auto sources = registers_of(x);
        ad::tape t;
        const auto y = std::apply([&](auto const&... e) { return run(p, nullptr, nullptr, e...); }, sources);
        return {y.value(), along(t.gradient(y, sources, ad::unconnected::zero), ones).all};
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
        const auto sources = registers_of(x);
        double value = 0;
        product reverse;
        {
            ad::tape t(true);
            const auto y =
                std::apply([&](auto const&... e) { return run(p, nullptr, nullptr, e...); }, sources);
            value = y.value();
            reverse = along(t.gradient(y, sources, ad::unconnected::zero), v);
            if (!along(t.gradient(y, sources, ad::unconnected::zero), v).same_bits(reverse))
                return fail("the second sweep", 1, 0, 0);
        }
        conditioning condition(p, x, v, value, reverse);
        {
            ad::tape t;
            const auto y =
                std::apply([&](auto const&... e) { return run(p, nullptr, nullptr, e...); }, sources);
            // A tape that may record its own sweep keeps other statements (numbers one operator at a time, updates of parts in
            // two steps): the same derivatives, rounded elsewhere.
            const double apart = along(t.gradient(y, sources, ad::unconnected::zero), v).distance(reverse),
                         allowed = 1e-12 * reverse.largest();
            if (apart > allowed && apart > allowed + condition.of_gradient())
                return fail("the sweep that consumes the tape, largest difference", apart, 0, allowed + condition.of_gradient());
        }
        // every statement on its own
        if (p.numbers % 8 == 0)
        {
            ad::verify::checked_recording checked(ad::verify::on_wrong_rule::collect);
            const ad::tape t;
            std::apply([&](auto const&... e) { return run(p, nullptr, nullptr, e...); }, sources);
            // The check of one statement knows its own slopes; where these cancel (the variance of one element) the program tells
            // how large roundings are.
            const double room = 1e-12 * (1 + std::abs(value) + reverse.magnitude);
            for (auto const& w : checked.wrong())
                if (w.between != "reverse rule and forward rule" || !(std::abs(w.reverse - w.forward) <= room))
                    o.wrong = checked.text();
            if (!o.wrong.empty())
                return o;
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
        const auto f = [&](auto const&... e) { return run(p, nullptr, nullptr, e...); };
        const auto forward = ad::jvp(f, x, v);
        const bool finite = std::isfinite(value) && std::isfinite(reverse.magnitude) &&
            std::isfinite(forward.tangent);
        o.wild = !finite || std::abs(value) > 1e4 || reverse.magnitude > 1e4;
        const double scale = 1 + reverse.magnitude;
        const double value_apart = std::abs(forward.value - value), slope_apart = std::abs(forward.tangent - reverse.sum);
        if (finite && value_apart > 1e-12 * (1 + std::abs(value)) &&
            value_apart > 1e-12 * (1 + std::abs(value)) + condition.of_value())
            return fail("the value in forward mode", forward.value, value, 1e-12 * (1 + std::abs(value)) + condition.of_value());
        if (finite && slope_apart > 1e-12 * scale && slope_apart > 1e-12 * scale + condition.of_slope())
            return fail("reverse mode against forward mode", reverse.sum, forward.tangent, 1e-12 * scale + condition.of_slope());
        o.amplifies = condition.used();
        if (o.wild)
            return o;

        // finite differences, extrapolated
        const auto at = [&](double h, decisions& seen)
        {
            return std::apply([&](auto const&... e) { return run(p, &seen, nullptr, e...).value(); },
                              moved(x, v, h));
        };
        decisions here;
        at(0, here);
        // Smaller steps until the differences agree with the derivative within their own error, estimated from two steps. The
        // estimate may be wrong too, where a function oscillates within a step: against the derivative counts only what the next
        // step confirms. A wrong derivative agrees at no step.
        o.kink = o.loose = true;
        double previous = NAN, previous_allowed = 0;
        for (double h = 0x1p-10; h > 0x1p-24; h /= 16)
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
            if (std::abs(difference - reverse.sum) <= allowed)
            {
                o.loose = false;
                break;
            }
            if (std::abs(difference - previous) <= allowed + previous_allowed)
            {
                o.loose = false;
                return fail("reverse mode against finite differences", reverse.sum, difference, allowed);
            }
            previous = difference;
            previous_allowed = allowed;
        }
        o.loose = o.loose && !o.kink;
        return o;
    }
}
