// SPDX-License-Identifier: BSL-1.0
// Compiled special functions of active values: each derivative is the function of the next order.
#include <etape/tape/primitive.hpp>

namespace etape::primitive
{
    namespace
    {
        struct special_node final : primitive_node
        {
            runtime::special_function function;
            std::size_t first;
            runtime::derivative_orders orders;
            special_node(runtime::special_function f, std::size_t parameters,
                         runtime::derivative_orders n)
                : function(f),
                  first(parameters),
                  orders(n)
            {
            }
            active slope(std::size_t j) const
            {
                const auto n = orders + runtime::once_by(j);
                return operands == 1 ? special(function, first, n, {&in[0]})
                    : operands == 2  ? special(function, first, n, {&in[0], &in[1]})
                                     : special(function, first, n, {&in[0], &in[1], &in[2]});
            }
            active pull(int j, active const& g) const override
            {
                auto const& to = in[static_cast<std::size_t>(j)];
                active c = guarded(g, multiply(g, slope(static_cast<std::size_t>(j))));
                return to.is_number() && !out.is_number()
                    ? sum(c, out.values->shape, out.values->rank)
                    : c;
            }
            active push(active const* tangents) const override
            {
                active total = constant(0, out.single);
                for (std::size_t j = first; j < static_cast<std::size_t>(operands); ++j)
                    if (in[j].tracked())
                        total = add(total, guarded(tangents[j], multiply(tangents[j], slope(j))));
                return total;
            }
        };
    }

    active special(runtime::special_function f, std::size_t first,
                   runtime::derivative_orders orders,
                   std::initializer_list<active const*> arguments)
    {
        const active* shape = nullptr;
        for (auto const* a : arguments)
            if (shape == nullptr && !a->is_number())
                shape = a;
        const bool single = (*arguments.begin())->single;
        auto out = shape == nullptr
            ? buffer_ptr()
            : (single ? make_buffer<float>(shape->values->shape, shape->values->rank)
                      : make_buffer<double>(shape->values->shape, shape->values->rank));
        double number = 0;
        const auto evaluate = [&](auto t)
        {
            using T = decltype(t);
            T numbers[runtime::max_special_arguments], y;
            const T* x[runtime::max_special_arguments];
            std::ptrdiff_t step[runtime::max_special_arguments];
            std::size_t j = 0;
            for (auto const* a : arguments)
            {
                step[j] = a->is_number() ? 0 : 1;
                if (a->is_number())
                    numbers[j] = static_cast<T>(a->number);
                x[j] = a->is_number() ? &numbers[j] : a->values->template data<T>();
                ++j;
            }
            runtime::special_values(f, orders, x, step, out ? out->size : 1,
                                    out ? out->template data<T>() : &y);
            number = out ? 0 : static_cast<double>(y);
        };
        single ? evaluate(float{}) : evaluate(double{});
        active result = out ? constant(std::move(out), single) : constant(number, single);
        return record<special_node>(std::move(result), runtime::name_of(f), arguments, f, first,
                                    orders);
    }
}
