// SPDX-License-Identifier: BSL-1.0
// The walks behind the explanations of one call, none of which depends on the source: backward from the targets along differentiable
// edges, up to the places where the path breaks, and from those places on back over everything that was used there in any way.
#pragma once
#include <array>
#include <span>
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

    // The numbers that a source may be known by: what it is, and the leaf that it began as.
    class known_as
    {
    public:
        void push_back(key k)
        {
            keys_[n_++] = k;
        }
        key const* begin() const noexcept
        {
            return keys_.data();
        }
        key const* end() const noexcept
        {
            return keys_.data() + n_;
        }
        bool empty() const noexcept
        {
            return n_ == 0;
        }

    private:
        std::array<key, 2> keys_{};
        std::size_t n_ = 0;
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
        explicit search(tape_core const& t);

        // From these values back. After it: breaks, and the leaves at which the paths end.
        void from_targets(std::vector<key> const& starts);
        // A target without a number on the log.
        void from_lost_target(const origin* o);
        // The source is on a differentiable path.
        bool reached(known_as const& source) const;
        // The break behind which the source is; the most telling one if there are several.
        broken const* best(known_as const& source);
        // What reads the source first: "exp at fit.cpp:21", or nothing.
        std::string first_use(known_as const& source);

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
        std::vector<version> versions(known_as const& of, const origin* why) const;
        // The first reason in a chain of notes that is one.
        static const origin* cause(const origin* o);

    private:
        // ---- what is behind the breaks: explain_search_uses.cpp ----
        // Numbers of breaks, the most telling one is 0.
        using telling = std::uint32_t;
        static constexpr telling nothing = ~telling{0};
        std::vector<std::vector<std::uint32_t>> for_each_value(std::uint32_t start) const;
        void find_readers();
        std::uint32_t first_reader(key k) const;
        void mark_uses();
        void use_all(telling t);
        void use(key k, telling t);
        void use(const origin* o, telling t);
        void use_indirectly(key k, telling t);
        telling behind(key k) const;
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
        marks path_;  // on a differentiable path from the targets
        std::vector<broken> breaks_;
        // Made when they are first asked for.
        bool readers_known_ = false, uses_known_ = false;
        std::vector<std::vector<std::uint32_t>> readers_;  // by space and id: the position of the first statement that reads it, + 1; 0: none
        std::vector<std::size_t> by_telling_;              // the breaks that have a reason, in this order
        // By space and id: the most telling break that depends on the value, and that does so also through what the value itself was before.
        std::vector<std::vector<telling>> behind_, used_;
        std::unordered_map<const origin*, telling> known_;
        std::vector<key> values_to_do_;
        std::vector<const origin*> notes_to_do_;
        std::vector<std::unordered_map<std::uint32_t, std::uint32_t>> overwrote_;  // by space
    };
}
