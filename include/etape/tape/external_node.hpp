// SPDX-License-Identifier: BSL-1.0
// A statement whose derivative is somebody's function: a rule by the user, a recomputed part of a program. Types stay outside.
#pragma once
#include <string>

#include <etape/tape/sweep.hpp>

namespace etape
{
    // An input or a result of such a statement.
    struct external_value
    {
        id_space space = id_space::array;
        std::uint32_t id = record_log::no_id;  // no_id: constant
        bool single = false;
        std::uint64_t tag = 0;  // of a constant that once had a history
        origin* why = nullptr;
        buffer* array = nullptr;  // null: a number
    };
    // An adjoint on its way in or out: an array, or a number.
    struct external_adjoint
    {
        buffer_ptr array;
        double number = 0;
        std::uint64_t tag = 0;  // of a number that is a value on the log; an array knows its own
        bool given = false;
    };

    // Which derivative there is, for explanations.
    struct external_rule
    {
        const char* name = "";
        site where{};  // where it was registered
        bool has_vjp = true;
        bool has_jvp = true;
        bool captures = false;  // its function holds more than its arguments: tracked values in there are constants
    };

    class external_node : public node
    {
    public:
        ~external_node() override;

        // Records the results of a statement on these inputs (kept in the log's arena): gives every result its number. Results are
        // all arrays (numbers among them as arrays of rank 0), or all numbers of one type.
        void connect(record_log& log, external_rule const& rule, external_value const* inputs, std::size_t n_inputs, external_value* results,
                     std::size_t n_results);

        // The tangents of the results, when a level of forward mode is in progress, and then those of the statements since `from`,
        // which read them. After connect().
        void push_tangents(record_log& log, std::uint32_t from) const;

        void reverse(sweep& s) const override;
        void reverse_active(active_sweep& s) const override;
        void forward_active(forward_state& level) const override;
        std::size_t edge_count() const override;
        output result() const override
        {
            return {space_, first_, static_cast<std::uint32_t>(n_results_)};
        }
        void edges(std::size_t k, std::vector<edge>& to) const override;
        void list_kept(kept_memory& to) const override;
        std::size_t own_bytes() const override;
        external_rule const& rule() const noexcept
        {
            return rule_;
        }

    protected:
        external_node() = default;
        // The adjoints of the inputs from those of the results; the tangents of the results from those of the inputs. What they
        // compute is recorded when a derivative of the derivative may be asked for, and not otherwise.
        virtual void pull(external_adjoint const* of_results, external_adjoint* of_inputs) const = 0;
        virtual void push(external_adjoint const* of_inputs, external_adjoint* of_results) const = 0;

        external_rule rule_;
        mutable bool consuming_ = false;  // in pull: the statement is not swept again
        external_value* inputs_ = nullptr;
        external_value* results_ = nullptr;  // arrays: their shapes
        std::size_t n_inputs_ = 0, n_results_ = 0;

    private:
        bool take_seeds(sweep& s, external_adjoint* seeds) const;
        bool take_seeds(active_sweep& s, external_adjoint* seeds) const;
        bool find_tangents(forward_state const& level, external_adjoint* tangents) const;
        void check_shape(std::size_t k, external_adjoint const& a) const;
        void contribute(sweep& s, std::size_t k, external_adjoint& a) const;

        id_space space_ = id_space::array;
        std::uint32_t first_ = 0;
    };

    namespace runtime
    {
        // Whether all rules by the user among what a tape recorded can be differentiated in this way.
        struct ways
        {
            bool reverse = true, forward = true;
        };
        ways ways_of_rules(tape_core& t);
        // "etape: custom_rule 'name' (registered at file:line): found ..., expected ..."
        [[noreturn]] void throw_rule_error(external_rule const& rule, std::string const& found, std::string const& expected);
    }
}
