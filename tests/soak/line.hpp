// The soak's controller: many commands at a time, each awaited by a coroutine, all of them counted.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <random>
#include <string>
#include <vector>

#include "platform/clock.hpp"
#include "tests/support/world.hpp"

namespace soak {

using namespace std::chrono_literals;
using nlohmann::json;

/// What is printed at the end.
struct Figures {
    std::uint64_t sent = 0;
    std::map<std::string, std::uint64_t> outcomes;  // "result", "error" (Chrome's), the agent's reasons
    std::map<std::string, std::uint64_t> deeds;     // pages, crashes, screenshots, kills, …
    std::uint64_t stream_bytes = 0;
    Duration latest{};  // the longest that an answer came after its command's own limit
};

class Line {
  public:
    explicit Line(support::World& world);

    /// One command, to be awaited by answer().
    std::uint64_t send(std::string method, json params, std::string session, std::chrono::milliseconds limit);
    awaitable<json> answer(std::uint64_t id);
    awaitable<json> ask(std::string method, json params = json::object(), std::string session = {},
                        std::chrono::milliseconds limit = 10s);

    /// Ids that have not exactly one answer.
    std::vector<std::uint64_t> not_once() const;

    Figures figures;

  private:
    struct Waiting {
        std::string method;
        TimePoint sent{};
        Duration limit{};
        json reply;  // null: not yet
    };
    void take(const std::string& id, const std::string& payload);

    net::io_context& io_;
    platform::Timer wake_;
    std::map<std::uint64_t, Waiting> waiting_;
    std::vector<std::uint8_t> answers_{0};  // by id: how many
    std::unique_ptr<support::Controller> controller_;
};

/// "ok", or why not: "chrome", or the agent's reason.
std::string outcome_of(const json& reply);

}  // namespace soak
