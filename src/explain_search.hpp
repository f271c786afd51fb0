// SPDX-License-Identifier: BSL-1.0
// The two walks behind an explanation: forward over everything that uses the source in any way, and backward from the
// targets along differentiable edges, up to the places where the path breaks.
#pragma once
#include <string>
#include <unordered_map>
#include <vector>

#include <etape/tape/log.hpp>
#include <etape/tape/tape_core.hpp>

namespace etape::explaining
{
    struct key
    {
        id_space space;
        std::uint32_t id;
    };

    // A place where the differentiable path from the targets ends.
    struct broken
    {
        reason why = reason::none;
        const char* operation = "";  // that broke it
        site where{};
        const char* reader = "";  // the recorded statement that reads what is left of it
        site read_at{};
        state_change const* state = nullptr;  // of the tape then, for values that it did not record
        bool direct = false;                  // the reader reads the source itself
        std::vector<key> starts;              // where the lost history goes on
    };

    // A set of values.
    class marks
    {
    public:
        explicit marks(log_view const& log);
        // True when it is new.
        bool set(key k);
        bool get(key k) const;

    private:
        std::vector<std::vector<bool>> of_;  // by space
    };

    class search
    {
    public:
        search(tape_core const& t, std::vector<key> source);

        // From these values back. After it: breaks, and the leaves at which the paths end.
        void from_targets(std::vector<key> const& starts);
        // A target without a number on the log.
        void from_lost_target(const origin* o);
        // The source is on a differentiable path.
        bool reached() const;
        // The break behind which the source is; the most telling one if there are several.
        broken const* best() const;
        // What reads the source first: "exp at fit.cpp:21", or nothing.
        std::string first_use() const;

        std::vector<key> leaves;
        // Values without a history on this recording that are read on the way: "mul at fit.cpp:12". The first few.
        std::vector<std::string> strangers;
        // Rules on the way whose functions may have captured the source: "softplus at fit.cpp:9". The first few.
        std::vector<std::string> captors;

        // On a differentiable path from the targets.
        bool on_path(key k) const
        {
            return path_.get(k);
        }
        // A version that a value replaced by assignment.
        struct version
        {
            key before;
            site where{};  // of the assignment
        };
        // The versions behind these values, from the youngest to the oldest.
        std::vector<version> versions(std::vector<key> const& of, const origin* why) const;
        // The first reason in a chain of notes that is one.
        static const origin* cause(const origin* o);

    private:
        void mark_uses();
        bool uses(key k);
        bool uses(const origin* o);
        void keys_of(id_space space, std::uint64_t tag, std::vector<key>& to) const;
        void follow(node const& n, edge const& e);
        void outside(std::uint32_t position, node const& n, key out);
        void lost(const origin* o, reason otherwise, node const* reader);
        void note_captor(const char* rule, site const& where);
        void note_stranger(const origin* o);
        void note_stranger(buffer const* values, node const& reader);
        void at_leaves();
        void at_scalar_leaves(id_space space);

        tape_core const& tape_;
        log_view log_;
        std::vector<key> source_;
        marks used_;  // depends on the source in some way
        marks path_;  // on a differentiable path from the targets
        std::vector<broken> breaks_;
        std::unordered_map<const origin*, bool> known_;
        std::vector<std::unordered_map<std::uint32_t, std::uint32_t>> overwrote_;  // by space
    };
}
