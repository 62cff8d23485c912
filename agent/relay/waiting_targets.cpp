#include "agent/relay/waiting_targets.hpp"

#include <algorithm>
#include <utility>

#include "cdp/core/targets.hpp"
#include "platform/log/log.hpp"

namespace relay {

/// What waits in the client's own browser contexts is its own: nobody else needs it.
void WaitingTargets::on_event(Client& client, const cdp::Message& event) {
    if (event.method != "Target.attachedToTarget") return;
    if (cdp::member(event.body, "waitingForDebugger") != "true") return;
    const std::string context = cdp::member(cdp::raw_member(event.body, "targetInfo"), "browserContextId");
    if (!client.contexts.contains(context)) client.waiting.insert(cdp::member(event.body, "sessionId"));
}

void WaitingTargets::on_session_end(std::string_view session) const {
    for (const auto& entry : clients_) entry.second->let_run(session);
}

/// A controller that has to wait for its turn is not silent.
TimePoint WaitingTargets::silent_at(const Client& client) const {
    return client.silent_at(std::max(settings_.silent_after, shares_.answers_within(client)));
}

bool WaitingTargets::others_work(const Client& client, TimePoint now) const {
    if (other_command_at_ > client.heard_at) return true;
    return std::any_of(clients_.begin(), clients_.end(), [&](const auto& entry) {
        const Client& other = *entry.second;
        return &other != &client && other.state == Client::State::open && silent_at(other) > now;
    });
}

TimePoint WaitingTargets::due_at(const Client& client, TimePoint now) const {
    if (client.waiting.empty()) return TimePoint::max();
    const TimePoint due = silent_at(client);
    return due == TimePoint::max() || others_work(client, now) ? due : TimePoint::max();
}

void WaitingTargets::let_run_due(TimePoint now, realtime::Ticket ticket) const {
    for (const auto& entry : clients_) {
        Client& client = *entry.second;
        if (due_at(client, now) > now) continue;
        const auto sessions = std::exchange(client.waiting, {});
        platform::log::info("a client is silent ({}): {} targets that waited for it run", client.label,
                            sessions.size());
        for (const std::string& session : sessions) browser_.let_run(session, ticket);
    }
}

}  // namespace relay
