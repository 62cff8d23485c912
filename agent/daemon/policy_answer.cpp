#include "agent/daemon/policy_answer.hpp"

#include "agent/pairing/store_settings.hpp"

relay::PolicyAnswer policy_answer(const service::Config& config, const std::string& method, const std::string& params) {
    const relay::Policy policy{config.relay.policy};
    return relay::policy_check(policy, method, params, spool_folder(config), config.relay.browser_has_window);
}
