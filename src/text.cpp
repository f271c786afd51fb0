// SPDX-License-Identifier: BSL-1.0
// Texts that every error shares.
#include <etape/core/buffer.hpp>
#include <etape/core/error.hpp>

#include <cstring>

namespace etape
{
    bool site::known() const noexcept
    {
        return line != 0 && std::strstr(file, "/include/c++/") == nullptr;
    }

    std::string to_string(site const& s)
    {
        if (!s.known())
            return "an unknown place";
        const char* slash = std::strrchr(s.file, '/');
        std::string text = slash != nullptr ? slash + 1 : s.file;
        text += ':' + std::to_string(s.line);
        if (s.function != nullptr && *s.function != '\0')
            text += std::string(" (in ") + s.function + ")";
        return text;
    }

    std::string shape_text(const std::size_t* shape, std::size_t rank)
    {
        std::string text = "(";
        for (std::size_t k = 0; k < rank; ++k)
            text += (k != 0 ? ", " : "") + std::to_string(shape[k]);
        return text + (rank == 1 ? ",)" : ")");
    }

    void throw_shape_error(const char* call, const std::string& found, const std::string& expected)
    {
        throw shape_error(std::string("etape: ") + call + ": found " + found + ", expected " + expected);
    }

    void throw_linalg_error(const char* call, const std::string& found, const std::string& expected)
    {
        throw linalg_error(std::string("etape: ") + call + ": found " + found + ", expected " + expected);
    }

    std::size_t runtime::empty_or_throw(const std::size_t* shape, int rank)
    {
        for (int k = 0; k < rank; ++k)
            if (shape[k] == 0)
                return 0;
        throw_shape_error("array", "shape " + shape_text(shape, static_cast<std::size_t>(rank)), "fewer bytes than memory has addresses");
    }

    void throw_tape_error(const std::string& text)
    {
        throw tape_error("etape: " + text);
    }
    void runtime::throw_copied_source(const char* call, site const& where, std::size_t first, std::size_t second)
    {
        throw_tape_error(std::string(call) + " at " + to_string(where) + ": found sources " + std::to_string(first) + " and " + std::to_string(second) +
                         " of a vector to be copies of one variable, of which each would get the derivative by all; expected variables of their own "
                         "(vector<variable>(n, value) copies one n times: make it from a vector of numbers; to ask twice, pass the variable twice)");
    }
}
