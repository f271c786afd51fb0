// SPDX-License-Identifier: BSL-1.0
// The inputs of the GradBench suite: the numbers of a JSON file by name.
#pragma once
#include <cstddef>
#include <map>
#include <string>
#include <vector>

namespace gradbench
{
    using numbers = std::vector<double>;

    // Nested arrays as one, row by row.
    struct array
    {
        std::vector<std::size_t> shape;  // empty: a number
        numbers values;
    };

    class input
    {
    public:
        // Throws std::runtime_error where the file cannot be read or is none of the suite's.
        explicit input(std::string const& path);
        // A member of a member is "data.points". Throws std::runtime_error.
        array const& operator[](std::string const& name) const;
        double number(std::string const& name) const;
        std::size_t size(std::string const& name) const;  // a number that counts

    private:
        std::string path_;
        std::map<std::string, array> all_;
    };
}
