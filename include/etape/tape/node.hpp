// SPDX-License-Identifier: BSL-1.0
// One entry of the record log: a statement that knows its edges and how to pull an adjoint back through them.
#pragma once
#include <cstddef>
#include <cstdint>
#include <unordered_set>
#include <vector>

#include <etape/tape/origin.hpp>

namespace etape
{
    struct buffer;
    class sweep;
    class active_sweep;
    class forward_state;
    class dual_sweep;
    class row_pattern;

    // An input of a statement, as the explanation search sees it.
    struct edge
    {
        id_space space = id_space::array;
        std::uint32_t id = 0;
        bool tracked = true;       // false: the value had no history; tag and why say what it was
        unsigned paths = 1;        // 1 differentiable, 2 control, 4 non-differentiable (expr::path_kind), 8 no rule for this mode
        static constexpr unsigned missing_rule = 8;
        const char* cut = "";      // operation without a derivative, for paths without bit 1
        std::uint64_t tag = 0;
        const origin* why = nullptr;
        const buffer* values = nullptr;  // of a constant, if the statement keeps it
    };

    struct output
    {
        id_space space = id_space::array;
        std::uint32_t first = 0;
        std::uint32_t count = 0;
    };

    // Memory that statements keep for sweeps: what several of them keep counts once, memory of the user's not at all.
    class kept_memory
    {
    public:
        void add(buffer const* b);  // null: nothing
        void add_bytes(std::size_t n) noexcept
        {
            bytes_ += n;
        }
        std::size_t bytes() const noexcept
        {
            return bytes_;
        }

    private:
        std::unordered_set<buffer const*> seen_;
        std::size_t bytes_ = 0;
    };

    struct node
    {
        site where{};
        const char* name = "";

        node() = default;
        node(node const&) = delete;
        node& operator=(node const&) = delete;
        virtual ~node() = default;

        virtual void reverse(sweep& s) const = 0;
        // The same with operations that are recorded (tape/active.hpp), for derivatives of derivatives; and the tangent of the
        // result on a level of forward mode whose operations are recorded. A node that offers none throws rule_error.
        virtual void reverse_active(active_sweep& s) const;
        virtual void forward_active(forward_state& level) const;
        // Forward over reverse in plain numbers (tape/dual_sweep.hpp), by nodes that offer it as they were recorded.
        virtual bool has_dual() const
        {
            return false;
        }
        // The result is what was read, or a part of it, or has it as a part: its reverse passes look at no tangent.
        virtual bool moves_numbers() const
        {
            return false;
        }
        virtual void forward_dual(dual_sweep& s) const;
        virtual void reverse_dual(dual_sweep& s) const;
        // The rows of a batch that each element of the result depends on (tape/row_pattern.hpp).
        virtual void spread_rows(row_pattern& r) const;
        // Statements of this node (a run of scalar statements has many).
        virtual std::size_t statements() const
        {
            return 1;
        }
        virtual std::size_t edge_count() const = 0;
        virtual output result() const = 0;
        // Edges of statement k.
        virtual void edges(std::size_t k, std::vector<edge>& out) const = 0;
        // Operands and partials kept for the sweep, beyond the node itself.
        virtual void list_kept(kept_memory& to) const;
        virtual std::size_t own_bytes() const = 0;
    };
}
