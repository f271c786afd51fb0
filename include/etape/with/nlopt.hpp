// SPDX-License-Identifier: BSL-1.0
// NLopt with gradients from the tape: functions of arrays, numbers and structures as objectives and constraints (libnlopt-cxx-dev).
#pragma once
#include <algorithm>
#include <cmath>
#include <exception>
#include <memory>
#include <string>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

#include <boost/hana/core/is_a.hpp>
#include <boost/hana/string.hpp>
#include <nlopt.hpp>

#include <etape/api/derivative.hpp>
#include <etape/api/detail/pairs.hpp>
#include <etape/tape/silence.hpp>

ETAPE_BEGIN_ARCH
namespace detail
{
    // How many numbers a leaf is.
    template <class T, std::size_t N>
    std::size_t flat_size(variable<T, N> const& leaf)
    {
        if constexpr (N == 0)
            return 1;
        else
            return leaf.data_handle()->size;
    }
    // A variable of the same shape with the next numbers from `from`. Not assigned: an assigned one remembers what it was before.
    template <class T, std::size_t N>
    void set_leaf(variable<T, N>& leaf, const double*& from)
    {
        if constexpr (N == 0)
        {
            const T value = static_cast<T>(*from++);
            std::destroy_at(&leaf);
            std::construct_at(&leaf, value);
        }
        else
        {
            auto b = make_buffer<T>(leaf.data_handle()->shape, static_cast<int>(N));
            for (std::size_t i = 0; i < b->size; ++i)
                b->template data<T>()[i] = static_cast<T>(*from++);
            b->role = buffer_role::leaf;
            std::destroy_at(&leaf);
            std::construct_at(&leaf, std::move(b));
        }
    }
    // Writes the numbers of a variable, or of a gradient (a number, a constant), in row-major order.
    template <class V>
    void write_flat(V const& v, double*& to)
    {
        if constexpr (is_scalar_variable_v<V>)
            *to++ = static_cast<double>(v.value());
        else if constexpr (std::is_floating_point_v<V>)
            *to++ = static_cast<double>(v);
        else if constexpr (is_tracked_v<V>)
            write_flat(etape::value(v), to);
        else
            for (auto x : v)
                *to++ = static_cast<double>(x);
    }
    // f(leaf, name) for each leaf of an argument: "argument 1.weights[2]".
    template <class S, class F>
    void each_named(S const& s, std::string const& name, F& f)
    {
        const auto named = [&](auto const& kv, auto const& member)
        {
            using key = std::remove_cvref_t<decltype(hana::first(kv))>;
            if constexpr (hana::is_a<hana::string_tag, key>())
                each_named(member, name + '.' + hana::to<const char*>(hana::first(kv)), f);
            else
                each_named(member, name + ".?", f);
        };
        if constexpr (source_leaf_v<S>)
            f(s, name);
        else if constexpr (is_sequence_v<S>)
            for (std::size_t i = 0; i < s.size(); ++i)
                each_named(s[i], name + '[' + std::to_string(i) + ']', f);
        else if constexpr (is_tuple_v<S>)
        {
            std::size_t i = 0;
            hana::for_each(s, [&](auto const& x) { each_named(x, name + '<' + std::to_string(i++) + '>', f); });
        }
        else if constexpr (map_like<S>)
            hana::for_each(s, [&](auto const& kv) { named(kv, hana::second(kv)); });
        else
            hana::for_each(hana::accessors<S>(), [&](auto const& kv) { named(kv, hana::second(kv)(s)); });
    }
    // Where in an array the flat index i is: "(1, 2)".
    template <class T, std::size_t N>
    std::string place_in(variable<T, N> const& leaf, std::size_t i)
    {
        if constexpr (N == 0)
            return {};
        else
        {
            std::size_t at[N];
            for (std::size_t k = N; k-- > 0; i /= leaf.data_handle()->shape[k])
                at[k] = i % leaf.data_handle()->shape[k];
            return " at " + shape_text(at, N);
        }
    }
}

// What optimize() found: the arguments, as plain numbers and constants where they were given plain and as variables else, the
// objective there, and why NLopt stopped.
template <class X>
struct nlopt_optimum
{
    X arguments;
    double value;
    nlopt::result why;
};

// An nlopt::opt whose functions are called with variables:
//
//     ad::nlopt_problem problem(nlopt::LD_SLSQP, start, 1.0);      // start values: here an array and a number
//     problem.set_min_objective([](auto const& x, auto const& width) { return xt::sum(xt::square(x)) / width; });
//     problem.add_equality_constraint([](auto const& x, auto const&) { return xt::sum(x) - 1.0; }, 1e-8);
//     problem.opt.set_xtol_rel(1e-6);                              // all else by NLopt's own functions
//     auto [arguments, value, why] = problem.optimize();           // a std::tuple; of one argument, itself
//
// Start values are those that grad(f)(x...) takes: numbers, arrays, variables, and tuples, arrays, vectors, hana maps and adapted
// structs of them. Their shapes stay. NLopt sees all numbers in a row, arrays in row-major order.
//
// Functions are copied in, and return one number (an expression of rank 0, a variable, a number). When NLopt asks for no gradient
// nothing is recorded; else a call is a fresh tape and one sweep. An argument that a function does not use has the gradient 0 there.
// What a function captures is a constant, and the optimum has no derivative by it: inside another recording, a tracked captured value
// is a rule_error when a gradient is asked for.
//
// optimize() throws what a function threw. (nlopt::opt::optimize alone says "nlopt failure", without the text.) It throws error when
// a gradient is NaN at a point where the value is finite, and names the argument; where the value is NaN or infinite a line search may
// go back, and sees the gradient as it is. It throws missing_gradient when a path was lost, and of NLopt's exceptions all but
// roundoff_limited, with which a result is returned.
//
// Not copyable: NLopt keeps the addresses of its functions.
template <class... X>
class nlopt_problem
{
    static_assert(sizeof...(X) > 0, "etape: nlopt_problem needs start values for the arguments of its functions");

public:
    explicit nlopt_problem(nlopt::algorithm a, X const&... start)
        : own_(detail::own_argument(start)...),
          point_(flat(start...)),
          opt(a, static_cast<unsigned>(point_.size()))
    {
    }
    nlopt_problem(nlopt_problem const&) = delete;
    nlopt_problem& operator=(nlopt_problem const&) = delete;

    template <class F>
    void set_min_objective(F f)
    {
        auto* const added = add<0>(std::move(f), "objective");
        opt.set_min_objective(&function::call, added);
    }
    template <class F>
    void set_max_objective(F f)
    {
        auto* const added = add<0>(std::move(f), "objective");
        opt.set_max_objective(&function::call, added);
    }
    // f <= 0
    template <class F>
    void add_inequality_constraint(F f, double tolerance = 0)
    {
        auto* const added = add<0>(std::move(f), "inequality constraint");
        opt.add_inequality_constraint(&function::call, added, tolerance);
    }
    // f == 0
    template <class F>
    void add_equality_constraint(F f, double tolerance = 0)
    {
        auto* const added = add<0>(std::move(f), "equality constraint");
        opt.add_equality_constraint(&function::call, added, tolerance);
    }
    // Several constraints by one function: f returns an array of rank 1 with an entry for each tolerance; a sweep for each.
    template <class F>
    void add_inequality_mconstraint(F f, std::vector<double> const& tolerances)
    {
        auto* const added = add<1>(std::move(f), "inequality constraint");
        opt.add_inequality_mconstraint(&function::call_all, added, tolerances);
    }
    template <class F>
    void add_equality_mconstraint(F f, std::vector<double> const& tolerances)
    {
        auto* const added = add<1>(std::move(f), "equality constraint");
        opt.add_equality_mconstraint(&function::call_all, added, tolerances);
    }

    // Values in the structure and the shapes of the arguments as NLopt's vector, for bounds and steps:
    // problem.opt.set_lower_bounds(problem.flat(...)). Throws shape_error for other shapes.
    template <class... V>
    std::vector<double> flat(V const&... values) const
    {
        static_assert(sizeof...(V) == sizeof...(X), "etape: nlopt_problem::flat takes a value for each argument");
        const runtime::silence unrecorded;
        const std::tuple<decltype(detail::own_argument(values))...> all{detail::own_argument(values)...};
        std::size_t n = 0;
        auto count = [&](auto const& leaf) { n += detail::flat_size(leaf); };
        detail::each_source(all, count);
        std::vector<double> numbers(n);
        double* to = numbers.data();
        auto one = [&](auto const& leaf, auto const& v)
        {
            if constexpr (detail::leaf_type<std::remove_cvref_t<decltype(leaf)>>::rank != 0)
                if (leaf.shape() != v.shape())
                    throw_shape_error("nlopt_problem::flat", shape_text(v.data_handle()->shape, v.data_handle()->rank),
                                      shape_text(leaf.data_handle()->shape, leaf.data_handle()->rank));
            detail::write_flat(v, to);
        };
        detail::each_pair(own_, all, one, "nlopt_problem::flat");
        return numbers;
    }

    // From the start values, or from where the last call ended.
    auto optimize()
    {
        double value = 0;
        nlopt::result why;
        thrown_ = nullptr;
        try
        {
            why = opt.optimize(point_, value);
        }
        catch (nlopt::roundoff_limited const&)
        {
            why = nlopt::ROUNDOFF_LIMITED;
            value = opt.last_optimum_value();
        }
        catch (...)
        {
            if (thrown_)
                std::rethrow_exception(std::exchange(thrown_, nullptr));
            throw;
        }
        auto x = arguments();
        return nlopt_optimum<decltype(x)>{std::move(x), value, why};
    }
    // The arguments at the start, or where optimize() ended, also by an exception of NLopt.
    auto arguments()
    {
        const runtime::silence unrecorded;
        set_arguments(point_.data());
        return detail::alone_or_tuple([&]<std::size_t... I>(std::index_sequence<I...>) {
            return std::tuple<decltype(as_given<X>(std::get<I>(own_)))...>{as_given<X>(std::get<I>(own_))...};
        }(std::index_sequence_for<X...>{}));
    }

private:
    using own_arguments = std::tuple<decltype(detail::own_argument(std::declval<X const&>()))...>;

    // What NLopt calls. An exception that goes through NLopt would lose its text: it waits in the problem.
    class function
    {
    public:
        function(nlopt_problem& p, const char* name)
            : problem(p),
              name_(name)
        {
        }
        virtual ~function() = default;

        static double call(unsigned, const double* at, double* gradient, void* self)
        {
            double value = 0;
            static_cast<function*>(self)->evaluate_or_stop(at, 1, &value, gradient);
            return value;
        }
        static void call_all(unsigned m, double* values, unsigned, const double* at, double* gradients, void* self)
        {
            static_cast<function*>(self)->evaluate_or_stop(at, m, values, gradients);
        }

    protected:
        // m values, and where `gradients` is not null the gradient of each.
        virtual void evaluate(const double* at, std::size_t m, double* values, double* gradients) const = 0;

        nlopt_problem& problem;

    private:
        void evaluate_or_stop(const double* at, std::size_t m, double* values, double* gradients) const
        {
            try
            {
                evaluate(at, m, values, gradients);
                for (std::size_t k = 0; k < m && gradients != nullptr; ++k)
                    if (std::isfinite(values[k]))
                        problem.check(gradients + k * problem.point_.size(), values[k],
                                      m == 1 ? std::string(name_) : "entry " + std::to_string(k) + " of the " + name_);
            }
            catch (...)
            {
                problem.thrown_ = std::current_exception();
                throw nlopt::forced_stop();
            }
        }

        const char* name_;
    };
    template <class F, std::size_t Rank>
    class function_of : public function
    {
    public:
        function_of(nlopt_problem& p, const char* name, F&& f)
            : function(p, name),
              f_(std::move(f))
        {
        }

    private:
        auto returned() const
        {
            auto y = detail::returned(std::apply(f_, std::as_const(this->problem.own_)), site{});
            static_assert(decltype(y)::rank == Rank, "etape: a function for NLopt returns one number, of an mconstraint an array of rank 1");
            return y;
        }
        template <class Y>
        static void write_values(Y const& y, std::size_t m, double* to)
        {
            if constexpr (Rank == 0)
                *to = static_cast<double>(y.value.value());
            else
            {
                if (y.values->size != m)
                    throw_shape_error("nlopt_problem: constraints", shape_text(y.values->shape, 1),
                                      std::to_string(m) + " entries, one for each tolerance");
                std::copy_n(y.values->template data<typename Y::number>(), m, to);
            }
        }
        void evaluate(const double* at, std::size_t m, double* values, double* gradients) const override
        {
            if (gradients == nullptr)
            {
                const runtime::silence unrecorded;
                this->problem.set_arguments(at);
                return write_values(returned(), m, values);
            }
            auto const& own = this->problem.own_;
            detail::reverse_call<false> call("nlopt_problem", Rank != 0, site{});
            this->problem.set_arguments(at);
            call.open(own);
            const auto y = returned();
            call.returned(y);
            write_values(y, m, values);
            auto one = [&](auto const&, auto const& g) { detail::write_flat(g, gradients); };
            if constexpr (Rank != 0)
                call.close();
            for (std::size_t k = 0; k < m; ++k)
            {
                target_request t;
                detail::request_returned(t, y);
                if constexpr (Rank != 0)
                {
                    using T = typename std::remove_cvref_t<decltype(y)>::number;
                    t.seed = make_buffer<T>(y.values->shape, 1);
                    std::fill_n(t.seed->template data<T>(), m, T(0));
                    t.seed->template data<T>()[k] = 1;
                }
                detail::each_pair(own, call.sweep(t, own), one, "nlopt_problem");
            }
        }

        F f_;
    };

    template <std::size_t Rank, class F>
    function* add(F&& f, const char* name)
    {
        functions_.push_back(std::make_unique<function_of<F, Rank>>(*this, name, std::move(f)));
        return functions_.back().get();
    }
    void set_arguments(const double* at)
    {
        auto one = [&](auto const& leaf) { detail::set_leaf(const_cast<std::remove_cvref_t<decltype(leaf)>&>(leaf), at); };
        detail::each_source(own_, one);
    }
    void check(const double* gradient, double value, std::string const& name) const
    {
        if (std::none_of(gradient, gradient + point_.size(), [](double g) { return std::isnan(g); }))
            return;
        auto one = [&](auto const& leaf, std::string const& which)
        {
            const auto n = detail::flat_size(leaf);
            for (std::size_t i = 0; i < n; ++i)
                if (std::isnan(gradient[i]))
                    throw error("etape: nlopt_problem: the gradient of the " + name + " with respect to " + which + detail::place_in(leaf, i) +
                                " is NaN, where its value is " + std::to_string(value));
            gradient += n;
        };
        std::size_t i = 0;
        std::apply([&](auto const&... x) { (detail::each_named(x, "argument " + std::to_string(i++), one), ...); }, own_);
    }
    template <class Given, class Own>
    static auto as_given(Own const& own)
    {
        if constexpr (detail::tracked_argument<Given>())
            return own;
        else
        {
            auto one = [](auto const& leaf)
            {
                using leaf_type = detail::leaf_type<std::remove_cvref_t<decltype(leaf)>>;
                if constexpr (leaf_type::rank == 0)
                    return leaf.value();
                else
                    return constant<typename leaf_type::number, leaf_type::rank>(make_alias<typename leaf_type::number>(*leaf.data_handle()));
            };
            return detail::results_like(own, one);
        }
    }

    own_arguments own_;
    std::vector<double> point_;
    std::vector<std::unique_ptr<function>> functions_;
    std::exception_ptr thrown_;

public:
    // Tolerances, bounds, limits. Its functions are set by the problem.
    nlopt::opt opt;
};
template <class... X>
nlopt_problem(nlopt::algorithm, X const&...) -> nlopt_problem<X...>;
ETAPE_END_ARCH
