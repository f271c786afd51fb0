// SPDX-License-Identifier: BSL-1.0
// The long proof of the rule table at fresh random points; writes the documentation of the rules from what it measures.
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <random>
#include <sstream>
#include <string>
#include <vector>

#include "../proof/dense.hpp"
#include "../proof/document.hpp"

namespace
{
    int usage()
    {
        std::cerr
            << "usage: etape_prove_rules [--table FILE] [--points N] [--seed S] [--dense K] [ROW...]\n"
               "measures the named rows (default: all) at N random points of each precision beyond the fixed ones,\n"
               "and with --dense at every K-th float, at many more random points and around the worst of them;\n"
               "the seed is a new one each time unless it is given; FILE is written only when all rows are measured\n";
        return 2;
    }
}

int main(int argc, char** argv)
{
    using namespace etape_test::proof;
    std::string file, not_scanned;
    std::uint32_t stride = 0;
    std::size_t count = 3000;
    std::uint64_t seed = std::random_device()();
    std::vector<std::string> only;
    for (int i = 1; i < argc; ++i)
    {
        const std::string a = argv[i];
        const bool value = i + 1 < argc;
        if (a == "--table" && value)
        {
            file = argv[++i];
        }
        else if (a == "--points" && value)
        {
            count = std::strtoul(argv[++i], nullptr, 10);
        }
        else if (a == "--seed" && value)
        {
            seed = std::strtoull(argv[++i], nullptr, 10);
        }
        else if (a == "--dense" && value && std::strtoul(argv[i + 1], nullptr, 10) > 0)
        {
            stride = static_cast<std::uint32_t>(std::strtoul(argv[++i], nullptr, 10));
        }
        else if (a.rfind("-", 0) == 0)
        {
            return usage();
        }
        else
        {
            only.push_back(a);
        }
    }

    std::vector<verdict> all;
    std::size_t faults = 0, points = 0, row_number = 0;
    for (auto const& row : table())
    {
        ++row_number;
        std::string const& name = row.front().info.name;
        bool wanted = only.empty();
        for (auto const& o : only)
        {
            wanted = wanted || o == name;
        }
        if (!wanted)
        {
            continue;
        }
        verdict v = prove(row, count, seed);
        if (stride != 0 && !scan(v, row, stride, seed))
        {
            not_scanned += " " + name;
        }
        std::fprintf(
            stderr,
            "[%zu/%zu] %-16s value %.2f %.2f  first %.2f %.2f  second %.2f %.2f  (double, float)\n",
            row_number, table().size(), name.c_str(), v.of_double.value.ulp, v.of_float.value.ulp,
            v.of_double.first.ulp, v.of_float.first.ulp, v.of_double.second.ulp,
            v.of_float.second.ulp);
        for (auto const& fault : v.faults)
        {
            std::fprintf(stderr, "    %s\n", fault.c_str());
        }
        faults += v.faults.size();
        points += v.points;
        all.push_back(v);
    }
    if (all.empty())
    {
        std::cerr << "no such row\n";
        return 2;
    }
    std::fprintf(stderr, "%zu rows, %zu points, seed %llu: %zu bounds exceeded\n", all.size(),
                 points, static_cast<unsigned long long>(seed), faults);
    if (!not_scanned.empty())
    {
        std::fprintf(stderr, "without a closed form, not scanned densely:%s\n", not_scanned.c_str());
    }
    if (!file.empty() && only.empty())
    {
        std::ostringstream origin;
        origin << "The last run: " << all.size() << " rows, " << points << " points, seed " << seed
               << ".";
        std::ofstream out(file);
        write_document(out, all, origin.str());
        if (!out)
        {
            std::cerr << "cannot write " << file << "\n";
            return 1;
        }
    }
    return faults == 0 ? 0 : 1;
}
