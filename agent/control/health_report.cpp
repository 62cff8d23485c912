#include "agent/control/health_report.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "agent/control/status.hpp"
#include "platform/json/tree.hpp"
#include "platform/text.hpp"

namespace control {
namespace {

using nlohmann::json;

constexpr std::size_t sentence_bytes = 400;

std::string remedy_for_browser(cdp::BrowserMode mode) {
    if (mode == cdp::BrowserMode::hosted) {
        return "systemctl status bmc-browser says how it is; systemctl start bmc-browser, after systemctl unmask "
               "bmc-browser where it is masked";
    }
    if (mode == cdp::BrowserMode::attach)
        return "start the browser that browser.url names, with its DevTools port open";
    return "agent --doctor starts one and says what is wrong (browser.path, sandbox, shared memory)";
}

std::string word_in(const json& tree, const char* key) {
    return platform::get_string(tree, key).value_or("");
}

}  // namespace

Vitals vitals_of(const Report& report) {
    Vitals vitals;
    vitals.paired = report.paired;
    vitals.gate_reason = report.gate_reason;
    vitals.gate_remedy = report.gate_remedy;
    vitals.paused = report.paused;
    vitals.link = realtime::State::connecting;
    if (const auto* link = report.link) {
        vitals.link = link->state;
        vitals.link_reason = link->reason;
        vitals.yielding = link->twin == realtime::Twin::yielding;
        vitals.disputed = link->twin == realtime::Twin::empty;
        vitals.not_accepted = link->not_accepted;
    }
    if (const auto* browser = report.browser) {
        vitals.browser_known = true;
        vitals.browser_answers = browser->state == cdp::BrowserState::attached;
        vitals.browser_reason = browser->reason;
        vitals.browser_remedy = browser->waits_for_person
                                    ? "press Allow in Chrome; where it does not ask any more, run agent --resume"
                                    : remedy_for_browser(report.browser_mode);
    }
    vitals.token_left = report.token_left;
    vitals.token_left_words = platform::for_people(report.token_left ? report.token_left->count() : 0);
    vitals.token_refreshed = report.token_refreshed;
    vitals.token_given = report.token_given;
    vitals.token_trouble = report.token_trouble;
    vitals.token_remedy = report.token_remedy;
    vitals.audit = report.audit_trouble;
    vitals.audit_refuses = report.audit_refuses;
    vitals.spool = report.spool_trouble;
    return vitals;
}

const json* causes_in(const json& status) {
    const auto* health = platform::find(status, "health");
    const auto* causes = health != nullptr ? platform::find(*health, "causes") : nullptr;
    return causes != nullptr && causes->is_array() ? causes : nullptr;
}

json health_json(const std::vector<Ailment>& ailments) {
    json causes = json::array();
    for (const auto& one : ailments) {
        causes.push_back({{"cause", to_string(one.what)},
                          {"sentence", platform::clean(one.sentence, sentence_bytes)},
                          {"remedy", platform::clean(one.remedy, sentence_bytes)}});
    }
    return {{"ok", ailments.empty()}, {"causes", std::move(causes)}};
}

std::vector<std::string> health_lines(const json& status) {
    std::vector<std::string> lines;
    const auto* causes = causes_in(status);
    if (causes == nullptr) return lines;
    for (const auto& cause : *causes) {
        const auto remedy = word_in(cause, "remedy");
        lines.push_back(fmt::format("{}{}{}", word_in(cause, "sentence"), remedy.empty() ? "" : "; ", remedy));
    }
    if (lines.empty()) lines.emplace_back("ok: a command is served now");
    return lines;
}

}  // namespace control
