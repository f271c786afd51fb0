// SPDX-License-Identifier: BSL-1.0
// A random program as a failure prints it: `write FILE` prints one, `compare EXECUTABLE` runs what a compiler made of it and compares
// its numbers with those of the program before it was printed.
#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <fstream>
#include <iostream>
#include <memory>
#include <sstream>
#include <stdexcept>

#include <random/program.hpp>

namespace
{
    // Statements of every kind of register, spread over the table; the first program whose modes agree away from kinks.
    programs::program example()
    {
        programs::program p;
        p.rows = 1;
        p.columns = 3;
        const auto count = programs::operations().size();
        for (std::size_t k = 0; k < 6; ++k)
        {
            programs::instruction q;
            q.op = static_cast<std::uint16_t>((2 * k + 1) * count / 12);
            q.d = static_cast<std::uint8_t>(k % 2);
            q.x = static_cast<std::uint8_t>(k % 3);
            q.y = static_cast<std::uint8_t>(1 + k % 2);
            q.z = static_cast<std::uint8_t>(k);
            q.i = 1;
            q.j = static_cast<std::uint8_t>(k);
            p.body.push_back(q);
        }
        for (p.numbers = 1; p.numbers < 100; ++p.numbers)
            if (const auto o = programs::check(p); o.wrong.empty() && !o.kink && !o.wild && !o.loose)
                return p;
        throw std::runtime_error("no program whose modes can be compared");
    }

    void write(const char* path)
    {
        std::ostringstream text;
        text << example();
        auto source = text.str();
        // What a failure prints shows the worst entries; here all of them are compared.
        const std::string report = "    std::cout << report;\n";
        const auto at = source.find(report);
        if (at == std::string::npos)
            throw std::runtime_error("the printed program does not print its report");
        source.insert(at, "    std::cout.precision(17);\n    std::cout << report.value << '\\n' << report.all.size() << '\\n';\n"
                          "    for (auto const& e : report.all)\n        std::cout << e.reverse << '\\n';\n");
        std::ofstream out(path);
        out << source;
        if (!out.flush())
            throw std::runtime_error(std::string("cannot write '") + path + "'");
    }

    int compare(const char* executable)
    {
        struct closer
        {
            void operator()(std::FILE* f) const
            {
                pclose(f);
            }
        };
        std::string output;
        const std::unique_ptr<std::FILE, closer> pipe(popen(executable, "r"));
        if (pipe == nullptr)
            throw std::runtime_error(std::string("cannot run '") + executable + "'");
        std::array<char, 4096> block;
        for (std::size_t n; (n = std::fread(block.data(), 1, block.size(), pipe.get())) != 0;)
            output.append(block.data(), n);
        std::cout << output;
        const auto expected = programs::evaluate(example());
        std::istringstream in(output);
        double value = NAN;
        std::size_t entries = 0;
        in >> value >> entries;
        if (!in || entries != expected.gradient.size() || entries == 0)
            return std::cout << "found " << entries << " entries, expected " << expected.gradient.size() << "\n", 1;
        double largest = 1;
        for (double g : expected.gradient)
            largest = std::max(largest, std::abs(g));
        bool same = std::abs(value - expected.value) <= 1e-13 * std::max(1.0, std::abs(expected.value));
        for (double g : expected.gradient)
        {
            double found = NAN;
            in >> found;
            same = same && std::abs(found - g) <= 1e-13 * largest;
        }
        const bool agree = output.find("finite differences agree") != std::string::npos;
        if (!same)
            std::cout << "the printed program computes other numbers than the program itself\n";
        return same && agree ? 0 : 1;
    }
}

int main(int argc, char** argv)
try
{
    const std::string call = argc == 3 ? argv[1] : "";
    if (call == "write")
        return write(argv[2]), 0;
    if (call == "compare")
        return compare(argv[2]);
    std::cerr << "expected: write FILE, or compare EXECUTABLE\n";
    return 2;
}
catch (std::exception const& e)
{
    std::cerr << "printed: " << e.what() << '\n';
    return 2;
}
