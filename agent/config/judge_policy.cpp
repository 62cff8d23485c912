#include "agent/config/judge_policy.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <string_view>
#include <vector>

#include "agent/relay/core/policy.hpp"
#include "agent/relay/core/policy_table.hpp"
#include "agent/relay/core/policy_url.hpp"
#include "platform/text.hpp"

namespace config {
namespace {

using Names = std::vector<std::string>;

/// Every method of the table: "Page.navigate".
Names all_methods() {
    Names found;
    for (const auto& row : relay::policy_table()) {
        for (const auto& name : platform::split(row.methods, ' ')) {
            found.push_back(std::string(row.domain) + "." + name);
        }
    }
    return found;
}

std::string lower(std::string text) {
    std::transform(text.begin(), text.end(), text.begin(),
                   [](char c) { return static_cast<char>(c >= 'A' && c <= 'Z' ? c + 32 : c); });
    return text;
}

/// As platform::nearest(), upper and lower case alike; the candidate as it is written. Empty: none is near.
std::string nearest(const std::string& word, const Names& candidates) {
    Names small;
    for (const auto& candidate : candidates) small.push_back(lower(candidate));
    const auto near = platform::nearest(lower(word), small);
    if (!near) return {};
    return candidates[static_cast<std::size_t>(std::find(small.begin(), small.end(), *near) - small.begin())];
}

std::string suggestion(const std::string& pattern, const Names& methods) {
    const auto dot = pattern.find('.');
    const bool whole_domain = dot != std::string::npos && pattern.find('*') != std::string::npos;
    if (!whole_domain) return nearest(pattern, methods);
    Names domains;
    for (const auto& row : relay::policy_table()) domains.emplace_back(row.domain);
    const auto domain = nearest(pattern.substr(0, dot), domains);
    return domain.empty() ? domain : domain + ".*";
}

}  // namespace

std::string what_matches_nothing(const std::string& rule) {
    const auto begin = std::min(rule.find_first_not_of(' '), rule.size());
    const auto pattern = rule.substr(begin, rule.find(' ', begin) - begin);
    if (pattern.starts_with(relay::newer_chrome)) return {};
    const auto methods = all_methods();
    const auto fits = [&](const std::string& method) { return relay::matches_glob(pattern, method); };
    if (std::any_of(methods.begin(), methods.end(), fits)) return {};
    const auto meant = suggestion(pattern, methods);
    return fmt::format("matches no command that is known{}; for one that only a newer Chrome knows write {}{}",
                       meant.empty() ? "" : fmt::format("; did you mean {}?", meant), relay::newer_chrome, pattern);
}

std::string command_like(const std::string& method) {
    const auto methods = all_methods();
    const bool known = std::any_of(methods.begin(), methods.end(),
                                   [&](const std::string& one) { return relay::matches_glob(one, method); });
    return known ? std::string{} : nearest(method, methods);
}

}  // namespace config
