// SPDX-License-Identifier: BSL-1.0
// A random program: how it is run, checked and printed.
#pragma once
#include <iosfwd>
#include <string>

#include <random/machine.hpp>

namespace programs
{
    struct program
    {
        std::uint8_t rows = 0, columns = 0;  // numbers of sizes
        std::uint32_t numbers = 0;           // seed of the initial values
        std::vector<instruction> body;
    };

    // Compilable C++ that runs the program through verify::compare_modes.
    std::ostream& operator<<(std::ostream& out, program const& p);
    // One statement with its registers filled in.
    std::string statement(instruction const& q, std::size_t m, std::size_t n);
    std::size_t rows_of(program const& p);
    std::size_t columns_of(program const& p);

    struct evaluation
    {
        double value = 0;
        std::vector<double> gradient;  // of all inputs, in order; 0 where there is none
    };
    evaluation evaluate(program const& p);

    struct outcome
    {
        std::string wrong;  // empty: everything agrees
        bool kink = false;  // finite differences cross a kink: they were not compared
        bool wild =
            false;  // values or slopes beyond 1e4: nothing was compared but reverse and forward mode, if finite
        bool loose =
            false;  // finite differences estimate their own error as more than 1e-3 of the slope, or contradict each other: they were not compared
        bool amplifies = false;  // results differ by more than 1e-12, and by less than what a few roundings of inputs and statements do
    };
    // Reverse mode against forward mode and finite differences along a random direction. Two sweeps must agree bit for bit,
    // and the sweep that consumes the tape up to roundings, as must values in every mode; the inputs must not change.
    outcome check(program const& p);
}
