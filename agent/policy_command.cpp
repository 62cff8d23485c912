#include "agent/policy_command.hpp"

#include "agent/relay/core/policy.hpp"
#include "agent/store_settings.hpp"
#include "agent/terminal.hpp"

namespace policy_command {

service::Exit run(const service::Config& config, const std::vector<std::string>& words) {
    const relay::Policy policy{config.relay.policy};
    const std::string params = words.size() > 1 ? words[1] : std::string{};
    const auto answer =
        relay::policy_check(policy, words.front(), params, spool_folder(config), config.relay.browser_has_window);
    print(answer.text);
    if (config.browser.mode == cdp::BrowserMode::attach) {
        print("the browser is attached to: whoever reaches its DevTools port goes around the policy\n");
    }
    return answer.passes ? service::Exit::ok : service::Exit::refused;
}

}  // namespace policy_command
