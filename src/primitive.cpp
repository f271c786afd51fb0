// SPDX-License-Identifier: BSL-1.0
// Primitive statements: their common part, and the rows of the rule table.
#include <etape/tape/primitive.hpp>

#include <algorithm>
#include <cmath>

#include <etape/tape/forward.hpp>
#include <etape/tape/silence.hpp>

#include "primitive_rows.hpp"

namespace etape
{
    namespace
    {
        // The adjoint of a result on a plain sweep, as a constant.
        template <class T>
        bool plain_adjoint(sweep& s, active const& out, active& g)
        {
            if (out.is_number())
            {
                const T a = s.template scalars<T>()[out.id];
                if (sweep::untouched(a) && !s.reaches(scalar_space<T>, out.id))
                    return false;
                g = primitive::constant(static_cast<double>(a) + 0.0, out.single);
                return true;
            }
            adjoint a;
            if (!s.take(out.id, a))
                return false;
            if (a.kind == adjoint_kind::constant)
                g = primitive::constant(a.factor, out.single);
            else
                g = primitive::constant(s.template dense<T>(a, out.id), out.single);
            return true;
        }
        template <class T>
        void plain_contribution(sweep& s, active const& to, active&& c)
        {
            if (to.is_number())
                s.add_scalar(to.id, static_cast<T>(c.number));
            else if (c.is_number())
                s.template contribute_constant<T>(to.id, c.number);
            else
                s.template contribute<T>(to.id, std::move(c.values), 1);
        }
    }

    void primitive_node::pull_all(active const& g, const bool* wanted, active* to) const
    {
        for (int j = 0; j < operands; ++j)
            if (wanted[j])
                to[j] = pull(j, g);
    }

    void primitive_node::reverse(sweep& s) const
    {
        active g;
        if (!(out.single ? plain_adjoint<float>(s, out, g) : plain_adjoint<double>(s, out, g)))
            return;
        const runtime::silence quiet;
        bool wanted[max_operands] = {};
        active to[max_operands];
        for (int j = 0; j < operands; ++j)
            wanted[j] = in[static_cast<std::size_t>(j)].tracked();
        pull_all(g, wanted, to);
        for (int j = 0; j < operands; ++j)
            if (wanted[j])
            {
                auto const& a = in[static_cast<std::size_t>(j)];
                if (a.single)
                    plain_contribution<float>(s, a, std::move(to[j]));
                else
                    plain_contribution<double>(s, a, std::move(to[j]));
            }
    }

    void primitive_node::reverse_active(active_sweep& s) const
    {
        active g;
        if (!s.take(out.space(), out.id, g))
            return;
        bool wanted[max_operands] = {};
        active to[max_operands];
        for (int j = 0; j < operands; ++j)
            wanted[j] = in[static_cast<std::size_t>(j)].tracked();
        pull_all(g, wanted, to);
        for (int j = 0; j < operands; ++j)
            if (wanted[j])
                s.add(in[static_cast<std::size_t>(j)].space(), in[static_cast<std::size_t>(j)].id, to[j]);
    }

    void primitive_node::forward_active(forward_state& level) const
    {
        active tangents[max_operands];
        bool moves = false;
        for (int j = 0; j < operands; ++j)
        {
            auto const& a = in[static_cast<std::size_t>(j)];
            tangents[j] = primitive::constant(0, a.single);
            if (a.tracked())
                moves = level.find(a.space(), a.id, tangents[j]) || moves;
        }
        if (moves)
            level.set(out.space(), out.id, push(tangents));
    }

    std::size_t primitive_node::edge_count() const
    {
        std::size_t n = 0;
        for (int j = 0; j < operands; ++j)
            n += in[static_cast<std::size_t>(j)].tracked();
        return n;
    }
    void primitive_node::edges(std::size_t, std::vector<edge>& to) const
    {
        for (int j = 0; j < operands; ++j)
            if (auto const& a = in[static_cast<std::size_t>(j)]; a.tracked())
            {
                edge e;
                e.space = a.space();
                e.id = a.id;
                to.push_back(e);
            }
    }
    void primitive_node::list_kept(kept_memory& to) const
    {
        to.add(out.values.get());
        for (int j = 0; j < operands; ++j)
            to.add(in[static_cast<std::size_t>(j)].values.get());
    }
    std::size_t primitive_node::own_bytes() const
    {
        return sizeof(*this);
    }

    namespace
    {
        // f(level) for the levels of forward mode, from the outermost in, each with those inside it switched off.
        template <class F>
        void each_level(record_log& log, F&& f)
        {
            struct restore
            {
                record_log& log;
                forward_state* innermost;
                ~restore()
                {
                    log.forward = innermost;
                }
            } all{log, log.forward};
            small_vector<forward_state*, 8> levels;
            for (auto* l = log.forward; l != nullptr; l = l->outer)
                levels.push_back(l);
            for (std::size_t k = levels.size(); k-- > 0;)
            {
                log.forward = levels[k]->outer;
                f(*levels[k]);
            }
        }
    }

    namespace runtime
    {
        void push_levels(record_log& log, node const& n)
        {
            // The tangents of a level are values to the levels outside it: these know all that it reads, so they come first.
            each_level(log,
                       [&](forward_state& level)
                       {
                           if (level.observer == nullptr)
                               return n.forward_active(level);
                           // who only looks leaves nothing on the tape
                           silence quiet;
                           n.forward_active(level);
                       });
        }
    }

    namespace primitive
    {
        active constant(double v, bool single)
        {
            active a;
            a.number = v;
            a.single = single;
            return a;
        }
        active constant(buffer_ptr b, bool single)
        {
            active a;
            a.values = std::move(b);
            a.single = single;
            return a;
        }
        active of(buffer_ptr const& b, bool single)
        {
            active a = constant(b, single);
            if (runtime::thread.recording)
                a.id = runtime::thread.log->id_of(*b, single);
            return a;
        }
        active of_number(double v, std::uint32_t id, bool single)
        {
            active a = constant(v, single);
            a.id = id;
            return a;
        }

        void finish(record_log& log, primitive_node& n)
        {
            auto& out = n.out;
            if (out.is_number())
                out.id = out.single ? log.scalars<float>().local(log.reserve_scalars<float>(1))
                                    : log.scalars<double>().local(log.reserve_scalars<double>(1));
            else
            {
                out.values->role = buffer_role::result;
                out.id = log.add_array(*out.values, n.name, n.where, log.position(), out.single);
            }
            if (log.forward != nullptr)
                runtime::push_levels(log, n);
        }

        // ---- rows ----
        namespace
        {
            struct row_node final : primitive_node
            {
                row_number row;
                explicit row_node(row_number r)
                    : row(r)
                {
                }
                void pull_all(active const& g, const bool* wanted, active* to) const override
                {
                    primitive::pull(row, g, out, in.data(), wanted, to);
                    for (int j = 0; j < operands; ++j)
                        if (wanted[j] && in[static_cast<std::size_t>(j)].is_number() && !out.is_number())
                            to[j] = sum(to[j], out.values->shape, out.values->rank);
                }
                active pull(int j, active const& g) const override
                {
                    bool wanted[max_operands] = {};
                    active to[max_operands];
                    wanted[j] = true;
                    pull_all(g, wanted, to);
                    return to[j];
                }
                active push(active const* tangents) const override
                {
                    return primitive::push(row, out, in.data(), tangents);
                }
                // What the row has no derivative for is no path.
                void edges(std::size_t k, std::vector<edge>& to) const override
                {
                    const auto first = to.size();
                    primitive_node::edges(k, to);
                    std::size_t at = first;
                    for (int j = 0; j < operands; ++j)
                        if (in[static_cast<std::size_t>(j)].tracked())
                        {
                            if (!passes(row, j))
                            {
                                to[at].paths = 4;
                                to[at].cut = primitive::name(row);
                            }
                            ++at;
                        }
                }
            };

            template <class T>
            active evaluate(row_number row, active const* args, int n)
            {
                auto const& f = functions_of<T>(row);
                buffer* like = nullptr;
                T numbers[3];
                loop_arguments<T> in;
                for (int j = 0; j < n; ++j)
                    if (auto const& a = args[j]; a.is_number())
                    {
                        numbers[j] = static_cast<T>(a.number);
                        in.data[j] = &numbers[j];
                    }
                    else
                    {
                        if (like != nullptr && (like->rank != a.values->rank || !std::equal(like->shape, like->shape + like->rank, a.values->shape)))
                            throw_shape_error(f.name, shape_text(a.values->shape, a.values->rank), shape_text(like->shape, like->rank));
                        like = a.values.get();
                        in.data[j] = like->template data<T>();
                        in.step[j] = 1;
                    }
                if (like == nullptr)
                {
                    T y;
                    f.value(1, in, &y);
                    return constant(static_cast<double>(y), sizeof(T) == sizeof(float));
                }
                auto out = make_buffer<T>(like->shape, like->rank);
                f.value(out->size, in, out->template data<T>());
                return constant(std::move(out), sizeof(T) == sizeof(float));
            }
            bool plain_one(active const& a)
            {
                return a.is_number() && !a.tracked() && a.number == 1;
            }
            template <class T>
            bool finite(active const& c)
            {
                if (c.is_number())
                    return std::isfinite(c.number);
                const T* p = c.values->template data<T>();
                // x - x is 0 for every finite x, else NaN
                T sum = 0;
                for (std::size_t i = 0; i < c.values->size; ++i)
                    sum += p[i] - p[i];
                return sum == T(0);
            }
            template <class T>
            active dropped(active const& g, active const& c)
            {
                const auto at = [](active const& a, std::size_t i)
                { return a.is_number() ? static_cast<T>(a.number) : a.values->template data<T>()[i]; };
                if (g.is_number() && c.is_number())
                    return constant(g.number == 0 && !std::isfinite(c.number) ? 1 : 0, sizeof(T) == sizeof(float));
                auto mask = make_buffer_like<T>(*(c.is_number() ? g : c).values);
                for (std::size_t i = 0; i < mask->size; ++i)
                    mask->template data<T>()[i] = at(g, i) == T(0) && !std::isfinite(at(c, i)) ? T(1) : T(0);
                return constant(std::move(mask), sizeof(T) == sizeof(float));
            }
        }

        active apply(row_number row, active const* args, int n)
        {
            // A factor of 1 is where most sweeps begin.
            if (row == row_number::mul && plain_one(args[0]))
                return args[1];
            if (row == row_number::mul && plain_one(args[1]))
                return args[0];
            auto y = args[0].single ? evaluate<float>(row, args, n) : evaluate<double>(row, args, n);
            switch (n)
            {
            case 1:
                return record<row_node>(std::move(y), name(row), {args}, row);
            case 2:
                return record<row_node>(std::move(y), name(row), {args, args + 1}, row);
            default:
                return record<row_node>(std::move(y), name(row), {args, args + 1, args + 2}, row);
            }
        }
        active apply(row_number row, active const& a)
        {
            return apply(row, &a, 1);
        }
        active apply(row_number row, active const& a, active const& b)
        {
            const active args[] = {a, b};
            return apply(row, args, 2);
        }
        active apply(row_number row, active const& a, active const& b, active const& c)
        {
            const active args[] = {a, b, c};
            return apply(row, args, 3);
        }

        namespace
        {
            // A contribution with a finite value may have a tangent that is not (0 times an infinite one): it, too, is 0 where neither the
            // adjoint nor its tangent are anything else.
            template <class T>
            void guard_tangents(active const& g, active const& c)
            {
                each_level(*runtime::thread.log,
                           [&](forward_state& level)
                           {
                               active of_c, of_g = constant(0, c.single);
                               if (level.observer != nullptr || !level.find(c.space(), c.id, of_c) || finite<T>(of_c))
                                   return;
                               if (g.tracked())
                                   level.find(g.space(), g.id, of_g);
                               const auto at = [](active const& a, std::size_t i)
                               { return a.is_number() ? static_cast<T>(a.number) : a.values->template data<T>()[i]; };
                               const auto drops = [&](std::size_t i) { return at(g, i) == T(0) && at(of_g, i) == T(0) && !std::isfinite(at(of_c, i)); };
                               active mask = constant(0, c.single);
                               if (c.is_number())
                                   mask.number = drops(0) ? 1 : 0;
                               else
                               {
                                   mask.values = make_buffer_like<T>(*c.values);
                                   for (std::size_t i = 0; i < mask.values->size; ++i)
                                       mask.values->template data<T>()[i] = drops(i) ? T(1) : T(0);
                               }
                               level.set(c.space(), c.id, apply(row_number::where, mask, constant(0, c.single), of_c));
                           });
            }
        }
        active guarded(active const& g, active const& c)
        {
            if (c.single ? finite<float>(c) : finite<double>(c))
            {
                if (c.tracked() && runtime::thread.log->forward != nullptr)
                    c.single ? guard_tangents<float>(g, c) : guard_tangents<double>(g, c);
                return c;
            }
            return apply(row_number::where, c.single ? dropped<float>(g, c) : dropped<double>(g, c), constant(0, c.single), c);
        }

        void pull(row_number row, active const& g, active const& y, active const* args, const bool* wanted, active* out)
        {
            bool want[3] = {};
            for (int j = 0; j < arity(row); ++j)
            {
                want[j] = wanted[j] && passes(row, j);
                if (wanted[j])
                    out[j] = constant(0, g.single);
            }
            if (g.single)
                functions_of<float>(row).pull(g, y, args, want, out);
            else
                functions_of<double>(row).pull(g, y, args, want, out);
            for (int j = 0; j < arity(row); ++j)
                if (want[j])
                    out[j] = guarded(g, out[j]);
        }
        active push(row_number row, active const& y, active const* args, active const* tangents)
        {
            return y.single ? functions_of<float>(row).push(y, args, tangents) : functions_of<double>(row).push(y, args, tangents);
        }
        int arity(row_number row)
        {
            return functions_of<double>(row).arity;
        }
        bool passes(row_number row, int argument)
        {
            return functions_of<double>(row).passes[argument];
        }
        const char* name(row_number row)
        {
            return functions_of<double>(row).name;
        }
    }
}
