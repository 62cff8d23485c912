#include "agent/relay/silent_clients.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "cdp/core/targets.hpp"
#include "platform/log/log.hpp"

namespace relay {
namespace {

using Kind = ClientWaits::Kind;

constexpr std::string_view run_method = "Runtime.runIfWaitingForDebugger";
constexpr std::string_view fetch_domain = "Fetch.";
/// Each ends the wait of one request.
constexpr std::array<std::string_view, 5> answers_of_fetch = {"Fetch.continueRequest", "Fetch.continueResponse",
                                                              "Fetch.continueWithAuth", "Fetch.failRequest",
                                                              "Fetch.fulfillRequest"};

/// The command was not carried out, and may be the next time.
bool worth_another_try(cdp::Fate fate) noexcept {
    return fate == cdp::Fate::overloaded || fate == cdp::Fate::timed_out || fate == cdp::Fate::stale;
}

}  // namespace

/// What waits in the client's own browser contexts is its own: nobody else needs it.
void SilentClients::on_event(Client& client, const cdp::Message& event) const {
    if (event.method == "Target.attachedToTarget") {
        if (cdp::member(event.body, "waitingForDebugger") != "true") return;
        const std::string context = cdp::member(cdp::raw_member(event.body, "targetInfo"), "browserContextId");
        if (client.contexts.contains(context)) return;
        return client.waits.add({Kind::target, cdp::member(event.body, "sessionId"), {}});
    }
    if (!event.method.starts_with(fetch_domain) || in_own_context(client, event.session)) return;
    const Kind kind = event.method == "Fetch.authRequired" ? Kind::challenge : Kind::request;
    client.waits.add({kind, std::string{event.session}, cdp::member(event.body, "requestId")});
}

bool SilentClients::in_own_context(const Client& client, std::string_view session) const {
    const std::string_view context = browser_.context_of(session);
    return !context.empty() && client.contexts.contains(context);
}

void SilentClients::on_command(Client& client, const Command& command) {
    if (command.method == run_method) return client.waits.ran(command.session);
    if (!command.method.starts_with(fetch_domain)) return;
    if (command.method == "Fetch.disable") return client.waits.fetch_ended(command.session);
    const auto& all = answers_of_fetch;
    if (std::find(all.begin(), all.end(), command.method) == all.end()) return;
    client.waits.answered(command.session, cdp::member(command.params, "requestId"));
}

void SilentClients::on_session_end(std::string_view session) const {
    for (const auto& entry : clients_) entry.second->waits.session_ended(session);
}

/// A controller that has to wait for its turn is not silent.
TimePoint SilentClients::silent_at(const Client& client) const {
    return client.silent_at(std::max(settings_.silent_after, shares_.answers_within(client)));
}

bool SilentClients::others_work(const Client& client, TimePoint now) const {
    if (other_command_at_ > client.heard_at) return true;
    return std::any_of(clients_.begin(), clients_.end(), [&](const auto& entry) {
        const Client& other = *entry.second;
        return &other != &client && other.state == Client::State::open && silent_at(other) > now;
    });
}

TimePoint SilentClients::due_at(const Client& client, TimePoint now) const {
    if (client.waits.empty()) return TimePoint::max();
    const TimePoint due = silent_at(client);
    if (due == TimePoint::max() || !others_work(client, now)) return TimePoint::max();
    return std::max(due, client.waits.again_at());
}

void SilentClients::act_due(TimePoint now, realtime::Ticket& last) {
    for (const auto& entry : clients_) {
        Client& client = *entry.second;
        if (due_at(client, now) > now) continue;
        auto waits = client.waits.take();
        if (!std::exchange(client.passed_over, true)) {
            platform::log::info("a client is silent ({}): what waits for it goes on", client.label);
        }
        for (ClientWaits::One& one : waits) {
            const realtime::Ticket ticket = ++last;
            const Asked& asked = asked_.insert_or_assign(ticket, Asked{client.id, std::move(one)}).first->second;
            browser_.let_go_on(ClientWaits::One{asked.what}, ticket);  // the answer may come during the call
        }
    }
}

void SilentClients::on_answer(const cdp::Answer& answer, TimePoint now) {
    auto found = asked_.extract(answer.ticket);
    if (found.empty() || !worth_another_try(answer.fate)) return;
    if (Client* const client = client_in(clients_, found.mapped().client)) {
        client->waits.put_back(std::move(found.mapped().what), now + settings_.let_go_again);
    }
}

}  // namespace relay
