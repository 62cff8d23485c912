#include "agent/doctor/subject.hpp"

#include <nlohmann/json.hpp>

#include "agent/control/control.hpp"
#include "agent/control/running_agent.hpp"
#include "platform/json/tree.hpp"

namespace doctor {

Subject::Subject(const config::Loaded& given, std::string named)
    : loaded(given), device(std::move(named)), config(given.config) {}
Subject::~Subject() = default;

void Subject::ask_agent() {
    const auto agent = control::running::find(config, control::running::Need::read);
    out_of_reach = agent.problem;
    if (agent.socket.empty()) return;
    const auto asked = control::ask_agent(agent.socket, "GET", "/status");
    if (asked.status != 200) return;
    if (auto tree = platform::parse_json(asked.body)) status = std::make_unique<nlohmann::json>(std::move(*tree));
}

std::string_view Subject::how_to_renew() const {
    return credentials::how_to_renew(credential ? credential->origin : credentials::Origin::stored);
}

const nlohmann::json* part_of(const nlohmann::json* status, const char* name) {
    return status != nullptr ? platform::find(*status, name) : nullptr;
}

std::string word_of(const nlohmann::json& tree, const char* name) {
    return platform::get_string(tree, name).value_or("");
}

}  // namespace doctor
