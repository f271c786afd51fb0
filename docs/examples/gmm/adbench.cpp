// SPDX-License-Identifier: BSL-1.0
// Reading data: the text format of ADBench's Gaussian mixtures.
#include <cctype>
#include <charconv>
#include <string_view>

#include <fmt/format.h>

#include "data.hpp"

namespace gmm
{
    namespace
    {
        // Words between white space, with their places.
        class words
        {
        public:
            words(std::string const& path, std::string_view text)
                : path_(path),
                  text_(text)
            {
            }
            double number(const char* what)
            {
                const auto word = next(what);
                const auto v = parse_number(word);
                if (!v)
                    fail(fmt::format("found {}, expected a number ({})", quoted(word), what));
                return *v;
            }
            std::size_t count(const char* what)
            {
                const auto word = next(what);
                std::size_t v = 0;
                const auto [end, error] =
                    std::from_chars(word.data(), word.data() + word.size(), v);
                if (error != std::errc() || end != word.data() + word.size() || v < 1)
                    fail(fmt::format("found {}, expected a whole number of at least 1 ({})",
                                     quoted(word), what));
                return v;
            }
            void end()
            {
                skip_blanks();
                if (at_ < text_.size())
                    fail(fmt::format("found {}, expected the end of the file", quoted(next(""))));
            }

        private:
            void skip_blanks()
            {
                for (; at_ < text_.size() &&
                     std::isspace(static_cast<unsigned char>(text_[at_])) != 0;
                     ++at_)
                    if (text_[at_] == '\n')
                    {
                        ++line_;
                        line_start_ = at_ + 1;
                    }
                column_ = at_ - line_start_ + 1;
            }
            std::string_view next(const char* what)
            {
                skip_blanks();
                const auto begin = at_;
                while (at_ < text_.size() &&
                       std::isspace(static_cast<unsigned char>(text_[at_])) == 0)
                    ++at_;
                if (at_ == begin)
                    fail(fmt::format("found the end of the file, expected a number ({})", what));
                return text_.substr(begin, at_ - begin);
            }
            [[noreturn]] void fail(std::string const& message) const
            {
                throw input_error(path_, line_, column_, message);
            }

            std::string const& path_;
            std::string_view text_;
            std::size_t at_ = 0, line_ = 1, line_start_ = 0, column_ = 1;
        };

        // Grows with what is really there: a wrong count in the first line must not ask for all memory.
        std::vector<double> read_block(words& in, std::size_t rows, std::size_t columns,
                                       const char* what)
        {
            std::vector<double> block;
            for (std::size_t i = 0; i < rows; ++i)
                for (std::size_t j = 0; j < columns; ++j)
                    block.push_back(in.number(what));
            return block;
        }
    }

    data_set read_adbench(std::string const& path, std::string const& text)
    {
        words in(path, text);
        const auto d = in.count("dimensions d"), K = in.count("components K"),
                   n = in.count("points n");
        auto flat = read_block(in, K, 1, "logits of the weights");
        const auto means = read_block(in, K, d, "means");
        const auto factors = read_block(in, K, d + d * (d - 1) / 2, "precision factors");
        const auto points = read_block(in, n, d, "points");
        in.number("gamma of the prior");
        in.number("m of the prior");
        in.end();

        data_set data;
        data.path = path;
        for (std::size_t j = 0; j < d; ++j)
            data.names.push_back(fmt::format("x{}", j));
        data.points = matrix::from_shape({n, d});
        std::copy(points.begin(), points.end(), data.points.begin());
        flat.insert(flat.end(), means.begin(), means.end());
        flat.insert(flat.end(), factors.begin(), factors.end());
        data.start = unflatten(flat, K, d);
        return data;
    }
}
