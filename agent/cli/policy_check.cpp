#include "agent/cli/policy_check.hpp"

#include <nlohmann/json.hpp>

#include "agent/cli/terminal.hpp"
#include "agent/config/judge_policy.hpp"
#include "agent/control/control.hpp"
#include "agent/control/running_agent.hpp"
#include "agent/daemon/policy_answer.hpp"
#include "platform/json/tree.hpp"
#include "platform/percent.hpp"

namespace cli::policy_command {
namespace {

using namespace std::chrono_literals;

constexpr Duration ask_limit = 3s;  // a running agent that does not answer is not what the person asks about
constexpr int http_ok = 200;

/// The judgement of the agent that runs for this profile; nothing where none runs or it does not say.
std::optional<std::string> judgement_of_running(const config::Config& config, const std::string& method,
                                                const std::string& params) {
    std::string target = "/policy?method=" + platform::percent_encode(method);
    if (!params.empty()) target.append("&params=").append(platform::percent_encode(params));
    const auto agent = control::running::find(config, control::running::Need::read);
    if (agent.socket.empty()) return std::nullopt;
    const auto asked = control::ask_agent(agent.socket, "GET", std::move(target), ask_limit);
    if (asked.status != http_ok) return std::nullopt;
    return asked.body;
}

}  // namespace

control::Exit run(const config::Config& config, const std::vector<std::string>& words) {
    const std::string params = words.size() > 1 ? words[1] : std::string{};
    if (const auto parsed = platform::parse_json(params); !params.empty() && (!parsed || !parsed->is_object())) {
        complain("--policy-check: PARAMS is no JSON object: write it as in '{\"url\":\"https://example.com\"}'");
        return control::Exit::usage;
    }
    const auto answer = agent::daemon::policy_answer(config, words.front(), params);
    const bool advisory = config.browser.mode == cdp::BrowserMode::attach;
    const auto running = judgement_of_running(config, words.front(), params);
    const auto meant = config::command_like(words.front());
    const bool differs = running && *running != answer.text;
    if (answers_in_json()) {
        nlohmann::json tree = {{"passes", answer.passes}, {"advisory", advisory}, {"text", answer.text}};
        if (differs) tree["running"] = *running;
        if (!meant.empty()) tree["did_you_mean"] = meant;
        print_json(platform::to_text(tree) + "\n");
    } else {
        print(answer.text);
        if (!meant.empty()) print("no command of that name is known: did you mean " + meant + "?\n");
        if (advisory) print("the browser is attached to: all who reach its DevTools port go around the policy\n");
        if (differs) print("the agent that runs was started with other settings, and says:\n" + *running);
    }
    return answer.passes ? control::Exit::ok : control::Exit::policy_refuses;
}

}  // namespace cli::policy_command
