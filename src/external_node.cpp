// SPDX-License-Identifier: BSL-1.0
// Statements with a derivative from outside: adjoints in, adjoints out, and checks of what came back.
#include <etape/tape/external_node.hpp>

#include <algorithm>
#include <array>

#include <etape/core/error.hpp>
#include <etape/tape/active.hpp>
#include <etape/tape/forward.hpp>
#include <etape/tape/primitive.hpp>
#include <etape/tape/silence.hpp>
#include <etape/tape/tape_core.hpp>

namespace etape
{
    namespace runtime
    {
        void throw_rule_error(external_rule const& rule, std::string const& found, std::string const& expected)
        {
            throw rule_error(std::string("etape: custom_rule '") + rule.name + "' (registered at " + to_string(rule.where) + "): found " + found +
                             ", expected " + expected);
        }
    }

    namespace
    {
        // Few values live on the stack: a warm sweep does not allocate.
        template <class V>
        class small_room
        {
        public:
            explicit small_room(std::size_t n)
            {
                if (n > few_.size())
                    many_.resize(n);
            }
            V* get() noexcept
            {
                return many_.empty() ? few_.data() : many_.data();
            }

        private:
            std::array<V, 8> few_;
            std::vector<V> many_;
        };

        buffer_ptr zeros(external_value const& like)
        {
            auto z = like.single ? make_buffer_like<float>(*like.array) : make_buffer_like<double>(*like.array);
            std::fill_n(z->data<char>(), z->bytes, char{0});
            return z;
        }
        // Between active values and what a rule is given and returns.
        external_adjoint of_active(record_log& log, external_value const& v, active const& a)
        {
            external_adjoint x;
            x.given = true;
            if (v.array != nullptr)
                x.array = primitive::reshape(a, v.array->shape, v.array->rank).values;
            else
            {
                x.number = a.number;
                if (a.tracked())
                    x.tag = (v.single ? log.scalars<float>().base : log.scalars<double>().base) + a.id;
            }
            return x;
        }
        active as_active(record_log& log, external_value const& v, external_adjoint& x)
        {
            if (v.array != nullptr)
                return primitive::of(x.array, v.single);
            const auto id = (x.tag & tag_bits::number) == 0 ? record_log::no_id
                            : v.single                      ? log.id_of_scalar<float>(x.tag)
                                                            : log.id_of_scalar<double>(x.tag);
            return primitive::of_number(x.number, id, v.single);
        }
    }

    external_node::~external_node()
    {
        for (std::size_t k = 0; k < n_inputs_; ++k)
        {
            buffer_ptr::release(inputs_[k].array);
            release_origin(inputs_[k].why);
        }
        for (std::size_t k = 0; k < n_results_; ++k)
            buffer_ptr::release(results_[k].array);
    }

    void external_node::connect(record_log& log, external_rule const& rule, external_value const* inputs, std::size_t n_inputs,
                                external_value* results, std::size_t n_results)
    {
        rule_ = rule;
        name = rule.name;
        where = rule.where;
        inputs_ = log.memory.allocate_array<external_value>(n_inputs);
        for (; n_inputs_ < n_inputs; ++n_inputs_)
        {
            auto& v = *new (inputs_ + n_inputs_) external_value(inputs[n_inputs_]);
            buffer_ptr::retain(v.array);
            retain_origin(v.why);
        }
        space_ = results[0].space;
        results_ = log.memory.allocate_array<external_value>(n_results);
        if (space_ != id_space::array)
        {
            const auto count = static_cast<std::uint32_t>(n_results);
            const bool single = space_ == id_space::scalar_float;
            const auto tag = single ? log.reserve_scalars<float>(count) : log.reserve_scalars<double>(count);
            first_ = single ? log.scalars<float>().local(tag) : log.scalars<double>().local(tag);
            for (std::size_t k = 0; k < n_results; ++k)
                results[k].id = first_ + static_cast<std::uint32_t>(k);
        }
        for (; n_results_ < n_results; ++n_results_)
        {
            auto& r = results[n_results_];
            if (space_ == id_space::array)
            {
                r.id = log.add_array(*r.array, rule.name, rule.where, log.position(), r.single);
                if (n_results_ == 0)
                    first_ = r.id;
            }
            auto& v = *new (results_ + n_results_) external_value(r);
            buffer_ptr::retain(v.array);
        }
    }

    bool external_node::take_seeds(sweep& s, external_adjoint* seeds) const
    {
        bool any = false;
        for (std::size_t k = 0; k < n_results_; ++k)
        {
            auto const& r = results_[k];
            const auto number = [&]<class T>(T v)
            {
                seeds[k].number = static_cast<double>(v);
                seeds[k].given = !sweep::untouched(v) || s.reaches(space_, r.id);
            };
            if (space_ == id_space::scalar_double)
                number(s.scalars<double>()[r.id]);
            else if (space_ == id_space::scalar_float)
                number(s.scalars<float>()[r.id]);
            else if (adjoint a; s.take(r.id, a))
            {
                seeds[k].array = r.single ? s.dense<float>(a, r.id) : s.dense<double>(a, r.id);
                seeds[k].given = true;
            }
            any = any || seeds[k].given;
        }
        if (any)
            for (std::size_t k = 0; k < n_results_; ++k)
                if (space_ == id_space::array && !seeds[k].given)
                    seeds[k].array = zeros(results_[k]);
        return any;
    }

    bool external_node::take_seeds(active_sweep& s, external_adjoint* seeds) const
    {
        bool any = false;
        for (std::size_t k = 0; k < n_results_; ++k)
            if (active g; s.take(results_[k].space, results_[k].id, g))
            {
                seeds[k] = of_active(s.log(), results_[k], g);
                any = true;
            }
        for (std::size_t k = 0; any && k < n_results_; ++k)
            if (space_ == id_space::array && !seeds[k].given)
                seeds[k].array = zeros(results_[k]);
        return any;
    }
    bool external_node::find_tangents(forward_state const& level, external_adjoint* tangents) const
    {
        bool any = false;
        for (std::size_t k = 0; k < n_inputs_; ++k)
        {
            auto const& v = inputs_[k];
            if (active t; v.id != record_log::no_id && level.find(v.space, v.id, t))
            {
                tangents[k] = of_active(*runtime::thread.log, v, t);
                any = true;
            }
            else if (v.array != nullptr)
                tangents[k].array = zeros(v);
        }
        return any;
    }

    void external_node::check_shape(std::size_t k, external_adjoint const& a) const
    {
        auto const& in = inputs_[k];
        if (in.array == nullptr)
            return;
        auto const& b = *in.array;
        if (a.array->rank != b.rank || !std::equal(b.shape, b.shape + b.rank, a.array->shape))
            runtime::throw_rule_error(rule_, "a derivative of shape " + shape_text(a.array->shape, a.array->rank) + " for input " + std::to_string(k),
                                      "shape " + shape_text(b.shape, b.rank));
    }
    void external_node::contribute(sweep& s, std::size_t k, external_adjoint& a) const
    {
        auto const& in = inputs_[k];
        if (in.array == nullptr)
            return in.single ? s.add_scalar<float>(in.id, static_cast<float>(a.number)) : s.add_scalar<double>(in.id, a.number);
        if (in.single)
            s.contribute<float>(in.id, std::move(a.array), 1);
        else
            s.contribute<double>(in.id, std::move(a.array), 1);
    }

    void external_node::reverse(sweep& s) const
    {
        if (!rule_.has_vjp)
            return s.lose();  // edges() says so to the explanation
        small_room<external_adjoint> seeds(n_results_), gradients(n_inputs_);
        if (!take_seeds(s, seeds.get()))
            return;
        {
            runtime::silence quiet;
            if (s.consuming())  // then nobody else sweeps
                consuming_ = true;
            pull(seeds.get(), gradients.get());
        }
        for (std::size_t k = 0; k < n_inputs_; ++k)
            if (auto& g = gradients.get()[k]; g.given && inputs_[k].id != record_log::no_id)
            {
                check_shape(k, g);
                contribute(s, k, g);
            }
    }
    void external_node::reverse_active(active_sweep& s) const
    {
        if (!rule_.has_vjp)
            return s.lose();
        std::vector<external_adjoint> seeds(n_results_), gradients(n_inputs_);
        if (!take_seeds(s, seeds.data()))
            return;
        pull(seeds.data(), gradients.data());
        for (std::size_t k = 0; k < n_inputs_; ++k)
            if (gradients[k].given && inputs_[k].id != record_log::no_id)
            {
                check_shape(k, gradients[k]);
                s.add(inputs_[k].space, inputs_[k].id, as_active(s.log(), inputs_[k], gradients[k]));
            }
    }

    runtime::ways runtime::ways_of_rules(tape_core& t)
    {
        ways all;
        for (auto const& [from, to] : t.windows())
            for (auto p = from; p < to; ++p)
                if (auto const* n = dynamic_cast<external_node const*>(t.log().nodes[p]))
                {
                    all.reverse = all.reverse && n->rule().has_vjp;
                    all.forward = all.forward && n->rule().has_jvp;
                }
        return all;
    }

    void external_node::forward_active(forward_state& level) const
    {
        std::vector<external_adjoint> in(n_inputs_), out(n_results_);
        if (!find_tangents(level, in.data()))
            return;
        push(in.data(), out.data());
        for (std::size_t k = 0; k < n_results_; ++k)
            if (out[k].given)
                level.set(results_[k].space, results_[k].id, as_active(*runtime::thread.log, results_[k], out[k]));
    }
    void external_node::push_tangents(record_log& log, std::uint32_t from) const
    {
        if (log.forward == nullptr)
            return;
        if (!rule_.has_jvp && log.forward->observer != nullptr)
            return;
        if (!rule_.has_jvp)
            throw rule_error(std::string("etape: jvp: found the rule '") + rule_.name + "' (registered at " + to_string(rule_.where) +
                             ") without a jvp, expected one with a jvp");
        const auto to = log.position();
        const auto one = [&](node const& n)
        {
            if (!forward_state::fused())
                return runtime::push_levels(log, n);
            runtime::silence quiet;
            n.forward_active(*log.forward);
        };
        one(*this);
        for (auto p = from; p < to; ++p)
            one(*log.nodes[p]);
    }

    std::size_t external_node::edge_count() const
    {
        return static_cast<std::size_t>(std::count_if(inputs_, inputs_ + n_inputs_, [](auto const& v) { return v.id != record_log::no_id; }));
    }
    void external_node::edges(std::size_t, std::vector<edge>& to) const
    {
        for (std::size_t k = 0; k < n_inputs_; ++k)
        {
            auto const& v = inputs_[k];
            if (v.id == record_log::no_id && v.tag == 0 && v.why == nullptr)
                continue;
            edge e;
            e.space = v.space;
            e.id = v.id;
            e.tracked = v.id != record_log::no_id;
            e.tag = v.tag;
            e.why = v.why;
            if (!rule_.has_vjp)
            {
                e.paths = edge::missing_rule;
                e.cut = rule_.name;
            }
            to.push_back(e);
        }
    }
    void external_node::list_kept(kept_memory& to) const
    {
        for (std::size_t k = 0; k < n_inputs_; ++k)
            to.add(inputs_[k].array);
        for (std::size_t k = 0; k < n_results_; ++k)
            to.add(results_[k].array);
    }
    std::size_t external_node::own_bytes() const
    {
        return sizeof(*this) + (n_inputs_ + n_results_) * sizeof(external_value);
    }
}
