// Sums up a recording: how many commands, the slowest ones, the errors, and the time that each domain took. Pure. What
// is remembered is bounded, whatever the file says.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "agent/bridge/core/replay_line.hpp"

namespace bridge {

struct ReplayReport {
    struct Slow {
        RecordTime time;  // of the answer
        SeenMessage sight;
    };
    struct Failed {
        std::string method;  // empty: the command was not heard
        std::int64_t code = 0;
        std::string message;
        std::uint64_t count = 0;
    };
    struct Domain {
        std::string name;
        std::uint64_t commands = 0;
        std::uint64_t failed = 0;
        Duration took{};
        Duration longest{};
        std::uint64_t bytes = 0;  // of the results
    };
    struct Event {
        std::string method;
        std::uint64_t count = 0;
        std::uint64_t bytes = 0;  // of the parameters, as far as they were recorded
    };
    struct Ended {
        std::string reason;
        std::uint64_t count = 0;
    };

    std::optional<RecordHead> head = {};
    RecordTime from{};
    RecordTime to{};
    std::size_t clients = 0;
    std::uint64_t ok = 0;
    std::uint64_t failed = 0;
    std::uint64_t unanswered = 0;
    std::uint64_t unheard = 0;  // answers whose command was not heard; they count among ok and failed
    std::uint64_t events = 0;
    std::vector<Slow> slowest = {};    // the slowest first
    std::vector<Failed> errors = {};   // the most frequent first
    std::vector<Domain> domains = {};  // the one that took the most time first
    std::vector<Event> by_event = {};  // the most frequent first
    std::vector<Ended> ended = {};     // likewise
    std::vector<std::string> notes = {};

    std::uint64_t commands() const noexcept { return ok + failed + unanswered; }
};

class Replay {
  public:
    static constexpr std::size_t most_slowest = 10;
    /// Of each list: what comes beyond it is counted in the sums alone.
    static constexpr std::size_t most_rows = 1000;
    static constexpr std::size_t most_notes = 20;
    /// Commands that have no answer so far, and clients.
    static constexpr std::size_t most_known = 65536;

    /// The next line of the file, without its end. What is wrong with it, as the end of a sentence; empty: nothing is.
    std::string take(std::string_view line);

    ReplayReport report() const;

  private:
    void take_sight(ReplayLine line);
    void take_answer(ReplayLine line);
    void take_event(const SeenMessage& sight);
    void add_time(const ReplayLine& line);
    void add_error(const SeenMessage& sight);
    void keep_if_slow(ReplayLine line);

    ReplayReport sums_;
    bool begun_ = false;
    std::set<std::string> clients_;
    std::set<std::string> waiting_;  // keys
    std::map<std::string, ReplayReport::Domain, std::less<>> domains_;
    std::map<std::string, ReplayReport::Failed, std::less<>> errors_;
    std::map<std::string, ReplayReport::Event, std::less<>> events_;
    std::map<std::string, ReplayReport::Ended, std::less<>> ended_;
};

}  // namespace bridge
