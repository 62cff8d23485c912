// Scripts for new documents on their way to the browser: each goes behind its gate, and is taken back with it.
#include <algorithm>
#include <utility>

#include "agent/relay/core/policy_params.hpp"
#include "agent/relay/core/script_gate.hpp"
#include "agent/relay/router.hpp"
#include "platform/clock.hpp"
#include "platform/json/core/slice.hpp"

namespace relay {
namespace {

constexpr std::string_view register_script = "Page.addScriptToEvaluateOnNewDocument";
constexpr std::string_view unregister_script = "Page.removeScriptToEvaluateOnNewDocument";
constexpr std::string_view unregister_elder = "Page.removeScriptToEvaluateOnLoad";

cdp::Destination destination_of(const Command& command, Place place, const Settings& settings) {
    using Kind = cdp::Destination::Kind;
    if (place == Place::session) return {Kind::session, command.session};
    return {place == Place::default_page && settings.default_page ? Kind::default_page : Kind::browser, {}};
}

std::string identifier_in(std::string_view params) {
    std::string_view value;
    std::string scratch;
    if (find_member(params, "identifier", value) != Found::one) return {};
    return std::string{platform::unescape(value, scratch)};
}

/// The identifier that Chrome gave a script, or empty.
std::string given_identifier(const cdp::Answer& answer) {
    return answer.fate == cdp::Fate::result ? identifier_in(answer.text) : std::string{};
}

}  // namespace

bool Router::follow_gate(const cdp::Answer& answer) {
    if (!scripts_.is_gate(answer.ticket)) return false;
    scripts_.on_gate(answer.ticket, given_identifier(answer));
    return true;
}

void Router::forward_script(Flight& flight, const Command& command, Place place) {
    const auto gated = gate_script(command.method, command.params, flight.ticket, settings_.policy.allow_urls);
    if (!gated) return forward(flight, command, place, command.params);
    if (scripts_.full(command.session)) {
        return answers_.refuse(flight, {Reason::overloaded, "The session has too many scripts: take some back."});
    }
    const realtime::Ticket gate = tickets_.next();
    scripts_.begin(flight.ticket, gate, command.session);
    browser_.submit({gate, destination_of(command, place, settings_), register_script, gated->gate_params,
                     flight.deadline, flight.held.seat});
    forward(flight, command, place, gated->params);
}

bool Router::takes_script_back(const Command& command) const {
    return settings_.policy.profile != Profile::full &&
           (command.method == unregister_script || command.method == unregister_elder);
}

void Router::take_script_back(Flight& flight, const Command& command, Place place) {
    const std::string identifier = identifier_in(command.params);
    if (identifier.empty()) return forward(flight, command, place, command.params);
    const auto gate = scripts_.take(command.session, identifier);
    if (!gate) return answers_.give_error(flight, write_cdp_error(command.id, server_error_code, "Script not found"));
    const auto to = destination_of(command, place, settings_);
    forward(flight, command, place, command.params);
    if (!gate->empty()) remove_script(to, *gate);
}

void Router::remove_script(const cdp::Destination& to, const std::string& identifier) {
    std::string params = R"({"identifier":)";
    platform::append_quoted(params, identifier);
    params += '}';
    browser_.submit({tickets_.next(), to, unregister_script, params, platform::BootClock::now() + settings_.timeout});
}

/// True: the flight has been answered here.
bool Router::follow_script(Flight& flight, const cdp::Answer& answer) {
    if (!scripts_.is_script(flight.ticket)) return false;
    const auto answered = scripts_.on_script(flight.ticket, answer.session, given_identifier(answer));
    if (answered.outcome == RegisteredScripts::Outcome::other || answered.identifier.empty()) return false;
    const std::string session{answer.session};
    if (!session.empty()) remove_script({cdp::Destination::Kind::session, session}, answered.identifier);
    if (answered.outcome != RegisteredScripts::Outcome::no_gate) return false;
    answers_.refuse(flight,
                    {Reason::denied, "The script could not be held back from refused places: it was not registered."});
    return true;
}

}  // namespace relay
