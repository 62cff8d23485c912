// `agent --listen`: joins any channel and writes what comes, one JSON object a line.
// Thread rule: the loop's thread. Lifetime: everything handed in by reference outlives it.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "agent/realtime/core/failure.hpp"
#include "agent/realtime/settings.hpp"
#include "platform/net.hpp"

namespace credentials {
class Tokens;
}
namespace platform {
class Worker;
}

namespace realtime {

struct ListenOptions {
    std::string topic;  // without "realtime:": "settings:global", "ws:42", …
    bool public_channel = false;
    std::vector<std::string> postgres_changes = {};  // "schema.table" or "schema.table:column=op.value"
    std::string event = {};             // only broadcasts of that name, or changes of that kind; empty: all
    std::int64_t replay_since_ms = -1;  // stored broadcasts since then, Unix milliseconds; negative: none
    std::uint64_t count = 0;            // ends after so many lines; 0: goes on
};

/// The subscriptions as the join wants them (JSON text of an array). Nothing: one of them is not
/// `schema.table[:filter]`, which `problem` then names.
std::optional<std::string> subscriptions_of(const ListenOptions& options, std::string& problem);

/// How it ended.
enum class Listened : std::uint8_t {
    counted,  // `count` lines were written
    stopped,  // stop() was called
    refused,  // the channel cannot be joined with this token or these settings: see the status lines
};

class Listen {
  public:
    /// Writes a line (without its end): what came, or the state of the connection, for people.
    using Write = std::function<void(std::string_view line)>;

    struct Outputs {
        Write line;    // standard output
        Write status;  // standard error
    };

    /// `settings` says where and how; topic and the like come from `options`.
    Listen(net::any_io_executor executor, platform::Worker& network, realtime::Settings settings,
           credentials::Tokens& tokens, ListenOptions options, Outputs outputs);
    ~Listen();
    Listen(const Listen&) = delete;
    Listen& operator=(const Listen&) = delete;

    awaitable<Listened> run();

    /// Who ends what run() came back for with Listened::refused.
    Cause cause() const noexcept;

    /// Leaves the channel and ends run().
    void stop();

  private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace realtime
