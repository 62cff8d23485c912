// Whether a browser is found, starts, answers and has its sandbox: one is started for it, or the agent's is asked.
#include <fmt/core.h>
#include <signal.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "agent/config/browser_fence.hpp"
#include "agent/doctor/examination.hpp"
#include "agent/doctor/remedy.hpp"
#include "agent/pairing/device.hpp"
#include "cdp/error.hpp"
#include "cdp/find_browser.hpp"
#include "cdp/host_facts.hpp"
#include "cdp/source.hpp"
#include "platform/json/tree.hpp"
#include "platform/text.hpp"

using namespace net::experimental::awaitable_operators;
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

/// A few commands, one after the other, over a connection that nobody else uses.
class Conversation {
  public:
    explicit Conversation(cdp::Opened& opened) : opened_(opened) {}

    /// The result; nothing for an error or where no answer came within the limit (then over() is true).
    awaitable<std::optional<json>> ask(std::string method, json params, Duration limit) {
        const auto executor = co_await net::this_coro::executor;
        json message = {{"id", ++id_}, {"method", std::move(method)}, {"params", std::move(params)}};
        const auto& session = session_.empty() ? opened_.root_session : session_;
        if (!session.empty()) message["sessionId"] = session;
        const auto text = platform::to_text(message);
        opened_.transport->queue(text, {}, {});
        ended_ = co_await opened_.transport->flush();
        platform::Timer timer(executor);
        timer.expires_after(limit);
        while (!ended_) {
            auto first = co_await (opened_.transport->read() || timer.async_wait(no_throw));
            if (first.index() == 1) {
                ended_ = cdp::Errc::start_timeout;
                break;
            }
            auto& arrived = std::get<0>(first);
            if (!arrived) {
                ended_ = arrived.error();
                break;
            }
            auto answer = platform::parse_json(arrived->text);
            if (!answer || platform::get_integer(*answer, "id") != id_) continue;
            const auto* result = platform::find(*answer, "result");
            if (result == nullptr) {
                refused_ = arrived->text;
                co_return std::nullopt;
            }
            co_return *result;
        }
        co_return std::nullopt;
    }
    Error ended() const { return ended_; }
    /// What the last command that failed was answered with.
    const std::string& refused() const { return refused_; }
    /// What is asked from now on goes to that session; empty: to the browser.
    void speak_to(std::string session) { session_ = std::move(session); }

  private:
    cdp::Opened& opened_;
    std::string session_;
    std::string refused_;
    std::int64_t id_ = 1'000'000;
    Error ended_;
};

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

std::unique_ptr<cdp::Source> make_source(const net::any_io_executor& executor, const cdp::Settings& settings) {
    if (settings.mode == cdp::BrowserMode::attach) return cdp::make_attach_source(executor, settings);
    if (settings.mode == cdp::BrowserMode::hosted) return cdp::make_hosted_source(executor, settings);
    return cdp::make_launch_source(executor, settings);
}

BrowserFailure failure_of(const cdp::Settings& settings, Error error, cdp::LaunchCause cause) {
    return {settings.mode, error, cause, cdp::in_container(), cdp::user_namespaces_barred()};
}

/// Who stands on a profile's folder: Chrome's lock is a link to "HOST-PID". 0: nobody who lives.
pid_t holder_of(const std::string& folder) {
    std::error_code failed;
    const auto to = std::filesystem::read_symlink(std::filesystem::path(folder) / "SingletonLock", failed).string();
    const auto dash = to.rfind('-');
    if (failed || dash == std::string::npos || to.substr(0, dash) != pairing::host_name()) return 0;
    const auto pid = static_cast<pid_t>(std::atoi(to.c_str() + dash + 1));
    return pid > 0 && (::kill(pid, 0) == 0 || errno == EPERM) ? pid : 0;
}

}  // namespace

awaitable<void> Examination::browser() {
    const bool launched = config_.browser.mode == cdp::BrowserMode::launch;
    if (!launched) {
        const bool hosted = config_.browser.mode == cdp::BrowserMode::hosted;
        skip({"browser", "snap"}, hosted ? "the browser host runs it" : "somebody else runs it");
        const auto* of_agent = status_ ? platform::find(*status_, "browser") : nullptr;
        // The browser host serves one agent at a time: the running one knows.
        if (hosted && of_agent != nullptr) co_return browser_of_agent(*of_agent);
        co_return co_await try_browser();
    }
    const auto found = cdp::find_browser(config_.browser.browser_path);
    if (!found) {
        no_browser(config_.browser.browser_path);
        co_return skip({"snap", "browser start", "browser answer", "fence", "sandbox"}, "there is no browser");
    }
    add("browser", Outcome::ok, found->path);
    if (found->snap) {
        add("snap", Outcome::warning, found->path + " is a snap: it reaches few folders, and is updated while it runs",
            "install Chrome or Chromium as a package, and set browser.path");
    } else {
        add("snap", Outcome::ok, "it is none");
    }
    const bool taken = profile_is_taken();
    if (!taken) co_await try_browser();
}

void Examination::no_browser(const std::string& path) {
    if (path.empty()) {
        return add("browser", Outcome::failed, "no Chrome or Chromium was found",
                   "apt-get install chromium, or set browser.path");
    }
    std::error_code ignored;
    if (std::filesystem::exists(path, ignored)) {
        return add("browser", Outcome::failed, path + " is there, and this user cannot run it",
                   "chmod a+x it (and the folders above it), or set browser.path to another program");
    }
    add("browser", Outcome::failed, "no Chrome or Chromium was found at " + path,
        "set browser.path to where it is (command -v chromium) or leave it out; where there is none: apt-get install "
        "chromium");
}

/// A browser of somebody else on the folder that the agent is to use: only the running agent would meet it.
bool Examination::profile_is_taken() {
    const auto& folder = config_.browser.profile_folder;
    const auto* of_agent = status_ ? platform::find(*status_, "browser") : nullptr;
    if (folder.empty() || (of_agent != nullptr && platform::get_string(*of_agent, "state") == "attached")) return false;
    const pid_t pid = holder_of(folder);
    if (pid == 0) return false;
    add("browser start", Outcome::failed,
        fmt::format("the profile folder {} is in use by another browser (pid {})", folder, pid),
        remedy_of_browser({.cause = cdp::LaunchCause::profile_in_use}));
    skip({"browser answer", "fence", "sandbox"}, "its profile is in use");
    return true;
}

void Examination::browser_of_agent(const json& status) {
    const auto state = platform::get_string(status, "state").value_or("");
    const auto product = platform::get_string(status, "product").value_or("");
    const auto reason = platform::clean(platform::get_string(status, "reason").value_or(""), reason_bytes);
    if (state == "attached") {
        add("browser start", Outcome::ok, "the running agent has one");
        add("browser answer", Outcome::ok, product);
    } else {
        add("browser start", Outcome::failed, state + (reason.empty() ? "" : ": " + reason),
            "systemctl status bmc-browser; journalctl -u bmc-browser");
        skip({"browser answer"}, "there is no browser");
    }
    skip({"fence", "sandbox"}, "the running agent uses the browser; stop it to look");
}

awaitable<void> Examination::try_browser() {
    const auto executor = co_await net::this_coro::executor;
    auto rules = config_.relay.policy;
    rules.allow_urls.emplace_back("chrome://sandbox");  // which is asked below
    cdp::Settings settings = config::settings_of(config_, relay::Policy{std::move(rules)}, {});
    settings.profile_folder.clear();  // the agent's own browser may be using it
    const auto source = make_source(executor, settings);
    auto opened = co_await source->open();
    if (!opened.transport) {
        add("browser start", Outcome::failed,
            platform::clean(opened.problem.empty() ? opened.error.message() : opened.problem, reason_bytes),
            remedy_of_browser(failure_of(settings, opened.error, source->cause())));
        co_return skip({"browser answer", "fence", "sandbox"}, "there is no browser");
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
    const auto words_of_end = platform::clean(late || said.empty() ? why.message() : said, reason_bytes);
    if (!version && !late && !refused) {
        add("browser start", Outcome::failed, words_of_end,
            remedy_of_browser(failure_of(settings, why, source->cause())));
        co_return skip({"browser answer", "fence", "sandbox"}, "it did not stay");
    }
    add("browser start", Outcome::ok, settings.mode == cdp::BrowserMode::attach ? "it takes connections" : "it starts");
    if (!version && !refused) {
        add("browser answer", Outcome::failed, words_of_end,
            remedy_of_browser(failure_of(settings, why, cdp::LaunchCause::not_answering)));
        fence(opened.fence);
        co_return skip({"sandbox"}, "it does not answer");
    }
    browser_answered(version ? &*version : nullptr, browser.refused());
    fence(opened.fence);
    sandbox(words);
}

void Examination::browser_answered(const json* version, const std::string& refusal) {
    if (version != nullptr) {
        const auto product = platform::get_string(*version, "product").value_or("");
        return add("browser answer", Outcome::ok, platform::clean(product));
    }
    add("browser answer", Outcome::warning,
        platform::clean("Browser.getVersion was answered with " + refusal, reason_bytes),
        "it is no Chrome: the agent's log names what it does without");
}

void Examination::fence(const cdp::Fence& fence) {
    if (config_.browser.mode != cdp::BrowserMode::launch) {
        return skip({"fence"}, config_.browser.mode == cdp::BrowserMode::hosted ? "the browser host sees to it"
                                                                                : "somebody else started it");
    }
    if (!fence.problem.empty()) {
        return add("fence", Outcome::warning, fence.problem,
                   "allow user namespaces to this user, install the policy as an administrator, or run the browser by "
                   "bmc-browser.service");
    }
    add("fence", Outcome::ok,
        fence.policy ? "Chrome itself knows the policy, and cannot read the agent's folders"
                     : "the browser cannot read the agent's folders; the profile full has no policy for Chrome");
}

void Examination::sandbox(const std::string& words) {
    if (config_.browser.mode == cdp::BrowserMode::attach) return skip({"sandbox"}, "somebody else started it");
    if (words.empty()) return skip({"sandbox"}, "the page that tells, chrome://sandbox, is barred to this browser");
    if (words.find("You are adequately sandboxed") != std::string::npos) {
        return add("sandbox", Outcome::ok, "every page has one");
    }
    const auto& arguments = config_.browser.extra_arguments;
    const bool switched_off = std::find(arguments.begin(), arguments.end(), "--no-sandbox") != arguments.end();
    add("sandbox", Outcome::failed, "the browser runs without it: a page that breaks it has this user's rights",
        switched_off ? "take --no-sandbox out of browser.arguments, and see the line  user namespaces"
                     : remedy_of_browser(failure_of(config_.browser, {}, cdp::LaunchCause::no_sandbox)));
}

}  // namespace doctor
