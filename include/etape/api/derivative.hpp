// SPDX-License-Identifier: BSL-1.0
// What the functional interface has in common: arguments of any structure become variables of the call's own, results come back
// in the same structure.
#pragma once
#include <memory>
#include <optional>
#include <tuple>
#include <type_traits>
#include <utility>

#include <boost/hana/members.hpp>

#include <etape/api/tape.hpp>
#include <etape/array/detach.hpp>
#include <etape/tape/call.hpp>

ETAPE_BEGIN_ARCH
namespace detail
{
    // A function is called with variables in place of its arguments. One whose parameters are of other types is refused here, in our words.
    template <class F, class Own>
    inline constexpr bool takes_variables_v = false;
    template <class F, class... Own>
    inline constexpr bool takes_variables_v<F, std::tuple<Own...>> = std::is_invocable_v<F, Own&...>;
    template <class F, class... Own>
    inline constexpr bool takes_variables_v<F, const std::tuple<Own...>> = std::is_invocable_v<F, Own const&...>;
    template <class F, class Own>
    constexpr void expect_generic(Own& own) noexcept
    {
        static_assert(takes_variables_v<F, Own>, "etape: the function is called with tracked variables in place of its arguments: it needs a "
                                                 "parameter of type auto const& for each");
        if constexpr (takes_variables_v<F, Own>)
            static_assert(!std::is_void_v<decltype(std::apply(std::declval<F>(), own))>,
                          "etape: the function returns nothing: expected numbers or arrays that depend on its arguments");
    }

    // Is something in this argument tracked, by its type? Then the derivatives are, too.
    template <class X>
    constexpr bool tracked_argument();
    template <class Tuple>
    struct any_tracked;
    template <template <class...> class Tuple, class... X>
    struct any_tracked<Tuple<X...>>
    {
        static constexpr bool value = (tracked_argument<std::remove_cvref_t<X>>() || ...);
    };
    template <class X>
    constexpr bool tracked_argument()
    {
        if constexpr (is_scalar_variable_v<X>)
            return true;
        else if constexpr (is_expression_v<X>)
            return is_tracked_v<X>;
        else if constexpr (is_sequence_v<X>)
            return tracked_argument<typename X::value_type>();
        else if constexpr (is_tuple_v<X>)
            return any_tracked<X>::value;
        else if constexpr (map_like<X>)
            return any_tracked<decltype(hana::to_tuple(hana::values(std::declval<X const&>())))>::value;
        else if constexpr (struct_like<X>)
            return any_tracked<decltype(hana::to_tuple(hana::members(std::declval<X const&>())))>::value;
        else
            return false;
    }

    // A number that a variable may hold, built in or not.
    template <class X>
    inline constexpr bool is_plain_number_v = []
    {
        if constexpr (is_scalar_variable_v<X> || is_expression_v<X> || is_sequence_v<X> || is_tuple_v<X>)
            return false;
        else if constexpr (std::is_arithmetic_v<X>)
            return std::is_same_v<X, float> || std::is_same_v<X, double> || std::is_same_v<X, long double>;
        else if constexpr (closed_number<X>)
            return inner_number_v<X>;
        else
            return false;
    }();

    // ---- arguments ----
    // The same value with an identity of its own, connected to x where x is on a tape: derivatives with respect to it are those of
    // the argument, and not those of an x that the function sees otherwise.
    template <class T>
    variable<T, 0> own_number(variable<T, 0> const& x)
    {
        static_assert(is_compiled_number_v<T>, "etape: derivatives of number types other than float and double are plain: a recorded one, for "
                                               "the derivative of a derivative, is not offered (nest dual numbers: dual<T> inside the variable)");
        std::uint64_t tag = runtime::own_scalar<T>(x.value(), x.tag_for_recording());
        return tag == 0 ? variable<T, 0>(x.value()) : variable<T, 0>(with_tag{}, x.value(), tag);
    }
    // Any: of any number type that a variable holds, for derivatives that are computed by tape.gradient() alone.
    template <bool Any = false, class X>
    auto own_argument(X const& x)
    {
        if constexpr (is_plain_number_v<X>)
        {
            static_assert(Any || is_compiled_number_v<X>, "etape: this derivative takes float and double, found another number type: grad(), vjp() "
                                                          "and dual numbers differentiate these");
            return variable<X, 0>(x);
        }
        else if constexpr (is_scalar_variable_v<X>)
            return own_number(settled(x));
        else if constexpr (is_expression_v<X>)
        {
            using T = number_t<X>;
            constexpr auto N = static_rank_v<X>;
            static_assert(std::is_floating_point_v<T>, "etape: derivatives need arguments of float or double");
            static_assert(N != dynamic_rank, "etape: derivatives need arguments whose rank is known at compile time");
            if constexpr (N == 0)
            {
                if constexpr (is_tracked_v<X>)
                    return own_number(evaluate_number<T>(x, site{}));
                else
                    return variable<T, 0>(static_cast<T>(x()));
            }
            else
            {
                auto b = evaluate<T>(x, site{});
                if (auto own = runtime::own_array(b, sizeof(T) == sizeof(float)))
                    return variable<T, N>(std::move(own));
                return variable<T, N>(as_leaf<T>(make_alias<T>(*b), true, site{}));
            }
        }
        else if constexpr (is_sequence_v<X>)
        {
            if constexpr (requires { std::tuple_size<X>::value; })
                return [&]<std::size_t... I>(std::index_sequence<I...>)
                { return std::array{own_argument<Any>(x[I])...}; }(std::make_index_sequence<std::tuple_size_v<X>>{});
            else
            {
                std::vector<decltype(own_argument<Any>(x[0]))> all;
                all.reserve(x.size());
                for (auto const& e : x)
                    all.push_back(own_argument<Any>(e));
                return all;
            }
        }
        else if constexpr (is_std_tuple_v<X>)
            return hana::unpack(x, [](auto const&... e) { return std::tuple<decltype(own_argument<Any>(e))...>{own_argument<Any>(e)...}; });
        else if constexpr (is_tuple_v<X>)
            return hana::unpack(x, [](auto const&... e) { return hana::tuple<decltype(own_argument<Any>(e))...>{own_argument<Any>(e)...}; });
        else if constexpr (map_like<X>)
            return hana::unpack(x, [](auto const&... kv)
                {
                    return std::apply(map_of, std::tuple<decltype(hana::make_pair(hana::first(kv), own_argument<Any>(hana::second(kv))))...>{
                                                  hana::make_pair(hana::first(kv), own_argument<Any>(hana::second(kv)))...});
                });
        else if constexpr (struct_like<X>)
        {
            X own(x);
            hana::for_each(hana::accessors<X>(), [&](auto const& kv)
                {
                    auto& member = hana::second(kv)(own);
                    using M = std::remove_reference_t<decltype(member)>;
                    static_assert(std::is_same_v<M, decltype(own_argument<Any>(member))>,
                                  "etape: derivatives need structs whose members are variables, or structures of variables");
                    // Not assigned: an assigned variable remembers what it was before.
                    M fresh = own_argument<Any>(member);
                    std::destroy_at(&member);
                    std::construct_at(&member, std::move(fresh));
                });
            return own;
        }
        else
            static_assert(dependent_false<X>, "etape: derivatives need arguments that are floating-point numbers, arrays, variables, or tuples, "
                                              "arrays, vectors, hana maps and adapted structs of them");
    }

    // ---- results ----
    // A number or array as the caller gets it: tracked, or plain.
    template <bool Tracked, class T>
    auto as_result_value(variable<T, 0> const& y)
    {
        if constexpr (Tracked)
            return y;
        else
            return y.value();
    }
    template <bool Tracked, class T, std::size_t N>
    auto as_result_value(buffer_ptr b)
    {
        if constexpr (Tracked)
            return tensor<T, N>(std::move(b));
        else
            return constant<T, N>(b->role == buffer_role::plain ? std::move(b) : make_alias<T>(*b));
    }

    // What a function returned, evaluated (and so recorded): number or array.
    template <class T, std::size_t N>
    struct returned_array
    {
        using number = T;
        static constexpr std::size_t rank = N;
        buffer_ptr values;
    };
    template <class T>
    struct returned_number
    {
        using number = T;
        static constexpr std::size_t rank = 0;
        variable<T, 0> value;
    };
    template <class Y>
    auto returned(Y const& y, site const& where)
    {
        if constexpr (is_plain_number_v<Y> && !is_compiled_number_v<Y>)
            return returned_number<Y>{variable<Y, 0>(with_tag{}, y, 0)};
        else if constexpr (std::is_arithmetic_v<Y>)
        {
            using T = std::conditional_t<std::is_same_v<Y, float>, float, double>;
            return returned_number<T>{variable<T, 0>(with_tag{}, static_cast<T>(y), 0)};
        }
        else if constexpr (is_scalar_variable_v<Y>)
            return returned_number<typename Y::value_type>{y};
        else
        {
            static_assert(is_expression_v<Y>, "etape: derivatives need a function that returns a number or an array");
            using T = number_t<Y>;
            constexpr auto N = static_rank_v<Y>;
            static_assert(N != dynamic_rank, "etape: derivatives need a function whose result has a rank known at compile time");
            if constexpr (N == 0)
            {
                if constexpr (is_tracked_v<Y>)
                    return returned_number<T>{evaluate_number<T>(y, where)};
                else
                    return returned_number<T>{variable<T, 0>(with_tag{}, static_cast<T>(y()), 0)};
            }
            else
                return returned_array<T, N>{evaluate<T>(y, where)};
        }
    }
    // A structure of numbers and arrays, of which each is evaluated: itself a structure, whose leaves these are.
    template <class T, std::size_t N>
    inline constexpr bool source_leaf_v<returned_array<T, N>> = true;
    template <class T>
    inline constexpr bool source_leaf_v<returned_number<T>> = true;
    template <class T>
    struct leaf_type<returned_number<T>> : leaf_type<variable<T, 0>>
    {
    };
    template <class Y>
    auto returned_all(Y const& y, site const& where)
    {
        on_any_leaf one{[&](auto const& e) { return detail::returned(e, where); }};
        return results_like(y, one);
    }
    template <class T>
    void request_returned(target_request& r, returned_number<T> const& y)
    {
        r.single = sizeof(T) == sizeof(float);
        r.space = space_on_log<T>();
        r.tag = &y.value.tag_for_recording();
    }
    template <class T, std::size_t N>
    void request_returned(target_request& r, returned_array<T, N> const& y)
    {
        r.single = sizeof(T) == sizeof(float);
        r.values = y.values.get();
    }
    template <bool Tracked, class T>
    auto value_of(returned_number<T> const& y)
    {
        return as_result_value<Tracked>(y.value);
    }
    template <bool Tracked, class T, std::size_t N>
    auto value_of(returned_array<T, N> const& y)
    {
        return as_result_value<Tracked, T, N>(y.values);
    }

    template <bool Tracked, class Y>
    auto values_of(Y const& y)
    {
        auto one = [](auto const& e) { return value_of<Tracked>(e); };
        return results_like(y, one);
    }

    // One argument stands for itself, several for a tuple.
    template <class... R>
    auto alone_or_tuple(std::tuple<R...>&& all)
    {
        if constexpr (sizeof...(R) == 1)
            return std::get<0>(std::move(all));
        else
            return std::move(all);
    }

    // For each number and array that a function returned (outer_call::check_captured).
    template <class Y>
    void check_all_captured(runtime::outer_call const& around, Y const& y)
    {
        auto one = [&](auto const& e)
        {
            target_request r;
            request_returned(r, e);
            around.check_captured(r);
        };
        each_source(y, one);
    }

    // ---- one reverse pass around a call ----
    template <bool Tracked>
    class reverse_call : public runtime::outer_call
    {
    public:
        // repeated: several sweeps will be asked for
        explicit reverse_call(const char* name, bool repeated, site const& where)
            : outer_call(name)
            , repeated_(repeated)
            , where_(where)
        {
        }
        // After the arguments were made: what f does is recorded.
        template <class Own>
        void open(Own const& own)
        {
            if (nested())
            {
                auto adopt_one = [](auto const& x)
                {
                    if constexpr (leaf_type<std::remove_cvref_t<decltype(x)>>::rank != 0)
                        adopt(*x.data_handle(), sizeof(typename leaf_type<std::remove_cvref_t<decltype(x)>>::number) == sizeof(float));
                };
                each_source(own, adopt_one);
            }
            arguments_made();
            tape_.emplace(repeated_, true, where_, true);
        }
        template <class Y>
        void returned(Y const& y)
        {
            if constexpr (!Tracked)
                check_all_captured(*this, y);
        }
        void close()
        {
            tape_->close(where_);
        }
        bool recorded() const noexcept
        {
            return Tracked && nested();
        }
        // Gradients of a target whose seed is set, in the structure of `own` (a tuple of arguments).
        template <class Own>
        auto sweep(target_request& t, Own const& own)
        {
            return sweep(&t, 1, own);
        }
        template <class Own>
        auto sweep(target_request* targets, std::size_t n, Own const& own)
        {
            auto s = requests(own);
            run(targets, n, s);
            std::size_t i = 0;
            auto next = [&](auto const& x) { return value_or_throw(s[i++], x); };
            return results_like(own, next);
        }
        // The same in steps, for callers that put several sweeps together.
        template <class Own>
        static std::vector<source_request> requests(Own const& own)
        {
            std::vector<source_request> s;
            std::size_t n = 0, i = 0;
            auto count = [&](auto const&) { ++n; };
            each_source(own, count);
            s.resize(n);
            auto fill = [&](auto const& x)
            {
                s[i].zero_if_unread = true;
                request_source(s[i++], x);
            };
            each_source(own, fill);
            return s;
        }
        void run(target_request& t, std::vector<source_request>& s)
        {
            run(&t, 1, s);
        }
        void run(target_request* targets, std::size_t n, std::vector<source_request>& s)
        {
            if (recorded())
                differentiate_recorded(*tape_, targets, n, s.data(), s.size(), where_);
            else
                differentiate(*tape_, targets, n, s.data(), s.size(), where_);
        }
        tape_core& tape() noexcept
        {
            return *tape_;
        }

    private:
        template <class X>
        static auto value_or_throw(source_request& r, X const& x)
        {
            using T = typename leaf_type<X>::number;
            constexpr auto N = leaf_type<X>::rank;
            if (r.missing)
            {
                runtime::zero_or_throw(*r.missing);
                r.scalar = 0;
                r.scalar_tag = 0;
                if constexpr (N != 0)
                    r.gradient = zeros_like(*x.data_handle(), sizeof(T) == sizeof(float));
            }
            if constexpr (N == 0)
            {
                if constexpr (!is_compiled_number_v<T>)
                    return static_cast<slot_of<T> const&>(*r.number).value;
                else if constexpr (Tracked)
                    return r.scalar_tag == 0 ? variable<T, 0>(static_cast<T>(r.scalar))
                                             : variable<T, 0>(with_tag{}, static_cast<T>(r.scalar), r.scalar_tag);
                else
                    return static_cast<T>(r.scalar);
            }
            else
                return as_result_value<Tracked, T, N>(std::move(r.gradient));
        }

        bool repeated_;
        site where_;
        std::optional<tape_core> tape_;
    };
}
ETAPE_END_ARCH
