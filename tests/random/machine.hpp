// SPDX-License-Identifier: BSL-1.0
// Random programs: registers of four kinds, and statements of a finite set that read and write them.
#pragma once
#include <array>
#include <cmath>
#include <cstdint>
#include <vector>

#include <etape/etape.hpp>

namespace programs
{
    namespace ad = etape;
    using scalar = ad::variable<double>;
    using vector = ad::variable<double, 1>;
    using matrix = ad::variable<double, 2>;

    // Which side of every branch, choice and extremum was taken, as a hash: where it differs between two points, the
    // function has a kink between them.
    class decisions
    {
    public:
        void add(int d) noexcept
        {
            hash_ = (hash_ ^ static_cast<std::uint64_t>(d + 3)) * 1099511628211u;
        }
        friend bool operator==(decisions const&, decisions const&) = default;

    private:
        std::uint64_t hash_ = 14695981039346656037u;
    };

    struct registers
    {
        std::size_t m = 1, n = 1;
        std::array<scalar, 2> s{};
        std::array<vector, 3> a{};  // n elements
        std::array<vector, 2> c{};  // m elements
        std::array<matrix, 2> w{};  // m x n
        decisions* seen = nullptr;  // null: not wanted

        bool decide(bool b)
        {
            if (seen != nullptr)
                seen->add(b);
            return b;
        }
        // The order of x against y, element by element; y is an array of x's shape, a row of it, or a number.
        template <class X, class Y>
        void compare(X const& x, Y const& y)
        {
            if (seen == nullptr)
                return;
            auto const& v = numbers(x);
            for (std::size_t i = 0; i < v.size; ++i)
            {
                const double left = v.template data<double>()[i];
                double right;
                if constexpr (std::is_arithmetic_v<Y>)
                    right = y;
                else
                    right = numbers(y).template data<double>()[i % numbers(y).size];
                seen->add((left > right) - (left < right));
            }
        }
        // The places of the largest (sign 1) or smallest elements of each of `lines` lines, `step` apart within a line.
        template <class X>
        void extremum(X const& x, double sign, std::size_t lines, std::size_t step)
        {
            if (seen == nullptr)
                return;
            auto const& v = numbers(x);
            const double* p = v.template data<double>();
            const std::size_t length = v.size / lines;
            for (std::size_t k = 0; k < lines; ++k)
            {
                const double* line = p + (step == 1 ? k * length : k);
                double best = -INFINITY;
                for (std::size_t i = 0; i < length; ++i)
                    best = std::max(best, sign * line[i * step]);
                for (std::size_t i = 0; i < length; ++i)
                    seen->add(sign * line[i * step] == best);
            }
        }

    private:
        template <class X>
        static ad::buffer const& numbers(X const& x)
        {
            return *x.data_handle();
        }
    };

    // The numbers of an operation, of registers d, x, y, z and of positions i < m and j < n: each taken modulo how many there are.
    struct instruction
    {
        std::uint16_t op = 0;
        std::uint8_t d = 0, x = 0, y = 0, z = 0, i = 0, j = 0;
    };

    struct operation
    {
        char d, x, y, z;  // kinds of registers
        const char* decided;
        const char* text;
        void (*run)(registers&, instruction const&);
    };
    using operation_list = std::vector<operation>;

    // One file for each kind of result.
    operation_list const& scalar_operations();
    operation_list const& row_operations();
    operation_list const& column_operations();
    operation_list const& matrix_operations();
    // All of them, numbered; a test may add one that is wrong.
    operation_list& operations();

    template <class R>
    auto& pick(R& all, unsigned k)
    {
        return all[k % all.size()];
    }
}

// A statement on registers d, x, y, z of the kinds named (s, a, c or w), with positions i < m and j < n. The text of the
// statement is what a failure prints.
#define PROGRAM(D, X, Y, Z, ...) PROGRAM_WITH_KINK(D, X, Y, Z, (void)0, __VA_ARGS__)
// The same for a function with kinks: DECIDED tells on which side of them it is.
#define PROGRAM_WITH_KINK(D, X, Y, Z, DECIDED, ...)                                                                      \
    operation                                                                                                            \
    {                                                                                                                    \
#D[0], #X[0], #Y[0], #Z[0], #DECIDED, #__VA_ARGS__, [](registers& r, instruction const& q)                             \
        {                                                                                                                      \
            [[maybe_unused]] auto& d = pick(r.D, q.d);                                                                         \
            [[maybe_unused]] auto& x = pick(r.X, q.x);                                                                         \
            [[maybe_unused]] auto& y = pick(r.Y, q.y);                                                                         \
            [[maybe_unused]] auto& z = pick(r.Z, q.z);                                                                         \
            [[maybe_unused]] const std::size_t m = r.m, n = r.n, i = q.i % r.m, j = q.j % r.n;                                 \
            [[maybe_unused]] const auto decide = [&r](bool b) { return r.decide(b); };                                         \
            DECIDED;                                                                                                           \
            __VA_ARGS__;                                                                                                       \
        } \
    }
