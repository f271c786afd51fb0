// SPDX-License-Identifier: BSL-1.0
// A random program as C++ that compiles.
#include <cctype>
#include <ostream>
#include <sstream>

#include <random/inputs.hpp>

namespace programs
{
    namespace
    {
        std::string literal(double x)
        {
            std::ostringstream text;
            text.precision(17);
            text << x;
            return text.str();
        }
        std::string literal(plain_vector const& x)
        {
            std::string text;
            for (double e : x)
                text += (text.empty() ? "" : ", ") + literal(e);
            return "vector{" + text + "}";
        }
        std::string literal(plain_matrix const& x)
        {
            std::string rows;
            for (std::size_t i = 0; i < x.shape()[0]; ++i)
            {
                std::string row;
                for (std::size_t j = 0; j < x.shape()[1]; ++j)
                    row += (row.empty() ? "" : ", ") + literal(x(i, j));
                rows += (rows.empty() ? "{" : ", {") + row + "}";
            }
            return "matrix({" + rows + "})";
        }
    }

    std::string statement(instruction const& q, std::size_t m, std::size_t n)
    {
        auto const& op = pick(operations(), q.op);
        const auto reg = [](char kind, std::uint8_t k)
        {
            const std::size_t count = kind == 'a' ? 3 : 2;
            return kind + std::to_string(k % count);
        };
        const std::string text = op.text;
        std::string out;
        for (std::size_t at = 0; at < text.size();)
        {
            if (std::isalpha(static_cast<unsigned char>(text[at])) == 0 && text[at] != '_')
            {
                out += text[at++];
                continue;
            }
            std::size_t end = at;
            while (end < text.size() &&
                   (std::isalnum(static_cast<unsigned char>(text[end])) != 0 || text[end] == '_'))
                ++end;
            const auto word = text.substr(at, end - at);
            out += word == "d"     ? reg(op.d, q.d)
                : word == "x"      ? reg(op.x, q.x)
                : word == "y"      ? reg(op.y, q.y)
                : word == "z"      ? reg(op.z, q.z)
                : word == "i"      ? "std::size_t(" + std::to_string(q.i % m) + ")"
                : word == "j"      ? "std::size_t(" + std::to_string(q.j % n) + ")"
                : word == "decide" ? ""
                                   : word;
            at = end;
        }
        return out + ";";
    }

    std::ostream& operator<<(std::ostream& out, program const& p)
    {
        const std::size_t m = rows_of(p), n = columns_of(p);
        out << "#include <iostream>\n#include <etape/etape.hpp>\n\nint main()\n{\n"
               "    namespace ad = etape;\n    using xt::placeholders::_;\n"
               "    using vector = xt::xtensor<double, 1>;\n    using matrix = xt::xtensor<double, 2>;\n"
               "    [[maybe_unused]] const std::size_t m = "
            << m << ", n = " << n
            << ";\n    const auto f = [&](auto s0, auto s1, auto a0, auto a1, auto a2, auto c0, auto c1, auto w0, auto w1)\n    {\n";
        for (auto const& q : p.body)
            out << "        {" << statement(q, m, n) << "}\n";
        out << "        const matrix over = " << literal(weights(m, n))
            << ";\n        ad::variable<double> sum = 0.9 * s0 - 0.6 * s1;\n"
               "        sum += ad::sum((a0 + 0.7 * a1 - 0.4 * a2) * xt::view(over, 0));\n"
               "        sum += ad::sum((c0 - 0.8 * c1) * xt::view(over, xt::all(), 0));\n"
               "        sum += ad::sum((w0 + 0.6 * w1) * over);\n        return sum;\n    };\n"
               "    const auto report = ad::verify::compare_modes(f";
        std::apply([&](auto const&... x) { ((out << ",\n        " << literal(x)), ...); },
                   some_inputs(m, n, p.numbers));
        return out << ");\n    std::cout << report;\n    return report.agree ? 0 : 1;\n}\n";
    }
}
