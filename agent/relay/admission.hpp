// Which commands are relayed at all: refusals before the policy is asked, and which command has to make room.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>

#include "agent/relay/audit.hpp"
#include "agent/relay/core/flights.hpp"
#include "agent/relay/core/result.hpp"
#include "agent/relay/pause.hpp"
#include "agent/relay/settings.hpp"

namespace relay {

/// What admission looks at.
struct Arrival {
    realtime::SenderId sender = 0;
    std::size_t params_bytes = 0;
    bool stale = false;     // it waited in the socket over a suspend or a stop of the process
    bool at_pause = false;  // it passes in a pause too: it ends a client
};

/// No clock, no log: the caller says what time it is.
class Admission {
  public:
    /// All references outlive the Admission.
    Admission(const Settings& settings, Flights& flights, const Audit& audit) noexcept
        : settings_{settings}, flights_{flights}, audit_{audit} {}

    /// From now on new commands are answered `stopping`; `reason` is a sentence for the sender.
    void refuse_new(std::string reason) { stopping_ = std::move(reason); }

    /// A person needs the machine: new commands are answered `busy` until the pause is over. Nothing: resume.
    void set_pause(std::optional<Pause> pause) { pause_ = pause; }
    /// The pause, if one holds at `now`.
    const Pause* pause(WallTime now) const noexcept;

    /// No new command is accepted.
    bool stopping() const noexcept { return stopping_.has_value(); }

    /// Why the command is not relayed; nothing: it is relayed.
    std::optional<Refusal> refusal(const Arrival& arrival, WallTime now) const;

    /// Senders that were not seen before share their places at the browser. Where those are taken, a command that has
    /// been there for long makes room: it is the one to be answered with `evicted`. Else the new one is refused.
    struct Place {
        std::optional<Refusal> refusal = {};
        Flight* evicted = nullptr;
    };
    Place place_for_stranger(TimePoint now);
    static Refusal evicted();
    /// For a command whose message has more bytes than the socket may read (realtime.read_limit).
    static Refusal overlong(std::uint64_t size, std::uint64_t limit);

  private:
    std::optional<Refusal> pause_refusal(WallTime now) const;
    std::optional<Refusal> room_refusal(const Arrival& arrival) const;

    const Settings& settings_;
    Flights& flights_;
    const Audit& audit_;
    std::optional<Pause> pause_;
    std::optional<std::string> stopping_;  // the reason, while nothing is relayed
};

}  // namespace relay
