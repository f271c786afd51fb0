// SPDX-License-Identifier: BSL-1.0
// Exceptions: one base class, one type per kind of misuse. Each text names the call, what was found and what was expected.
#pragma once
#include <cstddef>
#include <stdexcept>
#include <string>

#include <etape/core/site.hpp>

namespace etape
{
    struct error : std::logic_error
    {
        using std::logic_error::logic_error;
    };
    // Shapes that do not fit: broadcasting, seeds, matmul, axes.
    struct shape_error : error
    {
        using error::error;
    };
    // A tape used against its rules: second sweep, pause while not recording, stale handle.
    struct tape_error : error
    {
        using error::error;
    };
    // A tape or a recorded handle used on a thread that it does not belong to.
    struct thread_error : tape_error
    {
        using tape_error::tape_error;
    };
    // A matrix without what an operation needs: an inverse, positive definiteness.
    struct linalg_error : error
    {
        using error::error;
    };
    // An operation that has no rule for the mode that was asked for.
    struct rule_error : error
    {
        using error::error;
    };
    // Dereferencing a gradient that does not exist; the text is the explanation.
    struct missing_gradient : error
    {
        using error::error;
    };

    // "(2, 3)"
    std::string shape_text(const std::size_t* shape, std::size_t rank);
    // Throws shape_error "etape: <call>: found <a>, expected <b>".
    [[noreturn]] void throw_shape_error(const char* call, const std::string& found, const std::string& expected);
    [[noreturn]] void throw_tape_error(const std::string& text);
    [[noreturn]] void throw_linalg_error(const char* call, const std::string& found, const std::string& expected);
    namespace runtime
    {
        // Sources `first` and `second` of a vector.
        [[noreturn]] void throw_copied_source(const char* call, site const& where, std::size_t first, std::size_t second);
    }
}
