// SPDX-License-Identifier: BSL-1.0
// One reverse sweep: the adjoints, kept lazy (a constant, or a shared buffer times a factor) until somebody must add to them.
#pragma once
#include <cmath>
#include <cstdint>
#include <vector>

#include <etape/rule/lane.hpp>
#include <etape/tape/adjoint_numbers.hpp>
#include <etape/tape/log_view.hpp>
#include <etape/tape/number_adjoints.hpp>

namespace etape
{
    enum class adjoint_kind : std::uint8_t
    {
        empty,     // nothing arrived: the path from the targets does not reach this array
        dense,     // values * factor
        constant   // factor everywhere
    };

    struct adjoint
    {
        buffer_ptr values;
        double factor = 1;
        adjoint_kind kind = adjoint_kind::empty;
        bool wanted = false;  // a source: keep it
    };

    struct sweep_workspace
    {
        std::vector<adjoint> arrays;
        adjoint_numbers<double> doubles;
        adjoint_numbers<float> floats;
        std::vector<std::unique_ptr<number_adjoints>> further;  // by their spaces
        std::vector<edge> edges;
        bool busy = false;
    };

    class sweep
    {
    public:
        // adjoints of all arrays and scalars of the view, in memory of this thread; consuming: the nodes will not be used again
        sweep(log_view const& view, bool consuming);
        // One statement: adjoints of scalars are undefined but for those that prepare() names.
        static constexpr struct one_statement_t
        {
        } one_statement{};
        sweep(record_log& log, one_statement_t);
        void prepare(id_space space, std::uint32_t id);
        ~sweep();
        sweep(sweep const&) = delete;
        sweep& operator=(sweep const&) = delete;

        record_log& log() const noexcept
        {
            return view_.log();
        }
        bool consuming() const noexcept
        {
            return consuming_;
        }

        adjoint& of(std::uint32_t id) noexcept
        {
            return arrays_[id];
        }
        // The adjoint of a statement's result: false when nothing arrived. It leaves the slot unless it is wanted.
        bool take(std::uint32_t id, adjoint& out);
        // Memory to which a statement stores (add = false: it covers every element exactly once) or adds its contribution.
        template <class T>
        T* target(std::uint32_t id, bool covers, bool& add);
        // Adds values * factor without touching memory when it is the first contribution.
        template <class T>
        void contribute(std::uint32_t id, buffer_ptr values, double factor);
        template <class T>
        void contribute_constant(std::uint32_t id, double value);
        // The adjoint as plain dense values.
        template <class T>
        buffer_ptr dense(adjoint& a, std::uint32_t id);

        // Adjoints of scalars start as -0.0, the neutral element of addition, so that "nothing arrived" differs from 0.
        template <class T>
        T* scalars() noexcept
        {
            if constexpr (std::is_same_v<T, double>)
                return doubles_.data();
            else if constexpr (std::is_same_v<T, float>)
                return floats_.data();
            else
                return static_cast<adjoints_of<T>&>(further(space_of<T>())).values();
        }
        // Of a further number type.
        number_adjoints& further(id_space space) noexcept
        {
            return *space_.further[static_cast<std::size_t>(space) - static_cast<std::size_t>(id_space::further)];
        }
        // Perhaps nothing arrived: reaches() decides. Not every number type tells zeros apart, so that any zero may be untouched there.
        template <class T>
        static bool untouched(T const& a) noexcept
        {
            if constexpr (is_compiled_number_v<T>)
                return a == T(0) && std::signbit(a);
            else
                return lane::all(lane::vanishes(a));
        }
        // Adds to a scalar; the sum with +0.0 turns a contribution of -0.0 into one that counts.
        template <class T>
        void add_scalar(std::uint32_t id, T a) noexcept
        {
            scalars<T>()[id] += a + T(0);
        }

        // The sweep met a rule that has no reverse form.
        void lose() noexcept
        {
            lost_ = true;
        }
        bool lost() const noexcept
        {
            return lost_;
        }

        void mark_target(id_space space, std::uint32_t id);
        // Is the value connected to a target by differentiable edges of statements at `from` or later? Decided by the structure
        // alone, once per sweep (and `from`) and only on demand.
        bool reaches(id_space space, std::uint32_t id, std::uint32_t from = 0);

        void run(window_list const& windows);
        // Promises that afterwards only adjoints of leaves are asked for. When the log is one run of statements of this type, the sweep then
        // leaves every adjoint neutral that it has passed, and restore() the others: the next sweep finds nothing to clear.
        template <class T>
        void leaves_only(window_list const& windows) noexcept;
        bool restores() const noexcept
        {
            return restores_;
        }
        template <class T>
        void restore() noexcept;
        // Runs the statements [from, to) in reverse.
        void run(std::uint32_t from, std::uint32_t to);
        // Before run(): what will be swept.
        void set_windows(window_list const* w);
        // A source: its adjoint is kept.
        void want(std::uint32_t id)
        {
            arrays_[id].wanted = true;
            wanted_.push_back(id);
        }

        // The same in memory that nobody else sees.
        template <class T>
        void make_unique_dense(adjoint& a, std::uint32_t id);

    private:
        // In a short window of a long recording the sweep clears what it touched, instead of all that it might have.
        bool is_short(window_list const& w) const;
        void clear_touched();
        void clear(id_space space, std::uint32_t id);

        struct target_id
        {
            id_space space = id_space::array;
            std::uint32_t id = 0;
        };

        log_view view_;
        bool consuming_;
        sweep_workspace& space_;
        std::vector<adjoint>& arrays_;
        adjoint_numbers<double>& doubles_;
        adjoint_numbers<float>& floats_;
        small_vector<target_id, 4> targets_;
        small_vector<std::uint32_t, 4> wanted_;
        window_list const* windows_ = nullptr;
        std::vector<std::vector<bool>> reached_;  // by space
        bool reach_known_ = false;
        bool restores_ = false;
        bool lost_ = false;
        bool short_ = false;
        // When the sweep began: rules may record meanwhile.
        struct
        {
            std::uint32_t nodes = 0, arrays = 0, doubles = 0, floats = 0;
        } known_;
        std::uint32_t reach_from_ = 0;
    };
}
