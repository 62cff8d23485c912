#include "agent/doctor/report.hpp"

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>

#include "platform/json/tree.hpp"
#include "platform/text.hpp"

namespace doctor {
namespace {

constexpr std::array<std::string_view, 4> words{"ok", "warning", "failed", "skipped"};
constexpr std::size_t shown_bytes = 600;

}  // namespace

void Report::add(std::string check, Outcome outcome, std::string what, std::string remedy) {
    findings_.push_back({std::move(check), outcome, std::move(what), std::move(remedy)});
}

void Report::skip(std::initializer_list<const char*> checks, const std::string& why) {
    for (const auto* check : checks) add(check, Outcome::skipped, why);
}

Finding* Report::find(std::string_view check) {
    const auto found =
        std::find_if(findings_.begin(), findings_.end(), [&](const Finding& one) { return one.check == check; });
    return found == findings_.end() ? nullptr : &*found;
}

std::string for_people(const std::vector<Finding>& findings) {
    std::string text;
    for (const auto& [check, outcome, what, remedy] : findings) {
        std::string word(words[static_cast<std::size_t>(outcome)]);
        word.resize(8, ' ');
        text.append(word).append(check).append(": ").append(platform::clean(what, shown_bytes)).append("\n");
        if (!remedy.empty()) text.append("        -> ").append(platform::clean(remedy, shown_bytes)).append("\n");
    }
    return text;
}

std::string as_json(const std::vector<Finding>& findings) {
    nlohmann::json all = nlohmann::json::array();
    for (const auto& [check, outcome, what, remedy] : findings) {
        all.push_back({{"check", check},
                       {"outcome", words[static_cast<std::size_t>(outcome)]},
                       {"what", platform::clean(what, shown_bytes)},
                       {"remedy", platform::clean(remedy, shown_bytes)}});
    }
    return platform::to_text(all) + "\n";
}

bool any_failed(const std::vector<Finding>& findings) {
    return std::any_of(findings.begin(), findings.end(),
                       [](const Finding& finding) { return finding.outcome == Outcome::failed; });
}

}  // namespace doctor
