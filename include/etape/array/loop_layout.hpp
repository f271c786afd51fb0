// SPDX-License-Identifier: BSL-1.0
// The operands of a statement and the loop over them: shapes broadcast, dimensions ordered and joined.
#pragma once
#include <algorithm>
#include <bit>

#include <etape/array/operand_list.hpp>
#include <etape/kernel/args.hpp>
#include <etape/tape/log.hpp>

ETAPE_BEGIN_ARCH
namespace detail
{
    // Kinds of the leaves: bit 1 is set for arrays.
    template <class T, auto Kinds>
    class loop_layout
    {
    public:
        static constexpr std::size_t count = Kinds.size();
        static constexpr int leaves = static_cast<int>(count);
        static constexpr std::size_t first_array = []
        {
            std::size_t j = 0;
            while (j < count && (Kinds[j] & 2) == 0)
                ++j;
            return j;
        }();

        source<T> sources[count];
        int filled = 0;
        std::size_t extra_shape[max_rank];  // from xt::broadcast
        int extra_rank = 0;

        source<T>& next() noexcept
        {
            return sources[filled++];
        }

        // The result broadcasts to at least this shape; several requirements join.
        void require_shape(const std::size_t* shape, int rank)
        {
            if (extra_rank != 0)
            {
                source<T> both[2];
                for (int k = 0; k < 2; ++k)
                {
                    both[k].set_number(T(0));
                    both[k].array = true;
                }
                both[0].shape = extra_shape;
                both[0].rank = extra_rank;
                both[1].shape = shape;
                both[1].rank = rank;
                std::size_t joined[max_rank];
                extra_rank = broadcast_shapes(both, 2, nullptr, 0, joined, "broadcast");
                std::copy_n(joined, extra_rank, extra_shape);
                return;
            }
            extra_rank = rank;
            std::copy_n(shape, rank, extra_shape);
        }

    protected:
        // Result shape, loop and strides. reduced: bit k set when result dimension k of the operands is summed away.
        void lay_out(const char* name, unsigned reduced, bool keep_dims)
        {
            if (reduced == 0 && alike())
            {
                auto const& s = sources[first_array < count ? first_array : 0];
                out_rank_ = s.rank;
                for (int k = 0; k < s.rank; ++k)
                    out_shape_[k] = s.shape[k];
                elements_ = s.size;
                plan_.rank = 1;
                plan_.shape[0] = s.size;
                plan_.unit = true;
                for (auto& p : strides_)
                    p = unit_stride;
                return;
            }
            std::size_t shape[max_rank];
            plan_.rank = broadcast_shapes(sources, leaves, extra_shape, extra_rank, shape, name);
            elements_ = 1;
            out_rank_ = 0;
            for (int k = 0; k < plan_.rank; ++k)
            {
                plan_.shape[k] = shape[k];
                elements_ *= shape[k];
                const bool gone = (reduced >> k & 1u) != 0;
                if (!gone || keep_dims)
                    out_shape_[out_rank_++] = gone ? 1 : shape[k];
            }
            // strides of the operands and, last, of the result
            std::ptrdiff_t out_strides[max_rank];
            std::size_t step = 1;
            for (int k = plan_.rank - 1; k >= 0; --k)
            {
                const bool gone = (reduced >> k & 1u) != 0;
                out_strides[k] = gone || shape[k] == 1 ? 0 : static_cast<std::ptrdiff_t>(step);
                if (!gone)
                    step *= shape[k];
            }
            int key = -1;
            for (std::size_t j = 0; j < count; ++j)
            {
                auto const& s = sources[j];
                for (int k = 0; k < plan_.rank; ++k)
                {
                    const int own = k - (plan_.rank - s.rank);
                    table_[j][k] = s.array && own >= 0 && s.shape[own] != 1 ? s.strides[own] : 0;
                }
                if (key < 0 && s.array && s.size == elements_)
                    key = static_cast<int>(j);
            }
            std::copy_n(out_strides, plan_.rank, table_[count]);
            make_plan(plan_, table_, leaves + 1, key < 0 ? leaves : key);
            plan_.unit = plan_.rank > 0;
            for (std::size_t j = 0; j <= count; ++j)
            {
                strides_[j] = table_[j];
                if (plan_.unit && (j == count || sources[j].array))
                {
                    const auto inner = table_[j][plan_.rank - 1];
                    plan_.unit = inner == 1 || (j == count && reduced != 0 && inner == 0);
                }
            }
        }

        // Are all arrays dense and of one shape?
        ETAPE_ALWAYS_INLINE bool alike() const
        {
            return first_array < count && extra_rank == 0 && alike(std::make_index_sequence<count>{});
        }
        template <std::size_t... J>
        ETAPE_ALWAYS_INLINE bool alike(std::index_sequence<J...>) const
        {
            return (alike_one<J>() && ...);
        }
        template <std::size_t J>
        ETAPE_ALWAYS_INLINE bool alike_one() const
        {
            if constexpr ((Kinds[J] & 2) == 0)
                return true;
            else
            {
                auto const &s = sources[J], &to = sources[first_array];
                return s.dense && s.rank == to.rank && (s.shape == to.shape || same_extents(s.shape, to.shape, s.rank));
            }
        }

        std::uint32_t ids_[count];
        std::size_t elements_ = 0;
        loop_plan plan_;
        const std::ptrdiff_t* strides_[count + 1];
        std::ptrdiff_t table_[count + 1][max_rank];
        std::size_t out_shape_[max_rank];
        int out_rank_ = 0;
    };
}
ETAPE_END_ARCH
