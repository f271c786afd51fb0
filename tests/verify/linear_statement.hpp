// SPDX-License-Identifier: BSL-1.0
// A statement of our own, below the interface: y = A x, with a reverse pass that is free to use another matrix.
#pragma once
#include <etape/etape.hpp>

namespace linear_statement
{
    namespace ad = etape;
    using matrix = xt::xtensor<double, 2>;

    struct linear_node final : ad::node
    {
        std::uint32_t in = 0, out = 0;
        matrix pulled;

        void reverse(ad::sweep& s) const override
        {
            ad::adjoint a;
            if (!s.take(out, a))
                return;
            const auto g = s.dense<double>(a, out);
            bool add = false;
            double* to = s.target<double>(in, true, add);
            for (std::size_t j = 0; j < pulled.shape()[1]; ++j)
            {
                double sum = 0;
                for (std::size_t i = 0; i < pulled.shape()[0]; ++i)
                    sum += g->data<double>()[i] * pulled(i, j);
                to[j] = add ? to[j] + sum : sum;
            }
        }
        std::size_t edge_count() const override
        {
            return 1;
        }
        ad::output result() const override
        {
            return {ad::id_space::array, out, 1};
        }
        void edges(std::size_t, std::vector<ad::edge>& to) const override
        {
            ad::edge e;
            e.id = in;
            to.push_back(e);
        }
        std::size_t own_bytes() const override
        {
            return sizeof(*this);
        }
    };

    inline ad::buffer_ptr product(matrix const& a, const double* x)
    {
        const std::size_t n = a.shape()[0];
        auto y = ad::make_buffer<double>(&n, 1);
        for (std::size_t i = 0; i < n; ++i)
        {
            double sum = 0;
            for (std::size_t j = 0; j < a.shape()[1]; ++j)
                sum += a(i, j) * x[j];
            y->data<double>()[i] = sum;
        }
        return y;
    }
    // y = forward x; the sweep multiplies by the transpose of `reverse`.
    inline ad::tensor<double, 1> record(const char* name, ad::variable<double, 1> const& x,
                                        matrix const& forward, matrix const& reverse,
                                        ad::site where = ad::site::current())
    {
        auto y = product(forward, x.data_handle()->data<double>());
        y->role = ad::buffer_role::result;
        if (!ad::runtime::thread.recording)
            return ad::tensor<double, 1>(std::move(y));
        auto& log = *ad::runtime::thread.log;
        const auto in = log.id_of(*x.data_handle(), false);
        auto& n = log.add_node<linear_node>();
        n.name = name;
        n.where = where;
        n.in = in;
        n.pulled = reverse;
        n.out = log.add_array(*y, name, where, log.position(), false);
        if (log.forward != nullptr)
            if (auto* t = log.forward->array(in))
                log.forward->set_array(n.out, product(forward, t->data<double>()));
        return ad::tensor<double, 1>(std::move(y));
    }
}
