// SPDX-License-Identifier: BSL-1.0
// The check of one recorded statement: reverse rule, forward rule and finite differences along random directions.
#include <etape/verify/checked_recording.hpp>

#include <algorithm>
#include <cmath>
#include <limits>

#include <etape/tape/forward.hpp>
#include <etape/tape/sweep.hpp>

namespace etape
{
    template <class T>
    buffer_ptr runtime::moved(buffer const& x, buffer const& direction, T step)
    {
        auto y = make_buffer_like<T>(x);
        T largest = T(0);
        for (std::size_t i = 0; i < x.size; ++i)
        {
            y->template data<T>()[i] = x.data<T>()[i] + step * direction.data<T>()[i];
            largest = std::max(largest, std::abs(x.data<T>()[i]));
        }
        if (auto const* f = thread.log->forward; f != nullptr && f->observer != nullptr)
            f->observer->moves(static_cast<double>(largest));
        return y;
    }
    template buffer_ptr runtime::moved<double>(buffer const&, buffer const&, double);
    template buffer_ptr runtime::moved<float>(buffer const&, buffer const&, float);
}

namespace etape::runtime
{
    namespace
    {
        // A number of magnitude 0.5 to 1.5 and random sign, always the same for the same operand: an operand that a statement
        // reads twice has one tangent.
        double direction(std::uint64_t what, std::uint64_t id, std::uint64_t element)
        {
            std::uint64_t z = (what << 32 | id) * 0x9e3779b97f4a7c15u +
                element * 0xbf58476d1ce4e5b9u + 0x2545f4914f6cdd1du;
            z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
            z = (z ^ z >> 27) * 0x94d049bb133111ebu;
            z ^= z >> 31;
            const double magnitude = 0.5 + static_cast<double>(z >> 12) * 0x1p-52;
            return (z & 1u) != 0 ? magnitude : -magnitude;
        }
        constexpr std::uint64_t tangents = 1, weights = 4;

        double at(buffer const& b, bool single, std::size_t i)
        {
            return single ? static_cast<double>(b.data<float>()[i]) : b.data<double>()[i];
        }
        // A sum, and how large its terms are.
        struct sum
        {
            double value = 0, magnitude = 0;
            void add(double x)
            {
                value += x;
                magnitude += std::abs(x);
            }
        };
        bool is_single(record_log const& log, id_space space, std::uint32_t id)
        {
            return space == id_space::array ? log.arrays[id].single
                                            : space == id_space::scalar_float;
        }
        buffer_ptr directions(record_log const& log, std::uint64_t what, std::uint32_t id)
        {
            auto const& slot = log.arrays[id];
            auto fill = [&]<class T>(T)
            {
                auto b = make_buffer<T>(slot.shape, slot.rank, slot.order);
                for (std::size_t i = 0; i < slot.size; ++i)
                    b->template data<T>()[i] = static_cast<T>(direction(what, id, i));
                return b;
            };
            return slot.single ? fill(0.0f) : fill(0.0);
        }
        double difference_of(const double* at_step, double h)
        {
            return (at_step[2] - at_step[1]) / (2 * h);
        }
    }

    class checked_recording::observer final : public statement_observer
    {
    public:
        observer(on_wrong_rule what, double relative, site const& where)
            : what_(what),
              relative_(relative),
              log_(record_log::of_this_thread())
        {
            if (log_.forward != nullptr)
                throw rule_error(
                    "etape: checked_recording at " + to_string(where) +
                    ": found a jvp or another checked_recording in progress on this thread, expected none");
            state_.observer = this;
            log_.forward = &state_;
            log_.refresh();
        }
        ~observer()
        {
            log_.forward = nullptr;
            log_.refresh();
        }

        double operand_tangent(id_space space, std::uint32_t id) override
        {
            const double d = direction(tangents + static_cast<std::uint64_t>(space), id, 0);
            return space == id_space::scalar_float ? static_cast<double>(static_cast<float>(d)) : d;
        }
        buffer* operand_tangent(std::uint32_t id) override
        {
            for (auto const& [known, b] : operands_)
                if (known == id)
                    return b.get();
            operands_.emplace_back(id, directions(log_, tangents, id));
            return operands_.back().second.get();
        }

        // Four points a scale: h to both sides, and 2h to both sides, which tells the error.
        double step(int k, bool single) const override
        {
            constexpr double points[] = {-2, -1, 1, 2};
            constexpr double scales[] = {0x1p-10, 0x1p-14, 0x1p-18};
            return points[k % 4] * scales[k / 4] * (single ? 0x1p6 : 1);
        }
        void moves(double magnitude) override
        {
            moved_ = std::max(moved_, magnitude);
        }
        void sample(int k, double value) override
        {
            sampled_[k] = value;
            sampled_all_ = k == samples - 1;
        }
        void sample(int k, std::uint32_t result, buffer const& values) override
        {
            double s = 0;
            for (std::size_t i = 0; i < values.size; ++i)
                s += direction(weights, result, i) * at(values, log_.arrays[result].single, i);
            sample(k, s);
        }

        void result(id_space space, std::uint32_t id, double tangent, const char* operation) override
        {
            results_.push_back({id, buffer_ptr(), tangent});
            // Where no node holds it, it is in the open run of scalar statements, which becomes one.
            if (find(space, id) == nullptr)
                log_.close_run();
            finish(space, id, operation);
        }
        void result(std::uint32_t id, buffer_ptr tangent) override
        {
            results_.push_back({id, std::move(tangent), 0});
            finish(id_space::array, id, "");
        }
        void result_without_tangent(id_space space, std::uint32_t id) override
        {
            results_.push_back({id, buffer_ptr(), 0});
            no_forward_rule_ = true;
            finish(space, id, "");
        }

        std::size_t statements = 0, differences = 0;
        std::vector<wrong_statement> wrong;

    private:
        struct output_tangent
        {
            std::uint32_t id;
            buffer_ptr values;
            double number;
        };

        static bool holds(output const& o, id_space space, std::uint32_t id)
        {
            return o.space == space && id >= o.first && id - o.first < o.count;
        }
        // The statement of a result; it is among the last ones.
        node const* find(id_space space, std::uint32_t id) const
        {
            if (space == id_space::array)
            {
                const auto position = log_.arrays[id].node;
                return position == 0 ? nullptr : log_.nodes[position - 1];
            }
            for (std::size_t k = log_.nodes.size(), steps = 0; k-- > 0 && steps < 16; ++steps)
                if (holds(log_.nodes[k]->result(), space, id))
                    return log_.nodes[k];
            return nullptr;
        }
        // Ready when the last result of the node has its tangent.
        void finish(id_space space, std::uint32_t id, const char* operation)
        {
            struct forget
            {
                observer& o;
                ~forget()
                {
                    o.results_.clear();
                    o.operands_.clear();
                    o.sampled_all_ = false;
                    o.moved_ = 0;
                    o.no_forward_rule_ = false;
                }
            };
            auto const* n = find(space, id);
            const bool stream = n == nullptr || n->statements() > 1 || *operation != 0;
            if (!stream && holds(n->result(), space, id) && id + 1 != n->result().first + n->result().count)
                return;
            forget afterwards{*this};
            if (n != nullptr && holds(n->result(), space, id))
                check(*n, space, *operation != 0 ? operation : n->name);
        }

        // <w, Jv> of the results
        sum forward(id_space space) const
        {
            sum s;
            for (auto const& r : results_)
                if (!r.values)
                    s.add((space == id_space::array ? 1 : direction_of_result(space, r.id)) *
                          r.number);
                else
                    for (std::size_t i = 0; i < r.values->size; ++i)
                        s.add(direction(weights, r.id, i) *
                              at(*r.values, log_.arrays[r.id].single, i));
            return s;
        }
        // One number has the weight 1, as its samples have.
        double direction_of_result(id_space space, std::uint32_t id) const
        {
            return results_.size() == 1
                ? 1
                : direction(weights + static_cast<std::uint64_t>(space), id, 0);
        }

        // <J'w, v> by the node's reverse pass alone
        sum reverse(node const& n, id_space space)
        {
            const auto out = n.result();
            edges_.clear();
            n.edges(n.statements() > 1 ? results_.front().id - out.first : 0, edges_);
            sum total;
            sweep s(log_, sweep::one_statement);
            if (space != id_space::array)
                for (std::uint32_t i = 0; i < out.count; ++i)
                    s.prepare(space, out.first + i);
            std::vector<value_key> operands;
            for (auto const& e : edges_)
                if (e.tracked &&
                    std::find(operands.begin(), operands.end(), value_key{e.space, e.id}) ==
                        operands.end())
                {
                    operands.push_back({e.space, e.id});
                    s.prepare(e.space, e.id);
                }
            for (auto const& r : results_)
            {
                s.mark_target(space, r.id);
                if (space == id_space::scalar_double)
                    s.scalars<double>()[r.id] = direction_of_result(space, r.id);
                else if (space == id_space::scalar_float)
                    s.scalars<float>()[r.id] = static_cast<float>(direction_of_result(space, r.id));
                else
                {
                    auto& a = s.of(r.id);
                    a.values = directions(log_, weights, r.id);
                    a.kind = adjoint_kind::dense;
                    a.factor = 1;
                }
            }
            n.reverse(s);
            for (auto const& [kind, tag] : operands)
            {
                const auto id = static_cast<std::uint32_t>(tag);
                if (kind == id_space::scalar_double)
                    total.add(s.scalars<double>()[id] * operand_tangent(kind, id));
                else if (kind == id_space::scalar_float)
                    total.add(static_cast<double>(s.scalars<float>()[id]) *
                              operand_tangent(kind, id));
                else if (auto const& a = s.of(id); a.kind != adjoint_kind::empty)
                {
                    const bool single = log_.arrays[id].single;
                    auto const& t = *operand_tangent(id);
                    for (std::size_t i = 0; i < t.size; ++i)
                        total.add(a.factor *
                                  (a.kind == adjoint_kind::dense ? at(*a.values, single, i) : 1) *
                                  at(t, single, i));
                }
            }
            return total;
        }

        void check(node const& n, id_space space, const char* operation)
        {
            // Rules of users may compute with variables, and record nothing here.
            struct quiet
            {
                record_log& log;
                forward_state* forward = log.forward;
                bool recording = thread.recording, paused = thread.paused, by_assignment = thread.by_assignment;
                explicit quiet(record_log& l)
                    : log(l)
                {
                    log.forward = nullptr;
                    thread.recording = thread.paused = thread.by_assignment = false;
                }
                ~quiet()
                {
                    log.forward = forward;
                    thread.recording = recording;
                    thread.paused = paused;
                    thread.by_assignment = by_assignment;
                }
            } silence(log_);

            const auto out = n.result();
            const bool single = is_single(log_, space, out.first);
            sum r = reverse(n, space);
            const sum f = no_forward_rule_ ? r : forward(space);
            // A rule without a reverse mode.
            if (std::any_of(edges_.begin(), edges_.end(), [](edge const& e) { return (e.paths & edge::missing_rule) != 0; }))
                r = f;
            ++statements;
            // Overflow, or a point outside the domain: nothing to compare.
            if (!std::isfinite(f.magnitude) || !std::isfinite(r.magnitude))
                return;
            // The two rules round differently, a fused expression may cancel: this finds wrong formulas, not lost digits.
            const double epsilon = single ? 0x1p-23 : 0x1p-52,
                         scale = std::max(f.magnitude, r.magnitude);
            // Where all slopes cancel (the variance of one element), what is left is rounding of terms of the operands' size.
            const double allowed = relative_ > 0 ? relative_ * scale
                : single                         ? 0x1p-13 * scale + 0x1p-18
                                                 : 0x1p-32 * scale + 0x1p-44;
            if (std::abs(f.value - r.value) > allowed)
                return report(n, operation, "reverse rule and forward rule", r.value, f.value,
                              allowed);
            if (sampled_all_)
                compare_differences(n, operation, f, r, single, epsilon);
        }

        void compare_differences(node const& n, const char* operation, sum const& f, sum const& r,
                                 bool single, double epsilon)
        {
            // Where the statement oscillates faster than a step, its differences are smooth and wrong: two scales must agree with
            // each other before they count against the rules.
            bool before = false;
            double found_before = 0, allowed_before = 0;
            for (int k = 0; k < samples; k += 4)
            {
                const double h = step(k + 2, single);
                const double* y = sampled_ + k;
                const double near = difference_of(y, h), far = (y[3] - y[0]) / (4 * h),
                             middle = (y[1] + y[2]) / 2;
                // Slopes from either side, which differ across a kink.
                const double left = (y[1] - y[0]) / h, right = (y[3] - y[2]) / h,
                             size = std::max(std::abs(left), std::abs(right));
                const double rounding = (16 * epsilon * (std::abs(middle) + size) + 4 * epsilon * moved_ * r.magnitude) / h;
                const double found = (4 * near - far) / 3,
                             allowed = 2 * std::abs(near - far) + rounding + 1e-6 * size;
                if (!std::isfinite(found) || std::abs(left - right) > 1e-2 * size + rounding)
                    continue;
                if (std::abs(found - f.value) <= allowed)
                {
                    ++differences;
                    return;
                }
                const double room = allowed + allowed_before;
                if (before && std::abs(found - found_before) <= room && room < 1e-2 * (std::abs(found) + f.magnitude))
                {
                    ++differences;
                    return report(n, operation, "derivative rules and finite differences", r.value, f.value, allowed, found);
                }
                before = true;
                found_before = found;
                allowed_before = allowed;
            }
        }

        void report(node const& n, const char* operation, const char* between, double reverse,
                    double forward, double allowed,
                    double difference = std::numeric_limits<double>::quiet_NaN())
        {
            wrong_statement w;
            w.operation = operation;
            w.where = n.where;
            for (std::size_t k = log_.nodes.size(); k-- > 0 && !w.after.known();)
                w.after = log_.nodes[k]->where;
            w.number = statements - 1;
            w.between = between;
            w.reverse = reverse;
            w.forward = forward;
            w.allowed = allowed;
            w.difference = difference;
            wrong.push_back(w);
            if (what_ == on_wrong_rule::raise)
                throw wrong_rule(std::move(w));
        }

        on_wrong_rule what_;
        double relative_;
        record_log& log_;
        forward_state state_;
        std::vector<std::pair<std::uint32_t, buffer_ptr>> operands_;
        std::vector<output_tangent> results_;
        std::vector<edge> edges_;
        double sampled_[samples] = {};
        double moved_ = 0;  // the largest number that the samples move
        bool sampled_all_ = false;
        bool no_forward_rule_ = false;
    };

    checked_recording::checked_recording(on_wrong_rule what, double relative, site const& where)
        : observer_(std::make_unique<observer>(what, relative, where))
    {
    }
    checked_recording::~checked_recording() = default;
    std::size_t checked_recording::statements() const noexcept
    {
        return observer_->statements;
    }
    std::size_t checked_recording::differences() const noexcept
    {
        return observer_->differences;
    }
    std::vector<wrong_statement> const& checked_recording::wrong() const noexcept
    {
        return observer_->wrong;
    }
}
