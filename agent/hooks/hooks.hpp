// Programs of the machine's owner, run when something happens on the channel (contract, section 2): without a shell,
// with the event and its payload as JSON on standard input, a clean environment, a process group and a time limit of
// their own. One of a kind runs at a time, and at most one a second: the newest waits, the rest is dropped and counted.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "agent/hooks/settings.hpp"
#include "platform/net.hpp"

namespace hooks {

/// From the start of one hook of a kind to the start of the next.
inline constexpr std::chrono::seconds hook_spacing{1};
/// A payload that is larger is not handed on (the hook sees null): what hooks are for fits.
inline constexpr std::size_t hook_payload_bytes = std::size_t{64} * 1024;

/// Whether a payload from the channel is looked into at all: small, and JSON of bounded depth. Trees cost many times
/// what their text does.
bool is_readable_payload(std::string_view payload) noexcept;

struct HookCounters {
    std::uint64_t started = 0;
    std::uint64_t failed = 0;   // did not start, ended with an error, or was killed at its limit
    std::uint64_t dropped = 0;  // a newer one came while it waited
    std::uint64_t without = 0;  // events for which no hook is configured
};

class Hooks {
  public:
    /// `settings` outlives it; a reload may change it.
    Hooks(net::any_io_executor executor, const HookSettings& settings);
    Hooks(const Hooks&) = delete;
    Hooks& operator=(const Hooks&) = delete;

    /// `payload` is the JSON text of any value; empty: null. Returns at once.
    void fire(HookEvent event, std::string_view payload = {});

    /// The same for what happens all the time: without a hook it is not worth a line.
    void fire_if_set(HookEvent event, std::string_view payload = {}) {
        if (!settings_.command(event).empty()) fire(event, payload);
    }

    /// Runs what was fired until stop(); kills what runs then.
    awaitable<Error> run();
    void stop();

    const HookCounters& counters() const noexcept { return counters_; }
    /// Whether one runs now.
    bool busy() const noexcept { return running_ > 0; }

  private:
    /// One of each kind.
    struct Line {
        std::optional<std::string> waiting;  // what goes to its standard input
        TimePoint not_before = TimePoint::min();
        bool running = false;
    };

    awaitable<void> run_line(std::size_t index);
    awaitable<void> run_one(HookEvent event, std::string input);

    net::any_io_executor executor_;
    const HookSettings& settings_;
    std::array<Line, hook_events> lines_;
    HookCounters counters_;
    platform::Timer changed_;  // never expires: cancelled when something is to be looked at
    std::size_t running_ = 0;
    bool stopping_ = false;
};

}  // namespace hooks
