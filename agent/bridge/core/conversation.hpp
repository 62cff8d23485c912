// Joins commands with their answers, of any number of clients. Pure: it takes what was heard and `now`. All of it is
// bounded.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "agent/bridge/core/seen_message.hpp"

namespace bridge {

class Conversation {
  public:
    /// Commands without an answer that are remembered. The oldest goes first.
    static constexpr std::size_t most_commands = 4096;
    /// Ids of the last answers that are remembered: an answer is sent again after a loss of the link.
    static constexpr std::size_t most_answered = 256;
    /// A command without an answer is shown by itself after this time.
    static constexpr Duration shown_after = std::chrono::seconds{1};

    void command(SeenMessage sight, TimePoint now);

    /// The answer with what its command had. Nothing: a second copy of it.
    std::optional<SeenMessage> answer(SeenMessage sight, TimePoint now);

    /// The commands that have waited for shown_after. due_at(): when there is one; TimePoint::max(): there is none.
    std::vector<SeenMessage> take_late(TimePoint now);
    TimePoint due_at() const;

    /// The commands of a client that have no answer, which are forgotten then.
    std::vector<SeenMessage> take_open(const std::string& client);
    /// Likewise of all.
    std::vector<SeenMessage> take_open();

    std::size_t size() const noexcept { return commands_.size(); }

  private:
    struct Command {
        std::string key;
        SeenMessage sight;
        TimePoint at;
    };
    template <class Which>
    std::vector<SeenMessage> take_those(Which&& which);

    std::map<std::uint64_t, Command> commands_;                  // by the order in which they were heard
    std::map<std::string, std::uint64_t, std::less<>> numbers_;  // of commands_, by key
    std::uint64_t last_number_ = 0;
    std::uint64_t shown_ = 0;           // commands up to this one were shown without an answer
    std::deque<std::string> answered_;  // keys
};

}  // namespace bridge
