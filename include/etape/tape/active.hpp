// SPDX-License-Identifier: BSL-1.0
// Values in the middle of a derivative: arrays and numbers that know their identity on the log, and the operations on them.
// What is computed with them while a tape records is recorded, one statement an operation ("primitive"), so that derivatives
// of derivatives of any order and mode are ordinary sweeps. The set of operations is closed and compiled once: no templates
// recurse. For nodes of the tape (their reverse_active and forward_active), not for users.
#pragma once
#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

#include <etape/rule/number.hpp>
#include <etape/tape/log.hpp>

namespace etape
{
    // An array, or a number, which stands for an array of any shape with that number everywhere.
    struct active
    {
        buffer_ptr values;  // null: a number
        double number = 0;
        std::uint32_t id = record_log::no_id;  // no_id: a constant; else of an array, or (for a number) of a scalar
        bool single = false;

        bool is_number() const noexcept
        {
            return !values;
        }
        bool tracked() const noexcept
        {
            return id != record_log::no_id;
        }
        id_space space() const noexcept
        {
            return values ? id_space::array : single ? id_space::scalar_float : id_space::scalar_double;
        }
    };

    // A strided window on a dense row-major array: element [i, j, ...] of the window is offset + i strides[0] + j strides[1] + ...
    struct window_layout
    {
        int rank = 0;
        std::size_t shape[max_rank];
        std::ptrdiff_t strides[max_rank];
        std::ptrdiff_t offset = 0;

        std::size_t size() const noexcept
        {
            std::size_t n = 1;
            for (int k = 0; k < rank; ++k)
                n *= shape[k];
            return n;
        }
    };

    namespace primitive
    {
        // Constants, and values with the identity that they have on the log of this thread now.
        active constant(double v, bool single);
        active constant(buffer_ptr b, bool single);
        active of(buffer_ptr const& b, bool single);
        active of_number(double v, std::uint32_t id, bool single);

        // A row of the rule table, elementwise. Arrays have one shape; numbers broadcast.
        active apply(row_number row, active const& a);
        active apply(row_number row, active const& a, active const& b);
        active apply(row_number row, active const& a, active const& b, active const& c);
        active apply(row_number row, active const* args, int n);
        inline active add(active const& a, active const& b)
        {
            return apply(row_number::add, a, b);
        }
        inline active subtract(active const& a, active const& b)
        {
            return apply(row_number::sub, a, b);
        }
        inline active multiply(active const& a, active const& b)
        {
            return apply(row_number::mul, a, b);
        }
        inline active divide(active const& a, active const& b)
        {
            return apply(row_number::div, a, b);
        }
        inline active negate(active const& a)
        {
            return apply(row_number::neg, a);
        }
        // psi^(n)
        active polygamma(int n, active const& a);
        // A partial derivative of a compiled special function; arguments before `first` are parameters.
        active special(runtime::special_function f, std::size_t first, runtime::derivative_orders orders,
                       std::initializer_list<active const*> arguments);

        // out[i] = a[window[i]]: views, transposes, broadcasts (stride 0). A number stays a number.
        active gather(active const& a, window_layout const& window);
        // The transpose of gather: zeros of the given shape, a[i] added at window[i]; stride 0 sums.
        active scatter(active const& a, window_layout const& window, const std::size_t* shape, int rank);
        // a (an array of that shape, or a number: the same everywhere) with part in the window; in place where nobody else has a. part has the
        // shape of the window, or is a number. No element of the array is in the window twice.
        active with_part(active a, window_layout const& window, active const& part, const std::size_t* shape, int rank);
        // The same values in another shape of the same size; a number becomes an array.
        active reshape(active const& a, const std::size_t* shape, int rank);
        // Sum over a window: a number.
        active sum(active const& a, window_layout const& window);
        // Sum of all elements: a number. `shape` is that of a, should a be a number.
        active sum(active const& a, const std::size_t* shape, int rank);
        active element(active const& a, std::size_t offset);
        // An array from numbers, in row-major order.
        active pack(active const* numbers, const std::size_t* shape, int rank);
        // n values of one shape (or numbers) one after the other, as an array of the given shape.
        active stack(std::vector<active> const& rows, const std::size_t* shape, int rank);
        // op(A) op(B) for dense matrices: A is (m, k), or (k, m) when transposed.
        active matmul(active const& a, bool transpose_a, active const& b, bool transpose_b, std::size_t m, std::size_t k, std::size_t n,
                      const std::size_t* shape, int rank);
        // Change of precision.
        active convert(active const& a, bool single);

        // 0 where the adjoint g is 0 and the contribution c is not finite: what was not chosen contributes nothing. Unlike a
        // selection by g == 0 alone it keeps the derivative with respect to g.
        active guarded(active const& g, active const& c);
        // The row's contributions to its arguments; out[j] for each wanted argument.
        void pull(row_number row, active const& g, active const& y, active const* args, const bool* wanted, active* out);
        // The row's tangent; absent tangents are constant zeros.
        active push(row_number row, active const& y, active const* args, active const* tangents);
        int arity(row_number row);
        bool passes(row_number row, int argument);
        const char* name(row_number row);
    }

    // Memory for these adjoints, kept from one sweep to the next and empty between them. Slots come in pages, so that a short sweep at the end of
    // a long recording takes memory for what it touches.
    struct active_workspace
    {
        struct slot
        {
            active value;
            bool present = false;
            bool wanted = false;
        };
        static constexpr std::size_t page_size = 512;
        std::vector<std::unique_ptr<slot[]>> pages[3];  // by space and id
        std::vector<std::pair<id_space, std::uint32_t>> touched;
        flat_map<std::uint64_t, bool> results;  // by space and id: more than one
        bool busy = false;

        // Null: never used.
        slot* find(id_space space, std::uint32_t id) const noexcept
        {
            auto const& all = pages[static_cast<int>(space)];
            const std::size_t page = id / page_size;
            return page < all.size() && all[page] ? &all[page][id % page_size] : nullptr;
        }
        slot& at(id_space space, std::uint32_t id)
        {
            auto& all = pages[static_cast<int>(space)];
            const std::size_t page = id / page_size;
            if (page >= all.size())
                all.resize(page + 1 + page / 2);
            if (!all[page])
                all[page] = std::make_unique<slot[]>(page_size);
            return all[page][id % page_size];
        }
    };

    // The adjoints of a sweep whose own operations are recorded.
    class active_sweep
    {
    public:
        // once: what it records is differentiated at most once
        active_sweep(record_log& log, bool once);
        ~active_sweep();
        active_sweep(active_sweep const&) = delete;
        active_sweep& operator=(active_sweep const&) = delete;

        record_log& log() const noexcept
        {
            return log_;
        }
        bool once() const noexcept
        {
            return once_;
        }
        // The adjoint of a value: false when nothing arrived.
        bool find(id_space space, std::uint32_t id, active& out) const;
        // The same for the result of a statement, whose adjoint is not asked for again unless it is wanted.
        bool take(id_space space, std::uint32_t id, active& out);
        void add(id_space space, std::uint32_t id, active const& contribution);
        // The same to a part of an array of that shape: the time of the part, once the array has an adjoint.
        void add_part(std::uint32_t id, window_layout const& window, active const& contribution, const std::size_t* shape, int rank);
        // A source: keep its adjoint.
        void want(id_space space, std::uint32_t id);
        // An adjoint becomes a result. It is no value of its own if it was there before the sweep (x is the gradient of x y by y), or is the
        // adjoint of another source, too: as a source of a later sweep it would collect what they do.
        void note_result(id_space space, std::uint32_t id);
        bool is_shared(id_space space, std::uint32_t id) const;
        void run(std::uint32_t from, std::uint32_t to);
        // The sweep met a rule that has no reverse form.
        void lose() noexcept
        {
            lost_ = true;
        }
        bool lost() const noexcept
        {
            return lost_;
        }

    private:
        active_workspace::slot& at(id_space space, std::uint32_t id);

        record_log& log_;
        active_workspace& space_;
        std::uint32_t first_[3];  // ids of arrays, doubles and floats from here on are this sweep's
        bool once_;
        bool lost_ = false;
    };
}
