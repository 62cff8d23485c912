// Where pages stand, as the browser tells it.
#pragma once

#include <string>
#include <vector>

#include "agent/relay/core/policy_url.hpp"
#include "driver.hpp"

namespace relay::test {

inline bool denied(const json& answer) {
    if (!answer.contains("error") || !answer["error"].contains("data")) return false;
    const json& data = answer["error"]["data"];
    return data.is_object() && data.value("reason", "") == "denied";
}

/// All targets of the browser, whatever their type.
inline awaitable<json> all_targets(Driver& driver) {
    const json answer = co_await driver.ask("Target.getTargets", R"({"filter":[{}]})");
    EXPECT_TRUE(answer.contains("result")) << answer;
    const json result = answer.value("result", json::object());
    co_return result.value("targetInfos", json::array());
}

/// The pages and frames that stand at a refused place: none, once `limit` has given the guard its time.
inline awaitable<std::vector<std::string>> standing_refused(Driver& driver, Duration limit = 10s) {
    std::vector<std::string> refused;
    const auto end = std::chrono::steady_clock::now() + limit;
    do {
        if (!refused.empty()) co_await driver.pause(20ms);
        refused.clear();
        const json targets = co_await all_targets(driver);
        for (const auto& target : targets) {
            const std::string type = target["type"];
            const std::string url = target["url"];
            if (type != "page" && type != "iframe") continue;
            if (!url.empty() && is_refused_page(url, type)) refused.push_back(type + ' ' + url);
        }
    } while (!refused.empty() && std::chrono::steady_clock::now() < end);
    co_return refused;
}

}  // namespace relay::test
