// SPDX-License-Identifier: BSL-1.0
// Reading data: opening the file, numbers, and the CSV format.
#include "data.hpp"

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cmath>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string_view>

#include <fmt/format.h>

namespace gmm
{
    input_error::input_error(std::string const& path, std::size_t line, std::size_t column,
                             std::string const& what)
        : input_error(fmt::format("{}:{}:{}: {}", path, line, column, what))
    {
    }

    std::optional<double> parse_number(std::string_view text)
    {
        if (text.starts_with('+'))
            text.remove_prefix(1);
        double v = 0;
        const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), v);
        if (error != std::errc() || end != text.data() + text.size() || !std::isfinite(v))
            return std::nullopt;
        return v;
    }

    std::string quoted(std::string_view text)
    {
        constexpr std::size_t longest = 30;
        std::string s = "'";
        for (char c : text.substr(0, longest))
            s += c >= ' ' && c <= '~' ? c : '?';
        return s + (text.size() > longest ? "...'" : "'");
    }

    data_set read_data(std::string const& path)
    {
        if (std::filesystem::is_directory(path))
            throw input_error(
                fmt::format("cannot read '{}': it is a directory, expected a file", path));
        errno = 0;
        std::ifstream in(path, std::ios::binary);
        if (!in)
            throw input_error(fmt::format("cannot read '{}': {}", path, std::strerror(errno)));
        std::ostringstream text;
        text << in.rdbuf();
        return path.ends_with(".txt") ? read_adbench(path, text.str()) : read_csv(path, text.str());
    }

    namespace
    {
        struct field
        {
            std::string_view text;  // without blanks and quotes around it
            std::size_t column;     // of its first character, from 1
        };

        std::vector<field> split(std::string_view line)
        {
            std::vector<field> fields;
            for (std::size_t begin = 0; begin <= line.size();)
            {
                const auto end = std::min(line.find(',', begin), line.size());
                auto text = line.substr(begin, end - begin);
                const auto skipped = std::min(text.find_first_not_of(" \t"), text.size());
                text.remove_prefix(skipped);
                text = text.substr(0, text.find_last_not_of(" \t\r") + 1);
                if (text.size() >= 2 && text.front() == '"' && text.back() == '"')
                    text = text.substr(1, text.size() - 2);
                fields.push_back({text, begin + skipped + 1});
                begin = end + 1;
            }
            return fields;
        }
    }

    data_set read_csv(std::string const& path, std::string const& text)
    {
        data_set data;
        data.path = path;
        std::vector<double> numbers;
        std::size_t line_number = 0, width = 0;
        bool first = true;
        std::istringstream lines(text);
        for (std::string line; std::getline(lines, line);)
        {
            ++line_number;
            if (line.find_first_not_of(" \t\r") == std::string::npos)
                continue;
            const auto fields = split(line);
            if (first)
            {
                first = false;
                width = fields.size();
                const bool names =
                    std::none_of(fields.begin(), fields.end(),
                                 [](field const& f) { return parse_number(f.text); });
                for (std::size_t j = 0; j < width; ++j)
                    data.names.push_back(names && !fields[j].text.empty()
                                             ? std::string(fields[j].text)
                                             : fmt::format("x{}", j));
                if (names)
                    continue;
            }
            if (fields.size() != width)
                throw input_error(path, line_number,
                                  fields[std::min(width, fields.size() - 1)].column,
                                  fmt::format("found {} field{}, expected {} as in the first line",
                                              fields.size(), fields.size() == 1 ? "" : "s", width));
            for (auto const& f : fields)
            {
                const auto v = parse_number(f.text);
                if (!v)
                    throw input_error(path, line_number, f.column,
                                      fmt::format("found {}, expected a number", quoted(f.text)));
                numbers.push_back(*v);
            }
        }
        if (numbers.empty())
            throw input_error(path, line_number + 1, 1,
                              "found the end of the file, expected rows of numbers");
        data.points = matrix::from_shape({numbers.size() / width, width});
        std::copy(numbers.begin(), numbers.end(), data.points.begin());
        return data;
    }
}
