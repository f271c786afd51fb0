// SPDX-License-Identifier: BSL-1.0
// The gradient of a sum over shards of data: a tape for each shard, on any number of threads, the same bits for all of them.
#pragma once
#include <exception>
#include <optional>
#include <vector>

#include <etape/api/grad.hpp>
#include <etape/tape/isolation.hpp>
#include <etape/tape/plain_gradients.hpp>

ETAPE_BEGIN_ARCH
namespace execution
{
    // All calls on this thread, in order. An executor is called with a count n and a body, and calls body(i) once for each
    // i < n, on whatever threads (with/tbb.hpp has one).
    struct serial
    {
        template <class Body>
        void operator()(std::size_t n, Body const& body) const
        {
            for (std::size_t i = 0; i < n; ++i)
                body(i);
        }
    };
}

namespace detail
{
    // A shard's value and gradient, in memory of the calling thread: what worker threads allocate they keep.
    struct shard_result
    {
        double value = 0;
        std::vector<buffer_ptr> arrays;
        std::vector<double> numbers;
        std::exception_ptr failed;
    };
    template <class T>
    void add_arrays(buffer& to, buffer const& from)
    {
        T* p = to.data<T>();
        const T* q = from.data<T>();
        for (std::size_t i = 0; i < to.size; ++i)
            p[i] += q[i];
    }

    // outside: the recording of the thread that waits for the result, of which f must not read tracked values; null if there is none.
    template <class F, class Shard, class Theta>
    void one_shard(F const& f, Shard const& shard, Theta const& theta, record_log* outside, shard_result& to)
    {
        std::optional<runtime::isolation> apart;
        if (outside != nullptr)
            apart.emplace("map_reduce_gradient", outside);
        const auto own = own_argument(theta);
        tape t;
        const auto y = returned(f(shard, own), site{});
        if (apart)
            apart->check_captured();
        static_assert(std::remove_cvref_t<decltype(y)>::rank == 0,
                      "etape: map_reduce_gradient() needs a function of a shard and theta whose result is one number");
        to.value = static_cast<double>(y.value.value());
        target_request target;
        request_returned(target, y);
        std::vector<source_request> sources;
        auto one = [&](auto const& leaf) { request_source(sources.emplace_back(), leaf); };
        sources.reserve(to.arrays.size());
        each_source(own, one);
        differentiate(t.core(), &target, 1, sources.data(), sources.size(), site{});
        for (std::size_t k = 0; k < sources.size(); ++k)
        {
            auto& s = sources[k];
            if (s.missing)
                runtime::zero_or_throw(*s.missing);
            to.numbers[k] = s.missing ? 0 : s.scalar;
            if (auto* b = to.arrays[k].get())
            {
                if (s.missing)
                    std::fill_n(b->template data<char>(), b->bytes, char{0});
                else
                    std::copy_n(s.gradient->template data<char>(), b->bytes, b->template data<char>());
            }
        }
    }
}

namespace detail
{
    // The results are plain: a derivative of what is recorded after them, by what theta is made of, is refused.
    template <class Theta>
    void note_results_of(Theta const& theta, site const& where)
    {
        if (!runtime::thread.recording)
            return;
        const auto note = [&]<class X>(X const& x)
        {
            auto& log = *runtime::thread.log;
            if constexpr (is_scalar_variable_v<X>)
            {
                using T = typename X::value_type;
                const auto v = settled(x);
                if (const auto id = log.template id_of_scalar<T>(v.tag_for_recording()); id != record_log::no_id)
                    runtime::note_plain_result(space_of<T>(), id, where);
            }
            else if constexpr (is_expression_v<X>)
                if constexpr (is_tracked_v<X> && static_rank_v<X> != 0)
                {
                    auto b = evaluate<number_t<X>>(x, where);
                    if (const auto id = log.id_of(*b, sizeof(number_t<X>) == sizeof(float)); id != record_log::no_id)
                        runtime::note_plain_result(id_space::array, id, where);
                }
            return 0;
        };
        on_any_leaf one{note};
        results_like(theta, one);
    }
}

// value and gradient of sum_i f(shards[i], theta) with respect to theta: a number, an array, a variable, or a structure of them;
// f returns a number. Inside a recording theta is read, but the result is a constant: a derivative that may lack it is a rule_error;
// value(theta) makes it one on purpose. An f that reads another tracked value of that recording is a rule_error. Each shard is recorded on a tape of its own, on the thread that the executor gives it; nothing is shared
// but theta, which is read. Values and gradients are added pairwise in the order of the shards, so that the result has the same
// bits for any number of threads. Results are plain. The first failing shard's exception passes; tapes are gone by then.
// Memory: 64 gradients at a time.
template <class Executor, class F, class Shards, class Theta>
auto map_reduce_gradient(Executor const& execute, F const& f, Shards const& shards, Theta const& theta, site const& where = site::current())
{
    using detail::shard_result;
    constexpr std::size_t wave = 64;
    const std::size_t n = std::size(shards);
    // An outer recording does not reach the shards.
    record_log* const outside = runtime::thread.recording ? runtime::thread.log : nullptr;
    const auto own = [&]
    {
        runtime::silence quiet;
        return detail::own_argument(theta);
    }();
    const auto room = [&]
    {
        shard_result r;
        auto one = [&]<class L>(L const& leaf)
        {
            using T = typename detail::leaf_type<L>::number;
            r.numbers.push_back(0);
            if constexpr (detail::leaf_type<L>::rank == 0)
                r.arrays.emplace_back();
            else
                r.arrays.push_back(zeros_like(*leaf.data_handle(), sizeof(T) == sizeof(float)));
        };
        detail::each_source(own, one);
        return r;
    };
    std::vector<bool> single;
    auto kinds = [&]<class L>(L const&) { single.push_back(sizeof(typename detail::leaf_type<L>::number) == sizeof(float)); };
    detail::each_source(own, kinds);
    const auto add = [&](shard_result& to, shard_result const& from)
    {
        to.value += from.value;
        for (std::size_t k = 0; k < to.arrays.size(); ++k)
        {
            to.numbers[k] += from.numbers[k];
            if (to.arrays[k])
                single[k] ? detail::add_arrays<float>(*to.arrays[k], *from.arrays[k]) : detail::add_arrays<double>(*to.arrays[k], *from.arrays[k]);
        }
    };

    shard_result total = room();
    std::vector<shard_result> results;
    for (std::size_t i = 0; i < std::min(n, wave); ++i)
        results.push_back(room());
    for (std::size_t first = 0; first < n; first += wave)
    {
        const std::size_t some = std::min(wave, n - first);
        execute(some, [&](std::size_t i)
            {
                try
                {
                    detail::one_shard(f, shards[first + i], own, outside, results[i]);
                }
                catch (...)
                {
                    results[i].failed = std::current_exception();
                }
            });
        for (std::size_t i = 0; i < some; ++i)
            if (results[i].failed)
                std::rethrow_exception(results[i].failed);
        for (std::size_t step = 1; step < some; step *= 2)
            for (std::size_t i = 0; i + step < some; i += 2 * step)
                add(results[i], results[i + step]);
        add(total, results[0]);
    }
    std::size_t k = 0;
    auto next = [&]<class L>(L const&)
    {
        using leaf = detail::leaf_type<L>;
        const std::size_t at = k++;
        if constexpr (leaf::rank == 0)
            return static_cast<typename leaf::number>(total.numbers[at]);
        else
            return constant<typename leaf::number, leaf::rank>(std::move(total.arrays[at]));
    };
    auto gradient = detail::results_like(own, next);
    detail::note_results_of(theta, where);
    return value_and_gradient<double, decltype(gradient)>{total.value, std::move(gradient)};
}
ETAPE_END_ARCH
