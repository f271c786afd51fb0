// SPDX-License-Identifier: BSL-1.0
// lstm: the loss of a long short-term memory with diagonal weights over a sequence of characters, and its gradient.
#include <algorithm>
#include <cmath>

#include <etape/etape.hpp>

#include "scalars.hpp"

namespace gradbench
{
    namespace
    {
        namespace ad = etape;

        // A layer has four gates (forget, in, out, change), each with a weight and a bias for every bit.
        struct network
        {
            std::size_t layers, steps, bits;
            numbers at;                          // for each layer weights (4, bits) and biases (4, bits); then the extra parameters:
                                                 // weights of the input, weights and biases of the output (3, bits)
            numbers state;                       // for each layer hidden values and cells, at the start
            numbers sequence;                    // (steps, bits)
            ad::constant<double, 2> read, next;  // the sequence without its last, and without its first

            explicit network(input const& in)
                : layers(in["main_params"].shape[0] / 2),
                  steps(in["sequence"].shape[0]),
                  bits(in["sequence"].shape[1]),
                  at(in["main_params"].values),
                  state(in["state"].values),
                  sequence(in["sequence"].values),
                  read(xt::xtensor<double, 2>(xt::view(shown(sequence, steps, bits), xt::range(0, steps - 1)))),
                  next(xt::xtensor<double, 2>(xt::view(shown(sequence, steps, bits), xt::range(1, steps))))
            {
                auto const& extra = in["extra_params"].values;
                at.insert(at.end(), extra.begin(), extra.end());
            }
            double predictions() const
            {
                return static_cast<double>((steps - 1) * bits);
            }
        };

        template <class T>
        T sigmoid(T const& x)
        {
            using std::exp;
            return 1.0 / (1.0 + exp(-x));
        }

        // The hidden values of the last layer after each step: use(step, values). Fixed is a number without a derivative.
        template <class T, class Fixed, class Use>
        void run(std::size_t layers, std::size_t steps, std::size_t bits, const T* main, const T* in_weight, const Fixed* start,
                 const Fixed* sequence, Use const& use)
        {
            using std::tanh;
            std::vector<T> state(start, start + 2 * layers * bits), read(bits);
            for (std::size_t t = 0; t + 1 < steps; ++t)
            {
                for (std::size_t i = 0; i < bits; ++i)
                    read[i] = in_weight[i] * sequence[t * bits + i];
                const T* x = read.data();
                for (std::size_t k = 0; k < layers; ++k)
                {
                    const T *weight = main + 8 * k * bits, *bias = weight + 4 * bits;
                    T *hidden = &state[2 * k * bits], *cell = hidden + bits;
                    for (std::size_t i = 0; i < bits; ++i)
                    {
                        const T forget = sigmoid<T>(x[i] * weight[i] + bias[i]);
                        const T in_gate = sigmoid<T>(hidden[i] * weight[bits + i] + bias[bits + i]);
                        const T out_gate = sigmoid<T>(x[i] * weight[2 * bits + i] + bias[2 * bits + i]);
                        const T change = tanh(hidden[i] * weight[3 * bits + i] + bias[3 * bits + i]);
                        cell[i] = cell[i] * forget + in_gate * change;
                        hidden[i] = out_gate * tanh(cell[i]);
                    }
                    x = hidden;
                }
                use(t, x);
            }
        }

        struct loss
        {
            network const* in;
            template <class T>
            T operator()(std::vector<T> const& at) const
            {
                using std::exp;
                using std::log;
                const auto b = in->bits;
                const T* extra = at.data() + 8 * in->layers * b;
                std::vector<T> y(b);
                T total = 0.0;
                run(in->layers, in->steps, b, at.data(), extra, in->state.data(), in->sequence.data(),
                    [&](std::size_t t, const T* hidden)
                    {
                        T sum = 2.0;
                        for (std::size_t i = 0; i < b; ++i)
                        {
                            y[i] = hidden[i] * extra[b + i] + extra[2 * b + i];
                            sum += exp(y[i]);
                        }
                        const T log_sum = log(sum);
                        for (std::size_t i = 0; i < b; ++i)
                            total += in->sequence[(t + 1) * b + i] * (y[i] - log_sum);
                    });
                return -total / in->predictions();
            }
        };

        using vector = ad::variable<double, 1>;
        using rows = ad::tensor<double, 2>;

        // The parameters are one array, of which gates are rows.
        struct parameters
        {
            std::vector<vector> main, extra;
            explicit parameters(network const& in)
            {
                for (std::size_t k = 0; k < 8 * in.layers + 3; ++k)
                    (k < 8 * in.layers ? main : extra)
                        .push_back(xt::adapt(in.at.data() + k * in.bits, in.bits, xt::no_ownership(), std::array{in.bits}));
            }
            vector const& weight(std::size_t layer, std::size_t gate) const
            {
                return main[8 * layer + gate];
            }
            vector const& bias(std::size_t layer, std::size_t gate) const
            {
                return main[8 * layer + 4 + gate];
            }
        };
        vector at_start(network const& in, std::size_t k)
        {
            return xt::adapt(in.state.data() + k * in.bits, in.bits, xt::no_ownership(), std::array{in.bits});
        }
        template <class Gradients>
        void copy(network const& in, Gradients const& from, numbers& g)
        {
            auto to = g.begin();
            for (auto const& part : {std::cref(std::get<0>(from)), std::cref(std::get<1>(from))})
                for (auto const& one : part.get())
                    to = std::copy_n(one->data(), in.bits, to);
        }
        // Of the outputs of all steps at once
        ad::variable<double> loss_of(network const& in, parameters const& p, rows const& hidden)
        {
            const rows y = hidden * p.extra[1] + p.extra[2];
            const auto log_sum = xt::log(2.0 + ad::sum(xt::exp(y), {1}));
            return -ad::sum(in.next * (y - xt::view(log_sum, xt::all(), xt::newaxis()))) / in.predictions();
        }

        // A layer after the other: what depends on the layer below only is computed for all steps at once.
        double layer_by_layer(network const& in, numbers& g)
        {
            using xt::all;
            const parameters p(in);
            ad::tape tape;
            rows x = in.read * p.extra[0];
            for (std::size_t k = 0; k < in.layers; ++k)
            {
                const rows forget = ad::sigmoid(x * p.weight(k, 0) + p.bias(k, 0)), out = ad::sigmoid(x * p.weight(k, 2) + p.bias(k, 2));
                ad::variable<double, 2> next = xt::xtensor<double, 2>::from_shape({in.steps - 1, in.bits});
                ad::tensor<double, 1> hidden = at_start(in, 2 * k), cell = at_start(in, 2 * k + 1);
                for (std::size_t t = 0; t + 1 < in.steps; ++t)
                {
                    cell = cell * xt::view(forget, t, all()) +
                        ad::sigmoid(hidden * p.weight(k, 1) + p.bias(k, 1)) * xt::tanh(hidden * p.weight(k, 3) + p.bias(k, 3));
                    hidden = xt::view(out, t, all()) * xt::tanh(cell);
                    xt::view(next, t, all()) = hidden;
                }
                x = next;
            }
            const auto y = loss_of(in, p, x);
            copy(in, tape.gradient(y, p.main, p.extra), g);
            return y.value();
        }
        double step_by_step(network const& in, numbers& g)
        {
            using xt::all;
            const parameters p(in);
            std::vector<ad::tensor<double, 1>> hidden, cell;
            for (std::size_t k = 0; k < in.layers; ++k)
            {
                hidden.push_back(at_start(in, 2 * k));
                cell.push_back(at_start(in, 2 * k + 1));
            }
            ad::tape tape;
            const rows inputs = in.read * p.extra[0];
            ad::variable<double, 2> outputs = xt::xtensor<double, 2>::from_shape({in.steps - 1, in.bits});
            for (std::size_t t = 0; t + 1 < in.steps; ++t)
            {
                ad::tensor<double, 1> x = xt::view(inputs, t, all());
                for (std::size_t k = 0; k < in.layers; ++k)
                {
                    auto& h = hidden[k];
                    cell[k] = cell[k] * ad::sigmoid(x * p.weight(k, 0) + p.bias(k, 0)) +
                        ad::sigmoid(h * p.weight(k, 1) + p.bias(k, 1)) * xt::tanh(h * p.weight(k, 3) + p.bias(k, 3));
                    h = ad::sigmoid(x * p.weight(k, 2) + p.bias(k, 2)) * xt::tanh(cell[k]);
                    x = h;
                }
                xt::view(outputs, t, all()) = x;
            }
            const auto y = loss_of(in, p, outputs);
            copy(in, tape.gradient(y, p.main, p.extra), g);
            return y.value();
        }

        // The bits meet in the outputs only: up to there they run in SIMD lanes of scalars. A tape of arrays behind that of the lanes
        // gives it the adjoints of the hidden values.
        using lanes = xsimd::batch<double>;
        std::vector<lanes> in_lanes(const double* from, std::size_t n, std::size_t bits)
        {
            std::vector<lanes> all;
            all.reserve(n * ((bits + lanes::size - 1) / lanes::size));
            double buffer[lanes::size];
            for (std::size_t r = 0; r < n; ++r)
                for (std::size_t i = 0; i < bits; i += lanes::size)
                {
                    std::fill_n(buffer, lanes::size, 0.0);
                    std::copy_n(from + r * bits + i, std::min(lanes::size, bits - i), buffer);
                    all.push_back(lanes::load_unaligned(buffer));
                }
            return all;
        }
        void from_lanes(const lanes* from, std::size_t n, std::size_t bits, double* to)
        {
            double buffer[lanes::size];
            for (std::size_t r = 0; r < n; ++r)
                for (std::size_t i = 0; i < bits; i += lanes::size)
                {
                    (from++)->store_unaligned(buffer);
                    std::copy_n(buffer, std::min(lanes::size, bits - i), to + r * bits + i);
                }
        }
        double bits_in_lanes(network const& in, numbers& g)
        {
            using number = ad::variable<lanes>;
            const auto b = (in.bits + lanes::size - 1) / lanes::size, used = 8 * in.layers + 1, outputs = in.steps - 1;
            const auto at = in_lanes(in.at.data(), used, in.bits), state = in_lanes(in.state.data(), 2 * in.layers, in.bits),
                       sequence = in_lanes(in.sequence.data(), in.steps, in.bits);
            const std::vector<number> x(at.begin(), at.end());
            std::vector<number> hidden;
            std::vector<lanes> values;
            hidden.reserve(outputs * b);
            values.reserve(outputs * b);
            ad::tape tape;
            run(in.layers, in.steps, b, x.data(), x.data() + 8 * in.layers * b, state.data(), sequence.data(),
                [&](std::size_t, const number* h)
                {
                    for (std::size_t i = 0; i < b; ++i)
                    {
                        hidden.push_back(h[i]);
                        values.push_back(h[i].value());
                    }
                });

            xt::xtensor<double, 2> plain = xt::xtensor<double, 2>::from_shape({outputs, in.bits});
            from_lanes(values.data(), outputs, in.bits, plain.data());
            const ad::variable<double, 2> last = plain;
            const parameters p(in);
            double value = 0;
            std::vector<lanes> seeds;
            {
                ad::tape behind;
                const auto y = loss_of(in, p, last);
                const auto [to_last, to_weight, to_bias] = behind.gradient(y, std::tie(last, p.extra[1], p.extra[2]), ad::detached);
                value = y.value();
                seeds = in_lanes(to_last->data(), outputs, in.bits);
                std::copy_n(to_weight->data(), in.bits, g.data() + used * in.bits);
                std::copy_n(to_bias->data(), in.bits, g.data() + (used + 1) * in.bits);
            }
            // One target instead of thousands with a seed each, of which every one costs more than a statement
            number pulled = lanes(0.0);
            for (std::size_t i = 0; i < hidden.size(); ++i)
                pulled += hidden[i] * seeds[i];
            const auto d = tape.gradient(pulled, x);
            std::vector<lanes> slopes;
            for (auto const& one : d)
                slopes.push_back(*one);
            from_lanes(slopes.data(), used, in.bits, g.data());
            return value;
        }
    }

    workload lstm(input const& file)
    {
        const auto in = std::make_shared<const network>(file);
        const std::shared_ptr<const numbers> at(in, &in->at);
        const loss f{in.get()};
        workload w;
        w.primal = [f, at] { return f(*at); };
        w.contestants.push_back(fills(column::arrays, "bits in lanes", at->size(), [in](numbers& g) { return bits_in_lanes(*in, g); }));
        w.contestants.push_back(fills(column::arrays, "layer by layer", at->size(), [in](numbers& g) { return layer_by_layer(*in, g); }));
        w.contestants.push_back(fills(column::arrays, "step by step", at->size(), [in](numbers& g) { return step_by_step(*in, g); }));
        add_scalars(w, f, at);
        return w;
    }
}
