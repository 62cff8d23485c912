// One who opens pages, does to them what tests and people do, and closes them again; for as long as the soak lasts.
#pragma once

#include <optional>
#include <random>
#include <string>

#include "tests/soak/line.hpp"

namespace soak {

class Visitor {
  public:
    Visitor(Line& line, std::uint64_t seed, const bool& over) : line_{line}, over_{over}, random_{seed} {}

    awaitable<void> visit();

  private:
    struct Page {
        std::string target;
        std::string session;
        bool usable = true;
    };

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
    unsigned dice(unsigned sides) { return static_cast<unsigned>(random_() % sides); }

    Line& line_;
    const bool& over_;
    std::mt19937_64 random_;
};

}  // namespace soak
