#include "agent/relay/continue_for_silent.hpp"

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

/// What the command lets go on where the browser carries it out.
ClientWaits::Ended ended_by(const Flight& command) {
    using What = ClientWaits::Ended::What;
    if (command.method == run_method) return {What::target, command.session, {}};
    if (command.method == "Fetch.disable") return {What::fetch, command.session, {}};
    if (!command.method.starts_with(fetch_domain) || command.kept_params.empty()) return {};
    return {What::request, command.session, command.kept_params};
}

/// The command was not carried out, and may be the next time.
bool worth_another_try(cdp::Fate fate) noexcept {
    return fate == cdp::Fate::overloaded || fate == cdp::Fate::timed_out || fate == cdp::Fate::stale;
}

}  // namespace

/// What waits in the client's own browser contexts is its own: nobody else needs it.
void ContinueForSilent::on_event(Client& client, const cdp::Message& event) const {
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

bool ContinueForSilent::in_own_context(const Client& client, std::string_view session) const {
    const std::string_view context = browser_.context_of(session);
    return !context.empty() && client.contexts.contains(context);
}

std::string ContinueForSilent::request_answered_by(const Command& command) {
    const auto& all = answers_of_fetch;
    if (!command.method.starts_with(fetch_domain) || std::find(all.begin(), all.end(), command.method) == all.end()) {
        return {};
    }
    return cdp::member(command.params, "requestId");
}

void ContinueForSilent::on_command(Client& client, const Flight& command) {
    client.waits.answer(ended_by(command));
}

void ContinueForSilent::on_outcome(Client& client, const Flight& command, bool carried_out) {
    client.waits.settle(ended_by(command), carried_out);
}

void ContinueForSilent::on_session_end(std::string_view session) const {
    for (const auto& entry : clients_) entry.second->waits.session_ended(session);
}

/// A controller that has to wait for its turn is not silent.
TimePoint ContinueForSilent::silent_at(const Client& client) const {
    return client.silent_at(std::max(settings_.silent_after, shares_.answers_within(client)));
}

bool ContinueForSilent::others_work(const Client& client, TimePoint now) const {
    if (other_command_at_ > client.heard_at) return true;
    return std::any_of(clients_.begin(), clients_.end(), [&](const auto& entry) {
        const Client& other = *entry.second;
        return &other != &client && other.state == Client::State::open && silent_at(other) > now;
    });
}

TimePoint ContinueForSilent::due_at(const Client& client, TimePoint now) const {
    if (client.waits.empty()) return TimePoint::max();
    const TimePoint due = silent_at(client);
    if (due == TimePoint::max() || !others_work(client, now)) return TimePoint::max();
    return std::max(due, client.waits.again_at());
}

void ContinueForSilent::act_due(TimePoint now, realtime::Ticket& last) {
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

void ContinueForSilent::on_answer(const cdp::Answer& answer, TimePoint now) {
    auto found = asked_.extract(answer.ticket);
    if (found.empty() || !worth_another_try(answer.fate)) return;
    if (Client* const client = client_in(clients_, found.mapped().client)) {
        client->waits.put_back(std::move(found.mapped().what), now + settings_.let_go_again);
    }
}

}  // namespace relay
