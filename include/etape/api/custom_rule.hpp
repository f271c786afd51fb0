// SPDX-License-Identifier: BSL-1.0
// Derivatives by the user: a function with a vjp (reverse mode), a jvp (forward mode), or both.
#pragma once
#include <optional>
#include <utility>

#include <etape/api/detail/arguments.hpp>
#include <etape/tape/forward.hpp>

ETAPE_BEGIN_ARCH
namespace detail
{
    struct no_rule
    {
    };

    // Arguments that have leaves: those for which a rule gives derivatives.
    template <class... X>
    auto tracked_arguments(std::tuple<X...> const& xs)
    {
        return std::apply(
            [](auto const&... x)
            {
                const auto one = [](auto const& a)
                {
                    if constexpr (has_leaves_v<std::remove_cvref_t<decltype(a)>>)
                        return std::tie(a);
                    else
                        return std::tuple<>();
                };
                return std::tuple_cat(one(x)...);
            },
            xs);
    }

    // A number in the place of an array of rank 0.
    inline buffer_ptr as_array(external_adjoint const& a, bool single)
    {
        if (single)
            return number_as_array<float>(variable<float, 0>(with_tag{}, static_cast<float>(a.number), a.tag), site{});
        return number_as_array<double>(variable<double, 0>(with_tag{}, a.number, a.tag), site{});
    }

    template <class Vjp, class Jvp, class Arguments, class Result>
    struct custom_node final : external_node
    {
        Vjp vjp;
        Jvp jvp;
        Arguments arguments;
        std::optional<Result> result;

        custom_node(Vjp v, Jvp j, Arguments a)
            : vjp(std::move(v))
            , jvp(std::move(j))
            , arguments(std::move(a))
        {
        }
        void pull([[maybe_unused]] external_adjoint const* of_results, [[maybe_unused]] external_adjoint* of_inputs) const override
        {
            if constexpr (!std::is_same_v<Vjp, no_rule>)
            {
                const auto g = with_leaves(*result, [&](auto const& leaf) { return as_handle(leaf, *of_results++); });
                const auto found = std::apply([&](auto const&... x) { return vjp(g, *result, x...); }, arguments);
                take_leaves(tracked_arguments(arguments), found, of_inputs, rule_, rule_.where);
            }
        }
        void push([[maybe_unused]] external_adjoint const* of_inputs, [[maybe_unused]] external_adjoint* of_results) const override
        {
            if constexpr (!std::is_same_v<Jvp, no_rule>)
            {
                const auto one = [&](auto const& leaf) { return as_handle(leaf, *of_inputs++); };
                const auto tangents = std::apply([&](auto const&... x) { return std::tuple<decltype(with_leaves(x, one))...>{with_leaves(x, one)...}; },
                                                 tracked_arguments(arguments));
                const auto found = std::apply([&](auto const&... a) { return jvp(*result, a...); }, std::tuple_cat(arguments, tangents));
                auto* const first = of_results;
                take_leaves(*result, found, of_results, rule_, rule_.where);
                for (std::size_t k = 0; k < n_results_; ++k)
                    if (auto& t = first[k]; results_[k].array != nullptr && !t.array)
                        t.array = as_array(t, results_[k].single);
            }
        }
    };

    // One value of each kind, and the results with their numbers on the tape.
    template <class Result>
    Result number_results(record_log& log, external_node& n, external_rule const& rule, std::vector<external_value> const& in, Result const& y)
    {
        std::vector<external_value> results;
        std::vector<buffer_ptr> rooms;  // numbers among arrays
        bool arrays = false, floats = false, doubles = false;
        each_leaf(y, [&]<class L>(L const&)
            {
                arrays = arrays || is_tensor_v<L>;
                (sizeof(typename leaf_type<L>::number) == sizeof(float) ? floats : doubles) = true;
            });
        arrays = arrays || (floats && doubles);
        each_leaf(y, [&]<class L>(L const& leaf)
            {
                using T = typename leaf_type<L>::number;
                external_value v;
                v.single = sizeof(T) == sizeof(float);
                if constexpr (is_tensor_v<L>)
                    v.array = leaf.data_handle().get();
                else if (arrays)
                {
                    rooms.push_back(make_buffer<T>(nullptr, 0));
                    v.array = rooms.back().get();
                    v.array->role = buffer_role::result;
                    *v.array->template data<T>() = leaf.value();
                }
                else
                    v.space = scalar_space<T>;
                results.push_back(v);
            });
        n.connect(log, rule, in.data(), in.size(), results.data(), results.size());
        std::size_t k = 0;
        return with_leaves(y, [&]<class L>(L const& leaf)
            {
                using T = typename leaf_type<L>::number;
                auto const& v = results[k++];
                if constexpr (is_tensor_v<L>)
                    return leaf;
                else if (arrays)
                    return read_element<T>(*v.array, 0);
                else
                    return L(with_tag{}, leaf.value(), log.template scalars<T>().base + v.id);
            });
    }

    // Results that no statement recorded: notes of what they read, for explanations.
    template <class Result>
    Result untracked_results(external_rule const& rule, std::vector<external_value> const& in, Result const& y)
    {
        if (!tape_alive())
            return y;
        const auto note = [&]
        {
            auto* o = new origin;
            o->operation = rule.name;
            o->where = rule.where;
            o->captures = rule.captures;
            o->stamp = runtime::thread.log->window_stamp;
            o->why = runtime::thread.paused ? reason::recorded_while_paused : reason::none;
            for (auto const& v : in)
            {
                if (v.tag != 0)
                    o->reads.push_back({v.space, v.tag});
                if (v.why != nullptr)
                {
                    retain_origin(v.why);
                    o->parents.push_back(v.why);
                }
            }
            return o;
        };
        return with_leaves(y, [&]<class L>(L const& leaf)
            {
                if constexpr (is_tensor_v<L>)
                {
                    leaf.data_handle()->why = note();
                    return leaf;
                }
                else
                {
                    const auto tag = runtime::thread.log->template new_leaf<typename L::value_type>();
                    runtime::thread.log->note_scalar(scalar_space<typename L::value_type>, tag, note());
                    return L(with_tag{}, leaf.value(), tag);
                }
            });
    }

    // For a checked recording: the function at x + step * tangent. One result only.
    template <class F, class Arguments, class Result>
    void observe_rule(record_log& log, external_rule const& rule, F const& f, Arguments const& arguments, std::vector<external_value> const& in,
                      Result const& y)
    {
        if constexpr (is_tensor_v<Result> || is_scalar_variable_v<Result>)
        {
            using T = typename leaf_type<Result>::number;
            auto& o = *log.forward->observer;
            auto space = id_space::array;
            std::uint32_t id;
            if constexpr (is_tensor_v<Result>)
                id = log.id_of(*y.data_handle(), sizeof(T) == sizeof(float));
            else
            {
                space = scalar_space<T>;
                id = log.template find_scalar<T>(y.tag());
            }
            runtime::silence quiet;
            for (int k = 0; k < statement_observer::samples; ++k)
            {
                std::size_t at = 0;
                const auto leaf_moved = [&]<class L>(L const& leaf) -> L
                {
                    using U = typename leaf_type<L>::number;
                    auto const& v = in[at++];
                    const double h = o.step(k, v.single);
                    external_adjoint a;
                    if (v.id == record_log::no_id)
                        return leaf;
                    if constexpr (is_tensor_v<L>)
                        a.array = runtime::moved<U>(*v.array, *o.operand_tangent(v.id), static_cast<U>(h));
                    else
                        a.number = static_cast<double>(leaf.value()) + h * o.operand_tangent(v.space, v.id);
                    return as_handle(leaf, a);
                };
                const auto moved = [&](auto const& x)
                {
                    if constexpr (has_leaves_v<std::remove_cvref_t<decltype(x)>>)
                        return with_leaves(x, leaf_moved);
                    else
                        return x;
                };
                const auto at_k = std::apply([&](auto const&... x) { return std::tuple<decltype(moved(x))...>{moved(x)...}; }, arguments);
                const auto value = held_result(std::apply(f, at_k), site{});
                if constexpr (is_tensor_v<Result>)
                    o.sample(k, id, *value.data_handle());
                else
                    o.sample(k, static_cast<double>(value.value()));
            }
            if (!rule.has_jvp)
                o.result_without_tangent(space, id);
        }
    }

    template <class F, class Vjp, class Jvp>
    class user_rule
    {
    public:
        user_rule(external_rule rule, F f, Vjp v, Jvp j)
            : rule_(rule)
            , f_(std::move(f))
            , vjp_(std::move(v))
            , jvp_(std::move(j))
        {
            rule_.has_vjp = !std::is_same_v<Vjp, no_rule>;
            rule_.has_jvp = !std::is_same_v<Jvp, no_rule>;
            rule_.captures = !std::is_empty_v<F>;
        }

        // The reverse rule: v(g, y, x...) gives the adjoint of every tracked argument (a std::tuple if there are several) from
        // g, the adjoint of the result y.
        template <class V>
        auto vjp(V v) const
        {
            return user_rule<F, V, Jvp>(rule_, f_, std::move(v), jvp_);
        }
        // The forward rule: j(y, x..., dx...) gives the tangent of the result; dx of the tracked arguments only.
        template <class J>
        auto jvp(J j) const
        {
            return user_rule<F, Vjp, J>(rule_, f_, vjp_, std::move(j));
        }

        template <class... X>
        auto operator()(X&&... x) const
        {
            static_assert(!std::is_same_v<Vjp, no_rule> || !std::is_same_v<Jvp, no_rule>,
                          "etape: a custom_rule needs a derivative: give it a vjp, a jvp, or both");
            // braces: operands are recorded in order
            std::tuple<decltype(held(std::as_const(x), rule_.where))...> arguments{held(std::as_const(x), rule_.where)...};
            (give_up<X>(x), ...);
            std::vector<external_value> in;
            bool tracked = false;
            each_leaf(arguments, [&](auto const& leaf)
                {
                    in.push_back(as_input(leaf));
                    tracked = tracked || in.back().id != record_log::no_id;
                });
            note_constants(arguments, in);
            const auto y = [&]
            {
                runtime::silence quiet;
                return held_result(std::apply(f_, arguments), rule_.where);
            }();
            using result = std::remove_const_t<decltype(y)>;
            if (!tracked)
                return untracked_results(rule_, in, y);
            auto& log = *runtime::thread.log;
            auto& n = log.template add_node<custom_node<Vjp, Jvp, decltype(arguments), result>>(vjp_, jvp_, std::move(arguments));
            const auto next = log.position();
            auto numbered = number_results(log, n, rule_, in, y);
            n.result = numbered;
            if (log.forward != nullptr && log.forward->observer != nullptr) [[unlikely]]
                observe_rule(log, rule_, f_, n.arguments, in, numbered);
            n.push_tangents(log, next);
            return numbered;
        }

    private:
        external_rule rule_;
        F f_;
        [[no_unique_address]] Vjp vjp_;
        [[no_unique_address]] Jvp jvp_;
    };
}

// A function with derivatives of your own, one statement on the tape:
//
//     const auto softplus = custom_rule("softplus", [](auto const& x) { return xt::log1p(xt::exp(x)); })
//                               .vjp([](auto const& g, auto const&, auto const& x) { return g / (1.0 + xt::exp(-x)); })
//                               .jvp([](auto const&, auto const& x, auto const& dx) { return dx / (1.0 + xt::exp(-x)); });
//     auto y = softplus(x);
//
// f runs unrecorded: what it captures is a constant, and a gradient that is missing beyond names the rule. Arguments and results: arrays,
// numbers, tuples and vectors of them; arguments that are not tracked are handed on and have no derivative. A rule that lacks the derivative for the mode that is asked for: in reverse
// mode the gradient is missing with reason::rule_missing, in forward mode rule_error. A wrong number or shape of derivatives
// is a rule_error that names the rule and the place of this call. Exceptions of the functions pass. `name` is a literal.
template <class F>
auto custom_rule(const char* name, F f, site const& where = site::current())
{
    return detail::user_rule<F, detail::no_rule, detail::no_rule>({name, where}, std::move(f), {}, {});
}

// f(x), differentiated as if it were x itself (Bengio et al., Estimating or propagating gradients through stochastic neurons,
// 2013). f returns what has the shape of x.
template <class F, class X>
auto straight_through(F f, X&& x, site const& where = site::current())
{
    return custom_rule("straight_through", std::move(f), where)
        .vjp([](auto const& g, auto const&, auto const&) { return g; })
        .jvp([](auto const&, auto const&, auto const& dx) { return dx; })(std::forward<X>(x));
}
ETAPE_END_ARCH
