#include "agent/control/exit_code.hpp"

#include <nlohmann/json.hpp>
#include <string>

#include "agent/control/core/health.hpp"
#include "agent/control/health_report.hpp"
#include "platform/json/tree.hpp"

namespace control {
namespace {

using nlohmann::json;

std::string text_in(const json& tree, const char* key) {
    return platform::get_string(tree, key).value_or("");
}

/// Of a release that told nothing of its health, which runs on until it is restarted after an upgrade.
Exit exit_of_older(const json& tree) {
    if (!platform::get_bool(tree, "paired").value_or(false)) return Exit::unpaired;
    if (text_in(tree, "state") != "joined") return Exit::not_joined;
    if (!text_in(tree, "paused").empty()) return Exit::paused;
    const auto* link = platform::find(tree, "link");
    const auto twin = link != nullptr ? text_in(*link, "twin") : std::string{};
    if (twin == "yielding") return Exit::yielding;
    return twin == "empty" ? Exit::disputed : Exit::ok;
}

}  // namespace

Exit exit_of(Trouble trouble) noexcept {
    switch (trouble) {
        case Trouble::unpaired:
            return Exit::unpaired;
        case Trouble::not_joined:
            return Exit::not_joined;
        case Trouble::paused:
            return Exit::paused;
        case Trouble::yielding:
            return Exit::yielding;
        case Trouble::no_browser:
            return Exit::no_browser;
        case Trouble::audit_refuses:
        case Trouble::audit_stopped:
            return Exit::audit_stopped;
        case Trouble::not_accepted:
            return Exit::not_accepted;
        case Trouble::disputed:
            return Exit::disputed;
        case Trouble::token_ends:
            return Exit::token_ends;
        case Trouble::spool_full:
            return Exit::spool_full;
    }
    return Exit::failure;
}

Exit exit_of_status(std::string_view text) {
    const auto tree = platform::parse_json(text);
    if (!tree) return Exit::failure;
    const auto* causes = causes_in(*tree);
    if (causes == nullptr) return exit_of_older(*tree);
    if (causes->empty()) return Exit::ok;
    const auto worst = trouble_named(text_in(causes->front(), "cause"));
    return worst ? exit_of(*worst) : Exit::failure;
}

}  // namespace control
