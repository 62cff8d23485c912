// Who is online: joins `devices:all` as a visitor and follows its presence for as long as somebody wants to know, or
// until it was answered once. What it hears counts as deliveries in the backend's limit of events. One thread, the
// loop's.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "agent/bridge/channel.hpp"
#include "agent/bridge/core/presence_roll.hpp"
#include "platform/net.hpp"

namespace bridge {

class PresenceWatch final : realtime::Listener {
  public:
    /// `changed` is called on the loop, after each change of what version_of() or problem() says.
    using Changed = std::function<void(const PresenceWatch&)>;
    PresenceWatch(const Channel::Needs& needs, Changed changed);

    /// Joins and follows until stop().
    awaitable<void> run();
    void stop();

    /// Whether the backend tells who is online.
    bool known() const noexcept { return roll_.known(); }
    const PresenceRoll& roll() const noexcept { return roll_; }
    std::optional<std::string> version_of(std::string_view uuid) const { return roll_.version_of(uuid); }
    /// Why it is not known: a sentence. Empty: it is known, or the backend was not heard yet.
    const std::string& problem() const noexcept { return problem_; }
    /// It will not be known unless somebody does something about the problem.
    bool barred() const noexcept { return barred_; }

  private:
    void on_broadcast(const realtime::Broadcast&) override {}
    void on_settled(realtime::Ticket, realtime::Settled) override {}
    void on_event(std::string_view topic, std::string_view event, std::string_view payload) override;
    void on_status(const realtime::Status& status) override;
    void note_unreadable();

    Changed changed_;
    realtime::Settings settings_;
    realtime::Supervisor link_;
    PresenceRoll roll_;
    std::string problem_;
    bool barred_ = false;
};

/// What was told once.
struct PresenceLook {
    PresenceRoll roll;
    std::string problem;  // why the roll is not known: a sentence; empty: it is known
};
/// One look. It ends when the backend has said who is online, or after `limit`.
awaitable<PresenceLook> look_at_presence(Channel::Needs needs, Duration limit);

}  // namespace bridge
