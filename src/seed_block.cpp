// SPDX-License-Identifier: BSL-1.0
// Sweeps with a block of seeds.
#include <etape/tape/seed_block.hpp>

#include <algorithm>

#include <etape/rule/lane_memory.hpp>
#include <etape/tape/array_nodes.hpp>
#include <etape/tape/run_node.hpp>

#include "dual_blocks.hpp"

namespace etape::runtime
{
    namespace
    {
        constexpr std::size_t width = seed_block;

        // The adjoints of one value for all seeds.
        template <class T>
        struct lanes
        {
            using batch = std::conditional_t<(xsimd::batch<T>::size <= width), xsimd::batch<T>, T>;
            static constexpr std::size_t size = lane::lane_size<batch>;
            static constexpr std::size_t parts = width / size;
            static_assert(parts * size == width);

            batch v[parts];

            static ETAPE_ALWAYS_INLINE lanes load(const T* p)
            {
                lanes l;
                for (std::size_t k = 0; k < parts; ++k)
                    l.v[k] = lane::load<batch>(p + k * size);
                return l;
            }
            ETAPE_ALWAYS_INLINE bool zero() const
            {
                bool all = true;
                for (std::size_t k = 0; k < parts; ++k)
                    all = all && lane::all(lane::eq(v[k], batch(T(0))));
                return all;
            }
            // to += partial * adjoint. An adjoint of 0 passes 0, also past an infinite partial.
            ETAPE_ALWAYS_INLINE void pass(T partial, T* to) const
            {
                const batch p(partial), none(T(0));
                for (std::size_t k = 0; k < parts; ++k)
                    lane::store(to + k * size, batch(lane::load<batch>(to + k * size) +
                                                     lane::select<batch>(lane::eq(v[k], none), none, batch(p * v[k]))));
            }
        };

        template <class T>
        class block_sweep
        {
        public:
            explicit block_sweep(tape_core& t)
                : tape_(t)
                , log_(t.log())
                , numbers_(width * t.view().template count<T>(), T(0))
                , arrays_(t.view().arrays())
            {
            }
            static bool possible(tape_core& t)
            {
                auto const& windows = t.windows();
                for (std::size_t w = 0; w < windows.size(); ++w)
                    for (auto p = windows[w].first; p < windows[w].second; ++p)
                    {
                        auto* n = t.log().nodes[p];
                        const auto* k = dynamic_cast<kernel_node<T>*>(n);
                        if (dynamic_cast<run_node<T>*>(n) == nullptr && dynamic_cast<elements_node<T>*>(n) == nullptr &&
                            dynamic_cast<pack_node<T>*>(n) == nullptr && (k == nullptr || !copies(*k)))
                            return false;
                    }
                return true;
            }
            T* number(std::uint32_t id)
            {
                return numbers_.data() + width * id;
            }
            // Element i of the array for seed k at [width * i + k].
            std::vector<T>& array(std::uint32_t id)
            {
                auto& a = arrays_[id];
                if (a.empty())
                    a.assign(width * log_.arrays[id].size, T(0));
                return a;
            }
            void clear()
            {
                std::fill(numbers_.begin(), numbers_.end(), T(0));
                for (auto& a : arrays_)
                    std::fill(a.begin(), a.end(), T(0));
            }
            void run()
            {
                auto const& windows = tape_.windows();
                for (std::size_t w = windows.size(); w-- > 0;)
                    for (auto p = windows[w].second; p-- > windows[w].first;)
                    {
                        auto* n = log_.nodes[p];
                        if (auto* r = dynamic_cast<run_node<T>*>(n))
                            statements(*r);
                        else if (auto* e = dynamic_cast<elements_node<T>*>(n))
                            add(width * e->count, number(e->first), array(e->array).data() + width * e->offset);
                        else if (auto* k = dynamic_cast<kernel_node<T>*>(n))
                            copy(*k);
                        else
                        {
                            auto const& q = static_cast<pack_node<T> const&>(*n);
                            for (std::uint32_t i = 0; i < q.count; ++i)
                                if (q.ids[i] != record_log::no_id)
                                    add(width, array(q.out).data() + width * i, number(q.ids[i]));
                        }
                    }
            }

        private:
            // An array, or a view of one, taken over as it is.
            static bool copies(kernel_node<T> const& n)
            {
                return n.kernel->program->size == 1 && n.kernel->operand[0].array;
            }
            void copy(kernel_node<T> const& n)
            {
                auto const& k = n.operands[0];
                if (k.id == record_log::no_id)
                    return;
                const auto from = offsets(n, n.seed_strides, 0), to = offsets(n, k.strides, k.offset);
                auto const& g = array(n.out);
                auto& a = array(k.id);
                for (std::size_t i = 0; i < from.size(); ++i)
                    for (std::size_t l = 0; l < width; ++l)
                        a[width * to[i] + l] += static_cast<T>(n.seed_scale) * g[width * from[i] + l];
            }
            static std::vector<std::size_t> offsets(kernel_node<T> const& n, const std::ptrdiff_t* strides, std::ptrdiff_t first)
            {
                static constexpr std::ptrdiff_t none[] = {0};
                const dual_blocks::space space(n.rank, n.shape);
                const auto* steps = n.rank == 0 ? none : strides;
                std::vector<std::size_t> all(space.total);
                dual_blocks::each_piece(space, steps, 0, space.total, [&](std::size_t at, std::ptrdiff_t offset, std::size_t count)
                    {
                        for (std::size_t i = 0; i < count; ++i)
                            all[at + i] = static_cast<std::size_t>(first + offset + static_cast<std::ptrdiff_t>(i) * steps[space.rank - 1]);
                    });
                return all;
            }
            static void add(std::size_t n, const T* from, T* to)
            {
                for (std::size_t i = 0; i < n; ++i)
                    to[i] += from[i];
            }
            // As run_node<T>::reverse, for all seeds at once.
            void statements(run_node<T> const& r)
            {
                auto& stream = log_.scalars<T>();
                std::uint32_t result = r.end_id;
                std::size_t leaf = r.end_leaf;
                for (std::uint32_t c = r.end.chunk + 1; c-- > r.begin.chunk;)
                {
                    auto& chunk = stream.chunk(c);
                    const std::uint32_t last = c == r.end.chunk ? r.end.at : chunk.used;
                    const T* partial = chunk.partials() + last;
                    const std::uint32_t* id = chunk.ids() + last;
                    const std::uint32_t lowest = c == r.begin.chunk ? r.first_id : std::max(r.first_id, chunk.first_id);
                    while (result > lowest)
                    {
                        const bool meets_leaf = leaf > 0 && stream.leaves[leaf - 1] >= lowest;
                        const std::uint32_t low = meets_leaf ? stream.leaves[leaf - 1] + 1 : lowest;
                        while (result != low)
                        {
                            const auto g = lanes<T>::load(number(--result));
                            const bool nothing = g.zero();
                            std::uint32_t e;
                            do
                            {
                                e = *--id;
                                --partial;
                                if (!nothing)
                                    g.pass(*partial, number(e & ~first_edge));
                            } while ((e & first_edge) == 0);
                        }
                        if (meets_leaf)
                        {
                            --result;
                            --leaf;
                        }
                    }
                }
            }

            tape_core& tape_;
            record_log& log_;
            std::vector<T> numbers_;
            std::vector<std::vector<T>> arrays_;
        };
    }

    namespace
    {
        std::uint32_t number_in(tape_core& t, buffer const& b)
        {
            const name_lock lock(t.owned_here() ? nullptr : t.log().gate());
            return t.view().find(b);
        }
    }

    template <class T>
    bool jacobian_rows(tape_core& t, buffer const& target, std::size_t first, std::size_t last, std::vector<source_request> const& sources,
                       std::vector<std::vector<active>>& rows)
    {
        constexpr bool single = sizeof(T) == sizeof(float);
        const tape_core::access access(t, "jacobian");
        auto& log = t.log();
        const auto y = number_in(t, target);
        if (first >= last || y == record_log::no_id || !block_sweep<T>::possible(t))
            return false;
        for (auto const& s : sources)
            if (s.missing || s.candidates[0] == record_log::no_id || s.candidates[1] != record_log::no_id || s.cut[0] != 0 ||
                (s.space == id_space::array ? s.single != single : s.space != scalar_space<T>))
                return false;
        block_sweep<T> sweep(t);
        for (std::size_t from = first; from < last; from += width)
        {
            const std::size_t n = std::min(width, last - from);
            for (std::size_t k = 0; k < n; ++k)
                sweep.array(y)[width * (from + k) + k] = T(1);
            sweep.run();
            for (std::size_t k = 0; k < n; ++k)
                for (std::size_t s = 0; s < sources.size(); ++s)
                {
                    const auto id = sources[s].candidates[0];
                    if (sources[s].space != id_space::array)
                    {
                        rows[s].push_back(primitive::constant(static_cast<double>(sweep.number(id)[k]), single));
                        continue;
                    }
                    auto const& slot = log.arrays[id];
                    auto b = make_buffer<T>(slot.shape, slot.rank, slot.order);
                    auto const& a = sweep.array(id);
                    for (std::size_t i = 0; i < b->size; ++i)
                        b->template data<T>()[i] = a[width * i + k];
                    rows[s].push_back(primitive::constant(std::move(b), single));
                }
            sweep.clear();
        }
        return true;
    }
    template bool jacobian_rows<double>(tape_core&, buffer const&, std::size_t, std::size_t, std::vector<source_request> const&,
                                        std::vector<std::vector<active>>&);
    template bool jacobian_rows<float>(tape_core&, buffer const&, std::size_t, std::size_t, std::vector<source_request> const&,
                                       std::vector<std::vector<active>>&);
}
