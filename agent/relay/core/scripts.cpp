#include "agent/relay/core/scripts.hpp"

#include <utility>

namespace relay {

void RegisteredScripts::begin(Ticket script, Ticket gate, std::string_view session) {
    going_.insert_or_assign(script, Going{gate, std::string{session}, false, {}});
    of_gates_.insert_or_assign(gate, script);
}

bool RegisteredScripts::full(std::string_view session) const {
    const auto found = sessions_.find(std::string{session});
    return found != sessions_.end() && found->second.gates.size() >= max_session_scripts;
}

void RegisteredScripts::on_gate(Ticket gate, std::string_view identifier) {
    const auto found = of_gates_.find(gate);
    if (found == of_gates_.end()) return;
    const auto going = going_.find(found->second);
    of_gates_.erase(found);
    if (going == going_.end()) return;
    going->second.gate_answered = true;
    going->second.gate_identifier = identifier;
}

RegisteredScripts::Answered RegisteredScripts::on_script(Ticket script, std::string_view real_session,
                                                         std::string_view identifier) {
    const auto found = going_.find(script);
    if (found == going_.end()) return {};
    const Going going = std::move(found->second);
    going_.erase(found);
    if (identifier.empty()) return {Outcome::no_script, going.gate_identifier};
    if (going.gate_answered && going.gate_identifier.empty()) return {Outcome::no_gate, std::string{identifier}};
    auto& session = at(going.session);
    // The default page was another one: what stood there has gone with it.
    if (session.real != real_session) session = {std::string{real_session}, {}};
    session.gates.insert_or_assign(std::string{identifier}, going.gate_identifier);
    return {Outcome::stands, {}};
}

RegisteredScripts::Session& RegisteredScripts::at(const std::string& session) {
    const auto found = sessions_.find(session);
    if (found != sessions_.end()) return found->second;
    order_.push_back(session);
    if (order_.size() > max_script_sessions) {
        sessions_.erase(order_.front());
        order_.pop_front();
    }
    return sessions_[session];
}

bool RegisteredScripts::stands(std::string_view session, std::string_view identifier) const {
    const auto found = sessions_.find(std::string{session});
    return found != sessions_.end() && found->second.gates.contains(std::string{identifier});
}

std::optional<std::string> RegisteredScripts::take(std::string_view session, std::string_view identifier) {
    const auto found = sessions_.find(std::string{session});
    if (found == sessions_.end()) return std::nullopt;
    const auto gate = found->second.gates.find(std::string{identifier});
    if (gate == found->second.gates.end()) return std::nullopt;
    std::string taken = std::move(gate->second);
    found->second.gates.erase(gate);
    return taken;
}

void RegisteredScripts::clear() {
    going_.clear();
    of_gates_.clear();
    sessions_.clear();
    order_.clear();
}

}  // namespace relay
