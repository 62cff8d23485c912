#include "agent/relay/script_gates.hpp"

#include <utility>

#include "agent/relay/core/members.hpp"
#include "agent/relay/core/script_gate.hpp"
#include "platform/clock.hpp"
#include "platform/json/core/slice.hpp"

namespace relay {
namespace {

constexpr std::string_view register_script = "Page.addScriptToEvaluateOnNewDocument";
constexpr std::string_view unregister_script = "Page.removeScriptToEvaluateOnNewDocument";
constexpr std::string_view unregister_elder = "Page.removeScriptToEvaluateOnLoad";

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

ScriptGates::Gated ScriptGates::send_gate(const Flight& flight, const Command& command, const cdp::Destination& to) {
    auto gated = gate_script(command.method, command.params, flight.ticket, settings_.policy.allow_urls);
    if (!gated) return {};
    if (scripts_.full(command.session)) {
        return {.refusal = Refusal{Reason::overloaded, "The session has too many scripts: take some back."}};
    }
    const realtime::Ticket gate = tickets_.next();
    scripts_.begin(flight.ticket, gate, command.session);
    browser_.submit({gate, to, register_script, gated->gate_params, flight.deadline, flight.held.slot});
    return {.params = std::move(gated->params)};
}

bool ScriptGates::takes_back(const Command& command) const {
    return settings_.policy.profile != Profile::full &&
           (command.method == unregister_script || command.method == unregister_elder);
}

bool ScriptGates::begin_removal(realtime::Ticket ticket, const Command& command) {
    std::string identifier = identifier_in(command.params);
    if (identifier.empty()) return true;  // Chrome says what is wrong
    if (!scripts_.stands(command.session, identifier)) return false;
    removals_.insert_or_assign(ticket, Removal{std::string{command.session}, std::move(identifier)});
    return true;
}

void ScriptGates::on_removal(const cdp::Answer& answer) {
    const auto found = removals_.extract(answer.ticket);
    if (found.empty() || answer.fate != cdp::Fate::result) return;
    const auto gate = scripts_.take(found.mapped().session, found.mapped().identifier);
    const std::string session{answer.session};
    if (gate && !gate->empty() && !session.empty()) remove({cdp::Destination::Kind::session, session}, *gate);
}

void ScriptGates::on_new_browser() {
    scripts_.clear();
    removals_.clear();
}

void ScriptGates::remove(const cdp::Destination& to, std::string_view identifier) {
    std::string params = R"({"identifier":)";
    platform::append_quoted(params, identifier);
    params += '}';
    browser_.submit({tickets_.next(), to, unregister_script, params, platform::BootClock::now() + settings_.timeout});
}

bool ScriptGates::on_gate(const cdp::Answer& answer) {
    if (!scripts_.is_gate(answer.ticket)) return false;
    scripts_.on_gate(answer.ticket, given_identifier(answer));
    return true;
}

std::optional<Refusal> ScriptGates::on_script(const cdp::Answer& answer) {
    if (!scripts_.is_script(answer.ticket)) return std::nullopt;
    const auto answered = scripts_.on_script(answer.ticket, answer.session, given_identifier(answer));
    if (answered.outcome == RegisteredScripts::Outcome::other || answered.identifier.empty()) return std::nullopt;
    const std::string session{answer.session};
    if (!session.empty()) remove({cdp::Destination::Kind::session, session}, answered.identifier);
    if (answered.outcome != RegisteredScripts::Outcome::no_gate) return std::nullopt;
    return Refusal{Reason::denied, "The script could not be held back from refused places: it was not registered."};
}

}  // namespace relay
