// SPDX-License-Identifier: BSL-1.0
// Rows that the results of statements depend on.
#include <etape/tape/row_pattern.hpp>

#include <algorithm>

#include <etape/tape/array_nodes.hpp>

#include "dual_blocks.hpp"
#include "statements.hpp"

namespace etape
{
    row_pattern::row_pattern(tape_core& tape, std::uint32_t array)
        : tape_(tape)
        , log_(tape.log())
    {
        const auto counts = [&](id_space s) { return s == id_space::scalar_double ? log_.scalars<double>().count : log_.scalars<float>().count; };
        for (auto s : {id_space::scalar_double, id_space::scalar_float})
            first_[static_cast<int>(s)] = static_cast<std::uint32_t>(counts(s));
        first_[array_space] = array;
        each_node([&](node const& n)
            {
                if (const auto out = n.result(); out.space < id_space::further)
                    first_[static_cast<int>(out.space)] = std::min(first_[static_cast<int>(out.space)], out.first);
            });
        arrays_.resize(log_.arrays.size() - first_[array_space]);
        for (auto s : {id_space::scalar_double, id_space::scalar_float})
            numbers_[static_cast<int>(s)].assign(static_cast<std::size_t>(counts(s)) - first_[static_cast<int>(s)], none);
    }
    template <class Visit>
    void row_pattern::each_node(Visit const& visit)
    {
        for (auto const& [from, to] : tape_.windows())
            for (auto p = from; p < to; ++p)
                visit(*log_.nodes[p]);
    }
    void row_pattern::begin(std::uint32_t array, std::size_t rows)
    {
        auto& l = set_array(array);
        for (std::size_t i = 0; i < l.size(); ++i)
            l[i] = static_cast<std::int32_t>(i / (l.size() / rows));
    }
    bool row_pattern::has_several(output const& of) const
    {
        if (of.space >= id_space::further)
            return false;  // depends on no array
        if (of.space == id_space::array)
        {
            auto const& l = array(of.first);
            return std::count(l.begin(), l.end(), several) != 0;
        }
        const auto space = static_cast<int>(of.space);
        const auto first = numbers_[space].begin() + (of.first - first_[space]);
        return std::count(first, first + of.count, several) != 0;
    }
    void row_pattern::run()
    {
        each_node([&](node const& n)
            {
                n.spread_rows(*this);
                if (joined_ == nullptr && has_several(n.result()))
                    joined_ = &n;
            });
    }

    namespace
    {
        std::int32_t of_edge(row_pattern const& r, edge const& e)
        {
            if (!e.tracked || (e.paths & 1u) == 0)
                return row_pattern::none;
            if (e.space != id_space::array)
                return r.number(e.space, e.id);
            std::int32_t all = row_pattern::none;
            for (auto l : r.array(e.id))
                all = row_pattern::join(all, l);
            // Perhaps not all elements are read.
            return all == row_pattern::several ? row_pattern::unknown : all;
        }
        void set_all(row_pattern& r, output const& out, std::size_t statement, std::size_t statements, std::int32_t label)
        {
            if (out.space == id_space::array)
                for (std::uint32_t j = 0; j < out.count; ++j)
                {
                    auto& l = r.set_array(out.first + j);
                    std::fill(l.begin(), l.end(), label);
                }
            else if (statements != 1)
                r.set_number(out.space, out.first + static_cast<std::uint32_t>(statement)) = label;
            else
                for (std::uint32_t j = 0; j < out.count; ++j)
                    r.set_number(out.space, out.first + j) = label;
        }
    }

    // Everything that a statement reads, together: for a number that is a function of numbers this is all there is to know.
    void node::spread_rows(row_pattern& r) const
    {
        const auto out = result();
        each_statement_in_order(*this, [&](std::size_t k, std::vector<edge> const& all_edges)
            {
                std::int32_t all = row_pattern::none;
                for (auto const& e : all_edges)
                    all = row_pattern::join(all, of_edge(r, e));
                if (all == row_pattern::several && out.space == id_space::array)
                    all = row_pattern::unknown;
                set_all(r, out, k, statements(), all);
            });
    }

    template <class T>
    void kernel_node<T>::spread_rows(row_pattern& r) const
    {
        static constexpr std::ptrdiff_t none[] = {0};
        const dual_blocks::space space(rank, shape);
        const auto walk = [&](const std::ptrdiff_t* strides) { return rank == 0 ? none : strides; };
        row_pattern::labels all(space.total, row_pattern::none);
        for (int j = 0; j < kernel->operands; ++j)
        {
            auto const& k = operands[j];
            auto const& c = kernel->operand[j];
            if (k.id == record_log::no_id || !c.active)
                continue;
            if (!c.array)
            {
                for (auto& l : all)
                    l = row_pattern::join(l, r.number(scalar_space<T>, k.id));
                continue;
            }
            auto const& from = r.array(k.id);
            if (from.empty())
                continue;
            const auto* strides = walk(k.strides);
            dual_blocks::each_piece(space, strides, 0, space.total, [&](std::size_t at, std::ptrdiff_t offset, std::size_t n)
                {
                    for (std::size_t i = 0; i < n; ++i)
                        all[at + i] = row_pattern::join(
                            all[at + i], from[static_cast<std::size_t>(k.offset + offset + static_cast<std::ptrdiff_t>(i) * strides[space.rank - 1])]);
                });
        }
        auto& to = r.set_array(out);
        const auto* strides = walk(seed_strides);
        dual_blocks::each_piece(space, strides, 0, space.total, [&](std::size_t at, std::ptrdiff_t offset, std::size_t n)
            {
                for (std::size_t i = 0; i < n; ++i)
                {
                    auto& l = to[static_cast<std::size_t>(offset + static_cast<std::ptrdiff_t>(i) * strides[space.rank - 1])];
                    l = row_pattern::join(l, all[at + i]);
                }
            });
    }
    template <class T>
    void reduction_node<T>::spread_rows(row_pattern& r) const
    {
        std::int32_t all = row_pattern::none;
        for (int j = 0; j < count; ++j)
        {
            auto const& p = partials[j];
            if (p.id == record_log::no_id || (p.paths & 1u) == 0)
                continue;
            if (!p.array)
            {
                all = row_pattern::join(all, r.number(scalar_space<T>, p.id));
                continue;
            }
            // What a part of an array does not read has a partial of 0.
            auto const& from = r.array(p.id);
            for (std::size_t i = 0; i < from.size(); ++i)
                if (p.values == nullptr || p.values->template data<T>()[i] != T(0))
                    all = row_pattern::join(all, from[i]);
        }
        r.set_number(scalar_space<T>, out) = all;
    }
    template <class T>
    void elements_node<T>::spread_rows(row_pattern& r) const
    {
        if (auto const& from = r.array(array); !from.empty())
            for (std::uint32_t i = 0; i < count; ++i)
                r.set_number(scalar_space<T>, first + i) = from[offset + i];
    }
    template <class T>
    void pack_node<T>::spread_rows(row_pattern& r) const
    {
        auto& to = r.set_array(out);
        for (std::uint32_t i = 0; i < count; ++i)
            if (ids[i] != record_log::no_id)
                to[i] = r.number(scalar_space<T>, ids[i]);
    }

    template void kernel_node<double>::spread_rows(row_pattern&) const;
    template void kernel_node<float>::spread_rows(row_pattern&) const;
    template void reduction_node<double>::spread_rows(row_pattern&) const;
    template void reduction_node<float>::spread_rows(row_pattern&) const;
    template void elements_node<double>::spread_rows(row_pattern&) const;
    template void elements_node<float>::spread_rows(row_pattern&) const;
    template void pack_node<double>::spread_rows(row_pattern&) const;
    template void pack_node<float>::spread_rows(row_pattern&) const;
}
