// SPDX-License-Identifier: BSL-1.0
// perf/elementwise: its options, its table and its JSON.
#pragma once
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "allocations.hpp"

namespace perf
{
    struct row
    {
        const char* key;
        const char* name;
        std::size_t n;
        double gradient_error = 0;  // etape against hand, relative to the largest entry
        double value_error = 0;
        allocations allocated{}, allocated_fused{};  // by one gradient, after warm-up
        // seconds
        double etape = 0, fused = 0, hand = 0;                      // value and gradient
        double hand_value = 0, etape_value = 0, xtensor_value = 0;  // value only
    };

    struct options
    {
        std::string json;
        std::string rows = "abcd";
        double seconds = 0.5;  // for each line of the table
        bool wants(const char* key) const
        {
            return rows.find(key) != std::string::npos;
        }
    };

    inline options parse_options(int argc, char** argv)
    {
        options o;
        for (int i = 1; i < argc; ++i)
        {
            const std::string_view arg = argv[i];
            const auto value = [&]
            {
                if (++i == argc)
                    throw std::invalid_argument("option '" + std::string(arg) + "' needs a value");
                return argv[i];
            };
            if (arg == "--json")
                o.json = value();
            else if (arg == "--rows")
                o.rows = value();
            else if (arg == "--seconds")
                o.seconds = std::atof(value());
            else if (arg == "--help")
            {
                std::puts("usage: elementwise [--json FILE] [--rows abcd] [--seconds S]");
                std::exit(0);
            }
            else
                throw std::invalid_argument("unknown option '" + std::string(arg) +
                                            "', expected --json, --rows or --seconds");
        }
        return o;
    }

    class table
    {
    public:
        explicit table(bool pinned)
            : pinned_(pinned)
        {
            std::printf(
                "value and gradient, one thread%s, %s, %zu doubles a SIMD register; medians of interleaved runs\n\n",
                pinned ? " pinned to a core" : "", compiler(), lanes());
            std::printf("%-40s %8s | %10s %6s %10s %6s %10s | %10s %10s %10s %8s | %s\n", "function", "n", "etape", "/ hand", "fused",
                        "/ hand", "hand", "hand value", "etape val.", "xtensor v.", "gradient", "allocations (etape, fused)");
            std::printf("%-40s %8s | %10s %6s %10s %6s %10s | %10s %10s %10s %8s |\n", "", "", "us", "", "us", "", "us", "us", "us",
                        "us", "/ value");
        }
        void add(row const& r)
        {
            rows_.push_back(r);
            std::printf(
                "(%s) %-36.36s %8zu | %10.3f %6.2f %10.3f %6.2f %10.3f | %10.3f %10.3f %10.3f %8.2f | %zu + %zu, %zu + %zu pool blocks\n",
                r.key, r.name, r.n, r.etape * 1e6, r.etape / r.hand, r.fused * 1e6, r.fused / r.hand, r.hand * 1e6,
                r.hand_value * 1e6, r.etape_value * 1e6, r.xtensor_value * 1e6, r.etape / r.hand_value, r.allocated.calls,
                r.allocated.fresh_blocks, r.allocated_fused.calls, r.allocated_fused.fresh_blocks);
            if (!agrees(r))
                std::printf("    WRONG: gradients differ by %.2e, values by %.2e\n",
                            r.gradient_error, r.value_error);
            std::fflush(stdout);
        }
        bool correct() const
        {
            for (auto const& r : rows_)
                if (!agrees(r))
                    return false;
            return true;
        }
        void write_json(std::string const& path) const
        {
            std::ofstream out(path);
            out.precision(9);
            out << "{\n  \"program\": \"elementwise\",\n  \"compiler\": \"" << compiler()
                << "\",\n  \"lanes\": " << lanes()
                << ",\n  \"pinned\": " << (pinned_ ? "true" : "false")
                << ",\n  \"unit\": \"s\",\n  \"rows\": [";
            const char* separator = "\n";
            for (auto const& r : rows_)
            {
                out << separator << "    {\"key\": \"" << r.key << "\", \"function\": \"" << r.name
                    << "\", \"n\": " << r.n << ", \"etape\": " << r.etape
                    << ", \"hand\": " << r.hand << ", \"ratio\": " << r.etape / r.hand
                    << ", \"fused\": " << r.fused << ", \"fused_ratio\": " << r.fused / r.hand
                    << ", \"hand_value\": " << r.hand_value
                    << ", \"etape_value\": " << r.etape_value
                    << ", \"xtensor_value\": " << r.xtensor_value
                    << ", \"allocations\": " << r.allocated.calls
                    << ", \"pool_blocks\": " << r.allocated.fresh_blocks
                    << ", \"fused_allocations\": " << r.allocated_fused.calls
                    << ", \"fused_pool_blocks\": " << r.allocated_fused.fresh_blocks
                    << ", \"gradient_error\": " << r.gradient_error
                    << ", \"value_error\": " << r.value_error << "}";
                separator = ",\n";
            }
            out << "\n  ]\n}\n";
            if (!out)
                throw std::runtime_error("cannot write '" + path + "'");
        }

    private:
        static bool agrees(row const& r)
        {
            return r.gradient_error < 1e-12 && r.value_error < 1e-9;
        }
        static const char* compiler()
        {
#if defined(__clang__)
            return "clang " __clang_version__;
#else
            return "g++ " __VERSION__;
#endif
        }
        static std::size_t lanes()
        {
#if defined(__AVX512F__)
            return 8;
#elif defined(__AVX__)
            return 4;
#else
            return 2;
#endif
        }

        std::vector<row> rows_;
        bool pinned_;
    };
}
