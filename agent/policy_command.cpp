#include "agent/policy_command.hpp"

#include <cstdio>

#include "agent/relay/core/policy.hpp"

namespace policy_command {

std::string what_is_wrong(const service::Config& config) {
    return relay::Policy{config.relay.policy}.error();
}

service::Exit run(const service::Config& config, const std::vector<std::string>& words) {
    const relay::Policy policy{config.relay.policy};
    const std::string params = words.size() > 1 ? words[1] : std::string{};
    const auto answer =
        relay::policy_check(policy, words.front(), params, config.relay.spool.folder, config.relay.browser_has_window);
    std::fputs(answer.text.c_str(), stdout);
    if (config.browser.mode == cdp::BrowserMode::attach) {
        std::fputs("the browser is attached to: whoever reaches its DevTools port goes around the policy\n", stdout);
    }
    return answer.passes ? service::Exit::ok : service::Exit::refused;
}

}  // namespace policy_command
