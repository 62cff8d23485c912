#include "agent/doctor/browser.hpp"

#include <fmt/core.h>
#include <signal.h>

#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "agent/config/browser_fence.hpp"
#include "agent/doctor/browser_findings.hpp"
#include "agent/doctor/conversation.hpp"
#include "agent/doctor/subject.hpp"
#include "agent/pairing/device.hpp"
#include "cdp/discover.hpp"
#include "cdp/error.hpp"
#include "cdp/find_browser.hpp"
#include "cdp/source.hpp"
#include "platform/json/tree.hpp"
#include "platform/text.hpp"

using namespace std::chrono_literals;

namespace doctor {
namespace {

using nlohmann::json;

constexpr Duration answer_limit = 10s;  // of one command, once the browser has answered before
constexpr int evaluations = 20;         // a page that is still loading loses the script's context

/// Waits within the page until it says how the browser is sandboxed.
constexpr std::string_view sandbox_script = R"(new Promise(done => {
    const look = () => {
        const text = document.body ? document.body.innerText : '';
        if (/adequately sandboxed/.test(text)) done(text); else setTimeout(look, 50);
    };
    look();
}))";

std::string words_of(const Error& error, const std::string& said) {
    return platform::clean(said.empty() ? error.message() : said, reason_bytes);
}

/// What chrome://sandbox says; empty where it could not be asked.
awaitable<std::string> sandbox_words(Conversation& browser) {
    json where = {{"url", "chrome://sandbox"}};
    const auto made = co_await browser.ask("Target.createTarget", std::move(where), answer_limit);
    const auto target = made ? platform::get_string(*made, "targetId").value_or("") : "";
    json which = {{"targetId", target}, {"flatten", true}};
    const auto attached = co_await browser.ask("Target.attachToTarget", std::move(which), answer_limit);
    const auto session = attached ? platform::get_string(*attached, "sessionId").value_or("") : "";
    browser.speak_to(session);
    std::string shown;
    for (int i = 0; i < evaluations && shown.empty() && !session.empty() && !browser.ended(); ++i) {
        json script = {{"expression", sandbox_script}, {"awaitPromise", true}, {"returnByValue", true}};
        const auto told = co_await browser.ask("Runtime.evaluate", std::move(script), answer_limit);
        const auto* result = told ? platform::find(*told, "result") : nullptr;
        if (result != nullptr) shown = platform::get_string(*result, "value").value_or("");
    }
    browser.speak_to({});
    json close = {{"targetId", target}};
    if (!browser.ended()) co_await browser.ask("Target.closeTarget", std::move(close), answer_limit);
    co_return shown;
}

constexpr std::string_view remedy_of_consent =
    "see that Chrome runs; where it asks for consent press Allow, and agent --resume has it ask again";

/// It is found by its profile folder, as a person's Chrome is.
bool may_ask_a_person(const cdp::Settings& settings) {
    const auto address = cdp::parse_browser_address(settings.browser_url);
    return settings.mode == cdp::BrowserMode::attach && address && address->kind == cdp::BrowserAddress::Kind::folder;
}

std::unique_ptr<cdp::Source> make_source(const net::any_io_executor& executor, const cdp::Settings& settings) {
    if (settings.mode == cdp::BrowserMode::attach) return cdp::make_attach_source(executor, settings);
    if (settings.mode == cdp::BrowserMode::hosted) return cdp::make_hosted_source(executor, settings);
    return cdp::make_launch_source(executor, settings);
}

/// Who stands on a profile's folder: Chrome's lock is a link to "HOST-PID". 0: nobody who lives.
pid_t holder_of(const std::string& folder) {
    std::error_code failed;
    const auto to = std::filesystem::read_symlink(std::filesystem::path(folder) / "SingletonLock", failed).string();
    const auto dash = to.rfind('-');
    if (failed || dash == std::string::npos || to.substr(0, dash) != pairing::machine_name()) return 0;
    const auto pid = static_cast<pid_t>(std::atoi(to.c_str() + dash + 1));
    return pid > 0 && (::kill(pid, 0) == 0 || errno == EPERM) ? pid : 0;
}

}  // namespace

awaitable<void> BrowserCheck::run() {
    const bool launched = config_.browser.mode == cdp::BrowserMode::launch;
    if (!launched) {
        const bool hosted = config_.browser.mode == cdp::BrowserMode::hosted;
        report_.skip({"browser", "snap"}, hosted ? "the browser host runs it" : "somebody else runs it");
        const auto* of_agent = part_of(status_, "browser");
        const bool may_ask = may_ask_a_person(config_.browser);
        // The browser host serves one agent at a time, and a person's Chrome asks for consent to each connection: the
        // running agent knows.
        if ((hosted || may_ask) && of_agent != nullptr) {
            for (auto& finding : judge_agents_browser(*of_agent)) {
                if (may_ask && !finding.remedy.empty()) finding.remedy = remedy_of_consent;
                report_.add(std::move(finding));
            }
            co_return;
        }
        co_return co_await try_browser();
    }
    const auto found = cdp::find_browser(config_.browser.browser_path);
    if (!found) {
        report_.add(explain_no_browser(config_.browser.browser_path));
        co_return report_.skip({"snap", "browser start", "browser answer", "fence", "sandbox"}, "there is no browser");
    }
    report_.add("browser", Outcome::ok, found->path);
    if (found->snap) {
        report_.add("snap", Outcome::warning,
                    found->path + " is a snap: it reaches few folders, and is updated while it runs",
                    "install Chrome or Chromium as a package, and set browser.path");
    } else {
        report_.add("snap", Outcome::ok, "it is none");
    }
    const bool taken = profile_is_taken();
    if (!taken) co_await try_browser();
}

/// A browser of somebody else on the folder that the agent is to use: only the running agent would meet it.
bool BrowserCheck::profile_is_taken() {
    const auto& folder = config_.browser.profile_folder;
    const auto* of_agent = part_of(status_, "browser");
    if (folder.empty() || (of_agent != nullptr && platform::get_string(*of_agent, "state") == "attached")) return false;
    const pid_t pid = holder_of(folder);
    if (pid == 0) return false;
    report_.add("browser start", Outcome::failed,
                fmt::format("the profile folder {} is in use by another browser (pid {})", folder, pid),
                remedy_of_browser({.cause = cdp::LaunchCause::profile_in_use}));
    report_.skip({"browser answer", "fence", "sandbox"}, "its profile is in use");
    return true;
}

/// As the agent has them, but for what the agent's own browser may be using.
cdp::Settings BrowserCheck::settings_of_trial() const {
    auto rules = config_.relay.policy;
    rules.allow_urls.emplace_back("chrome://sandbox");  // which is asked
    auto settings = config::settings_of(config_, relay::Policy{std::move(rules)}, {});
    settings.profile_folder.clear();
    return settings;
}

awaitable<void> BrowserCheck::try_browser() {
    const auto executor = co_await net::this_coro::executor;
    const cdp::Settings settings = settings_of_trial();
    const auto source = make_source(executor, settings);
    auto opened = co_await source->open();
    if (!opened.transport) {
        report_.add("browser start", Outcome::failed, words_of(opened.error, opened.problem),
                    remedy_of_browser(failure_of(settings, opened.error, source->cause())));
        co_return report_.skip({"browser answer", "fence", "sandbox"}, "there is no browser");
    }
    Conversation browser(opened);
    json nothing = json::object();
    const auto version = co_await browser.ask("Browser.getVersion", std::move(nothing), settings.start_limit);
    std::string words;
    if (version && settings.mode != cdp::BrowserMode::attach) words = co_await sandbox_words(browser);
    const bool late = browser.ended() == cdp::Errc::start_timeout;
    const bool refused = !version && !browser.ended();
    opened.transport.reset();
    // What ended by itself is asked how.
    const Error why = late ? cdp::Errc::start_timeout : cdp::Errc::connection_ended;
    const auto said = co_await source->close(why, version.has_value());
    const auto words_of_end = words_of(why, late ? std::string{} : said);
    if (!version && !late && !refused) {
        report_.add("browser start", Outcome::failed, words_of_end,
                    remedy_of_browser(failure_of(settings, why, source->cause())));
        co_return report_.skip({"browser answer", "fence", "sandbox"}, "it did not stay");
    }
    report_.add("browser start", Outcome::ok,
                settings.mode == cdp::BrowserMode::attach ? "it takes connections" : "it starts");
    if (!version && !refused) {
        report_.add("browser answer", Outcome::failed, words_of_end,
                    remedy_of_browser(failure_of(settings, why, cdp::LaunchCause::not_answering)));
        report_.add(judge_fence(settings.mode, opened.fence));
        co_return report_.skip({"sandbox"}, "it does not answer");
    }
    report_.add(judge_answer(version ? &*version : nullptr, browser.refused()));
    report_.add(judge_fence(settings.mode, opened.fence));
    report_.add(judge_sandbox(settings, words));
}

}  // namespace doctor
