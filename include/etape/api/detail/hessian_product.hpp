// SPDX-License-Identifier: BSL-1.0
// Products with a Hessian forward over reverse, for plain arguments: one recording, then one pass for each direction.
#pragma once
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include <etape/api/jvp.hpp>
#include <etape/tape/dual_sweep.hpp>

ETAPE_BEGIN_ARCH
namespace detail
{
    // Have all leaves of a structure numbers of type T?
    template <class T, class S>
    constexpr bool all_numbers_are()
    {
        if constexpr (source_leaf_v<S>)
            return std::is_same_v<typename leaf_type<S>::number, T>;
        else if constexpr (is_sequence_v<S>)
            return all_numbers_are<T, typename S::value_type>();
        else if constexpr (is_tuple_v<S>)
            return []<template <class...> class Tuple, class... X>(Tuple<X...> const*)
            { return (all_numbers_are<T, std::remove_cvref_t<X>>() && ...); }(static_cast<S const*>(nullptr));
        else if constexpr (map_like<S>)
            return all_numbers_are<T, decltype(hana::to_tuple(hana::values(std::declval<S const&>())))>();
        else
            return false;
    }

    // A recording of y = f(own), with statements of any kind; `possible` when all of them can take part.
    template <class Own, class T>
    class hessian_product
    {
    public:
        template <class F>
        hessian_product(F const& f, Own const& own, site const& where)
            : own_(own)
            , where_(where)
            , tape_(true, true, where)
            , y_(detail::returned(std::apply(f, own), where))
        {
            request_returned(target_, y_);
            auto& log = tape_.log();
            log.close_run();
            target_.id = log.id_of_scalar<T>(*target_.tag);
            auto one = [&](auto const& x)
            {
                if constexpr (leaf_type<std::remove_cvref_t<decltype(x)>>::rank == 0)
                    ids_.push_back(log.find_scalar<T>(x.tag_for_recording()));
                else
                    ids_.push_back(log.find(*x.data_handle()));
            };
            each_source(own, one);
            possible_ = target_.id != record_log::no_id && dual_sweep::possible(tape_);
            if (possible_)
                sweep_.emplace(tape_);
        }
        bool possible() const noexcept
        {
            return possible_;
        }
        // The tangents of the arguments: the plain numbers and arrays of a structure like theirs.
        template <class V>
        void direction(V const& v)
        {
            std::size_t k = 0;
            auto one = [&](auto const& x, auto const& d)
            {
                if constexpr (leaf_type<std::remove_cvref_t<decltype(x)>>::rank == 0)
                    set(k++, static_cast<T>(detail::returned(d, site{}).value.value()));
                else
                {
                    auto t = evaluate<T>(d, site{});
                    auto const& b = *x.data_handle();
                    if (t->rank != b.rank || !std::equal(b.shape, b.shape + b.rank, t->shape))
                        throw_shape_error("hvp: direction", "shape " + shape_text(t->shape, t->rank),
                                          "the argument's shape " + shape_text(b.shape, b.rank));
                    set(k++, std::move(t));
                }
            };
            each_pair(own_, v, one, "hvp: direction");
        }
        // The tangent of leaf k.
        void set(std::size_t k, buffer_ptr t)
        {
            if (ids_[k] != record_log::no_id)
                sweep_->set_tangent(ids_[k], std::move(t));
        }
        void set(std::size_t k, T t)
        {
            if (ids_[k] != record_log::no_id)
                sweep_->tangent_of_number<T>(ids_[k]) = t;
        }
        // The Hessian times the direction, in the structure of the arguments; forgets the direction.
        auto operator()()
        {
            std::size_t k = 0;
            auto want = [&](auto const& x)
            {
                if constexpr (leaf_type<std::remove_cvref_t<decltype(x)>>::rank != 0)
                    if (ids_[k] != record_log::no_id)
                        sweep_->want(ids_[k]);
                ++k;
            };
            each_source(own_, want);
            sweep_->forward();
            sweep_->add<T>(target_.id, {T(1), T(0)});
            sweep_->reverse();
            k = 0;
            auto next = [&](auto const& x) { return result(x, k++); };
            auto all = results_like(own_, next);
            explain_missing();
            sweep_->clear();
            return all;
        }

    private:
        template <class X>
        auto result(X const& x, std::size_t k)
        {
            using L = leaf_type<X>;
            static_assert(std::is_same_v<typename L::number, T>);
            const bool known = ids_[k] != record_log::no_id;
            if constexpr (L::rank == 0)
            {
                dual_number<T> g;
                if (!known || !sweep_->arrived<T>(ids_[k], g))
                    note_missing(x);
                return g.d;
            }
            else
            {
                buffer_ptr v, d;
                if (!known || !sweep_->take(ids_[k], v, d))
                {
                    note_missing(x);
                    d = zeros_like(*x.data_handle(), sizeof(T) == sizeof(float));
                }
                return as_result_value<false, T, L::rank>(std::move(d));
            }
        }
        template <class X>
        void note_missing(X const& x)
        {
            auto& s = missing_.emplace_back();
            s.zero_if_unread = true;
            request_source(s, x);
            s.missing = std::make_unique<explanation>();
        }
        // Nothing when f does not depend on them; throws when a path was lost.
        void explain_missing()
        {
            auto all = std::exchange(missing_, {});
            explain(tape_, &target_, 1, all.data(), all.size(), where_);
            for (auto const& s : all)
                runtime::zero_or_throw(*s.missing);
        }

        Own const& own_;
        site where_;
        tape_core tape_;
        returned_number<T> y_;
        target_request target_;
        std::vector<std::uint32_t> ids_;
        std::vector<source_request> missing_;  // arguments that got no derivative
        bool possible_ = false;
        std::optional<dual_sweep> sweep_;
    };
}
ETAPE_END_ARCH
