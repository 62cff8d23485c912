// The sessions of one connection, who opened them, and what their targets are; kept from the events that Chrome sends
// without being asked, and from Target.setDiscoverTargets of our own session.
#pragma once

#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "cdp/core/message.hpp"
#include "cdp/core/pending.hpp"
#include "cdp/core/targets.hpp"

namespace cdp {

/// One session. Its state comes by events, some of which come only where their domain was enabled in it.
struct Session {
    std::string id;
    std::string parent;  // the session it was opened in; empty: the connection's own
    std::string target;
    bool crashed = false;  // Inspector.targetCrashed, until it was reloaded
    bool dialog = false;   // Page.javascriptDialogOpening, until it closed
    bool paused = false;   // Debugger.paused, until it resumed
};

/// What an event changed for those who wait for answers.
struct SessionChange {
    enum class Kind { none, detached, crashed };
    Kind kind = Kind::none;
    std::vector<std::string> sessions;  // that lost what was in flight; the first one is the event's own
};

class SessionTable {
  public:
    /// Takes notice of an event. `own_session` is the one in which we asked for discovery: the targets of others'
    /// discoveries tell nothing new.
    SessionChange on_event(const Message& event, std::string_view own_session);

    const Session* find(std::string_view session) const;
    /// What the session is attached to, or null. Valid until the next event.
    const TargetInfo* target_of(std::string_view session) const;
    const TargetInfo* target(std::string_view id) const;
    /// One of the sessions that are attached to that target, or null. Looks through all of them.
    const Session* any_of(std::string_view target) const;
    /// Notes that the target stands at this refused place. Discovery does not change the note; an empty place removes
    /// it.
    void found_at(std::string_view target, std::string_view place);

    /// The session from which this one descends and which the connection's own opened, or itself where it is that one;
    /// empty where it is not known. `root` is the session that stands for the connection's own.
    std::string_view top_of(std::string_view session, std::string_view root) const;
    /// All sessions that descend from `top`, itself among them.
    std::vector<std::string> below(std::string_view top, std::string_view root) const;

    std::size_t size() const noexcept { return sessions_.size(); }
    std::size_t targets() const noexcept { return targets_.size(); }
    /// Of them, pages that a person would see.
    std::size_t pages() const noexcept;

  private:
    template <class T>
    using Table = std::unordered_map<std::string, T, platform::TextHash, std::equal_to<>>;

    SessionChange on_target_event(const Message& event, std::string_view name, bool ours);
    SessionChange detach(std::string_view session);
    void attach(const Message& event);
    void mark_crashed(std::string_view target, bool crashed);
    void forget_undiscovered(const std::string& target);
    void keep(std::string_view object, bool replace);
    void place_first(const Session& session, std::string_view frame);
    Session* at(std::string_view session);

    Table<Session> sessions_;
    Table<TargetInfo> targets_;
};

}  // namespace cdp
