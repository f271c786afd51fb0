// SPDX-License-Identifier: BSL-1.0
// Medians of interleaved runs on one core: what disturbs the machine for a while disturbs every contender alike.
#pragma once
#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstddef>
#include <functional>
#include <vector>

#ifdef __linux__
#include <ctime>
#include <sched.h>
#endif

namespace perf
{
    // Stays on the core that it runs on; false where that is not possible.
    inline bool pin_to_core()
    {
#ifdef __linux__
        const int core = sched_getcpu();
        if (core < 0)
            return false;
        cpu_set_t one;
        CPU_ZERO(&one);
        CPU_SET(static_cast<std::size_t>(core), &one);
        return sched_setaffinity(0, sizeof one, &one) == 0;
#else
        return false;
#endif
    }

    // The larger of two errors; NaN is worse than any number.
    inline double worse(double a, double b)
    {
        return std::isnan(a) || b <= a ? a : b;
    }
    // Largest difference of n numbers, relative to the largest of b.
    inline double difference(const double* a, const double* b, std::size_t n)
    {
        double apart = 0, largest = 0;
        for (std::size_t i = 0; i < n; ++i)
        {
            apart = worse(apart, std::abs(a[i] - b[i]));
            largest = worse(largest, std::abs(b[i]));
        }
        return apart / largest;
    }

    // The compiler must take v for used, and memory for changed.
    inline void keep(double v)
    {
#if defined(__GNUC__) || defined(__clang__)
        asm volatile("" : : "g"(v) : "memory");
#else
        static volatile double sink;
        sink = v;
#endif
    }

    // Runs a function a number of times; the loop is compiled together with it.
    using contender = std::function<void(std::size_t)>;
    template <class F>
    contender repeat(F f)
    {
        return [f](std::size_t times)
        {
            for (std::size_t i = 0; i < times; ++i)
                keep(f());
        };
    }

    inline double elapsed_seconds()
    {
        return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
    }
    // Of the processor, by all threads of the program: what others do on a shared machine does not count, except for the caches.
    inline double processor_seconds()
    {
#ifdef __linux__
        timespec t{};
        clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
        return static_cast<double>(t.tv_sec) + 1e-9 * static_cast<double>(t.tv_nsec);
#else
        return elapsed_seconds();
#endif
    }
    inline double seconds_of(contender const& c, std::size_t times, double (*clock)() = elapsed_seconds)
    {
        const double start = clock();
        c(times);
        return clock() - start;
    }

    inline double median(std::vector<double> v)
    {
        const auto middle = v.begin() + static_cast<std::ptrdiff_t>(v.size() / 2);
        std::nth_element(v.begin(), middle, v.end());
        if (v.size() % 2 == 1)
            return *middle;
        return 0.5 * (*middle + *std::max_element(v.begin(), middle));
    }

    // Median seconds of one call of each contender. A run lasts at least 50 us (so that reading the clock does not count);
    // the contenders take turns for about `budget` seconds, 11 times at least.
    inline std::vector<double> interleaved_medians(std::vector<contender> const& contenders,
                                                   double budget, double (*clock)() = elapsed_seconds)
    {
        constexpr double shortest_run = 50e-6;
        constexpr std::size_t fewest_rounds = 11;
        std::vector<std::size_t> times;
        double round = 0;
        for (auto const& c : contenders)
        {
            std::size_t n = 1;
            double t = seconds_of(c, 1, clock);
            while ((t = seconds_of(c, n, clock)) < shortest_run)
                n *= 2;
            times.push_back(n);
            round += t;
        }
        const auto rounds = std::max(fewest_rounds, static_cast<std::size_t>(budget / round));
        std::vector<std::vector<double>> runs(contenders.size());
        for (std::size_t r = 0; r < rounds; ++r)
            for (std::size_t k = 0; k < contenders.size(); ++k)
                runs[k].push_back(seconds_of(contenders[k], times[k], clock) /
                                  static_cast<double>(times[k]));
        std::vector<double> medians;
        for (auto& r : runs)
            medians.push_back(median(std::move(r)));
        return medians;
    }
}
