// SPDX-License-Identifier: BSL-1.0
// A statement over active values that states its derivatives with active operations: then every order and mode follows.
#pragma once
#include <array>

#include <etape/tape/active.hpp>
#include <etape/tape/sweep.hpp>

namespace etape
{
    // The base of such statements: at most three operands, one result. Derive, write pull and push, and record with
    // primitive::record. Operands and result are kept as long as the tape.
    struct primitive_node : node
    {
        static constexpr int max_operands = 3;
        std::array<active, max_operands> in;
        int operands = 0;
        active out;

        // The contribution of the result's adjoint g to operand j.
        virtual active pull(int j, active const& g) const = 0;
        // Several at once, for rules that share work.
        virtual void pull_all(active const& g, const bool* wanted, active* to) const;
        // The tangent of the result; tangents of operands that do not move are constant zeros.
        virtual active push(active const* tangents) const = 0;

        void reverse(sweep& s) const override;
        void reverse_active(active_sweep& s) const override;
        void forward_active(forward_state& level) const override;
        std::size_t edge_count() const override;
        output result() const override
        {
            return {out.space(), out.id, 1};
        }
        void edges(std::size_t k, std::vector<edge>& to) const override;
        void list_kept(kept_memory& to) const override;
        std::size_t own_bytes() const override;
    };

    namespace primitive
    {
        // Numbers the result of a node whose operands and result are filled in, and gives the result its tangents.
        void finish(record_log& log, primitive_node& n);
        // A statement for these operands, or nothing when nothing is tracked. The result carries the identity.
        template <class Node, class... A>
        active record_at(site const& where, active&& result, const char* name, std::initializer_list<active const*> operands, A&&... arguments)
        {
            bool tracked = false;
            for (auto const* a : operands)
                tracked = tracked || a->tracked();
            if (!tracked || !runtime::thread.recording)
                return std::move(result);
            auto& log = *runtime::thread.log;
            auto& n = log.add_node<Node>(std::forward<A>(arguments)...);
            n.name = name;
            n.where = where;
            for (auto const* a : operands)
                n.in[static_cast<std::size_t>(n.operands++)] = *a;
            n.out = std::move(result);
            finish(log, n);
            if constexpr (requires { n.forget_operands(); })
                n.forget_operands();
            return n.out;
        }
        template <class Node, class... A>
        active record(active&& result, const char* name, std::initializer_list<active const*> operands, A&&... arguments)
        {
            return record_at<Node>(site{}, std::move(result), name, operands, std::forward<A>(arguments)...);
        }
    }

    namespace runtime
    {
        // The tangents of a statement that was just recorded, on every level of forward mode in progress.
        void push_levels(record_log& log, node const& n);
    }
}
