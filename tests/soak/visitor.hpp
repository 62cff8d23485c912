// One who opens pages, does to them what tests and people do, and closes them again; for as long as the soak lasts.
#pragma once

#include <array>
#include <cstddef>
#include <optional>
#include <random>
#include <string>

#include "tests/soak/line.hpp"

namespace soak {

/// A moment in which nobody does anything, so that the agent's memory can be compared with that of other such moments.
struct Rest {
    explicit Rest(net::io_context& io) : over{io, TimePoint::max()} {}
    bool wanted = false;
    int at_rest = 0;       // visitors that have closed their pages and wait
    platform::Timer over;  // cancelled at the end of each rest
};

class Visitor {
  public:
    Visitor(Line& line, std::uint64_t seed, const bool& over, Rest& rest)
        : line_{line}, over_{over}, rest_{rest}, random_{seed} {}

    awaitable<void> visit();

  private:
    struct Page {
        std::string target;
        std::string session;
        bool usable = true;
    };

    awaitable<void> rest_where_wanted();
    awaitable<std::optional<Page>> open();
    awaitable<void> do_something(Page& page);
    awaitable<void> compute(const Page& page);
    awaitable<void> navigate(const Page& page);
    awaitable<void> photograph(const Page& page);
    awaitable<void> read_stream(json where);
    awaitable<void> crash(Page& page);
    awaitable<void> hang(Page& page);
    awaitable<void> talk(const Page& page);
    awaitable<void> close_meanwhile(Page& page);
    awaitable<void> close(const Page& page);
    void did(const char* deed) { ++line_.figures.deeds[deed]; }
    /// What to do next: each of all deeds once, in a random order, and then again. A short soak does them all.
    unsigned draw();
    unsigned dice(unsigned sides) { return static_cast<unsigned>(random_() % sides); }

    bool fresh_ = true;
    Line& line_;
    const bool& over_;
    Rest& rest_;
    std::mt19937_64 random_;
    std::array<unsigned, 12> deeds_{};
    std::size_t next_ = deeds_.size();
};

}  // namespace soak
