#include "agent/daemon/policy_answer.hpp"

#include "agent/pairing/store_settings.hpp"

namespace agent::daemon {

relay::PolicyAnswer policy_answer(const config::Config& config, const std::string& method, const std::string& params) {
    const relay::Policy policy{config.relay.policy};
    return relay::policy_check(policy, method, params, pairing::spool_folder(config), config.relay.browser_has_window);
}

}  // namespace agent::daemon
