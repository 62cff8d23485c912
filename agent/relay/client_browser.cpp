#include "agent/relay/client_browser.hpp"

#include <algorithm>
#include <chrono>

#include "agent/relay/core/client_text.hpp"
#include "cdp/core/targets.hpp"
#include "platform/clock.hpp"
#include "platform/json/core/slice.hpp"

namespace relay {
namespace {

/// A session that the browser takes longer to give is none that anybody would know of.
constexpr Duration attach_limit = std::chrono::seconds{60};
/// For what the agent sends for itself when a client ends.
constexpr Duration farewell_limit = std::chrono::seconds{10};

std::string with_text(std::string_view before, std::string_view text) {
    return std::string{before}.append(text).append("\"}");
}

}  // namespace

std::string ClientBrowser::attach_params(std::string_view target) {
    return with_text(R"({"flatten":true,"targetId":")", target);
}

void ClientBrowser::attach(realtime::Ticket ticket, std::string_view target, TimePoint deadline) {
    cdp::Request asked;
    asked.ticket = ticket;
    asked.method = target.empty() ? "Target.attachToBrowserTarget" : attach_method;
    const std::string params = target.empty() ? std::string{} : attach_params(target);
    asked.params = params;
    asked.deadline = std::max(deadline, platform::BootClock::now() + attach_limit);
    browser_.submit(asked);
}

void ClientBrowser::ask(realtime::Ticket ticket, const cdp::Destination& to, std::string_view method,
                        std::string_view params) {
    browser_.submit({ticket, to, method, params, platform::BootClock::now() + farewell_limit});
}

void ClientBrowser::detach(std::string_view session, realtime::Ticket ticket) {
    ask(ticket, {}, "Target.detachFromTarget", with_text(R"({"sessionId":")", session));
}

void ClientBrowser::dispose(std::string_view context, realtime::Ticket ticket) {
    ask(ticket, {}, "Target.disposeBrowserContext", with_text(R"({"browserContextId":")", context));
}

void ClientBrowser::let_run(std::string_view session, realtime::Ticket ticket) {
    ask(ticket, {cdp::Destination::Kind::session, session}, "Runtime.runIfWaitingForDebugger", {});
}

void ClientBrowser::let_go_on(const ClientWaits::One& what, realtime::Ticket ticket) {
    if (what.kind == ClientWaits::Kind::target) return let_run(what.session, ticket);
    const bool challenge = what.kind == ClientWaits::Kind::challenge;
    std::string params = R"({"requestId":)";
    platform::append_quoted(params, what.request);
    params += challenge ? R"(,"authChallengeResponse":{"response":"Default"}})" : "}";
    ask(ticket, {cdp::Destination::Kind::session, what.session},
        challenge ? "Fetch.continueWithAuth" : "Fetch.continueRequest", params);
}

std::string_view ClientBrowser::context_of(std::string_view session) const {
    const cdp::TargetInfo* const target = browser_.target_of(session);
    return target != nullptr ? std::string_view{target->context} : std::string_view{};
}

/// Pages that stand still, requests that are held, a trace, browser contexts.
void ClientBrowser::leave(const Client& client, realtime::Ticket ticket) {
    if (browser_.status().state != cdp::BrowserState::attached) return;
    using Kind = cdp::Destination::Kind;
    if (!client.session.empty()) {
        for (const std::string& session : browser_.sessions_below(client.session)) {
            ask(ticket, {Kind::session, session}, "Fetch.disable", {});
            let_run(session, ticket);
        }
        ask(ticket, {Kind::session, client.session}, "Tracing.end", {});
    }
    for (const std::string& context : client.contexts) dispose(context, ticket);
    if (!client.session.empty()) detach(client.session, ticket);
}

bool ClientBrowser::may_hear(const Client& client, const cdp::Message& event) const {
    if (event.session == client.session && event.method.starts_with("Target.")) return true;
    if (event.method == "Fetch.requestPaused" &&
        hidden_.hides_page(client, cdp::member(cdp::raw_member(event.body, "request"), "url"), "page")) {
        return false;
    }
    if (is_lifecycle_event(event.method)) return true;
    const cdp::TargetInfo* const target = browser_.target_of(event.session);
    if (target == nullptr) return !hidden_.hides_page(client, "chrome://unknown", {});
    return target->type == "browser" || !hidden_.hides_page(client, target->place(), target->type);
}

}  // namespace relay
