#include "agent/doctor.hpp"

#include <sys/statvfs.h>
#include <unistd.h>

#include <array>
#include <cstdlib>
#include <nlohmann/json.hpp>

#include "agent/credentials/store.hpp"
#include "agent/pairing/device.hpp"
#include "agent/pairing/proof.hpp"
#include "agent/pairing/token_input.hpp"
#include "agent/service/control.hpp"
#include "agent/service/status.hpp"
#include "platform/file.hpp"
#include "platform/http.hpp"
#include "platform/json.hpp"
#include "platform/text.hpp"

namespace doctor {
namespace {

using credentials::WallTime;
using service::Config;

constexpr std::array<std::string_view, 4> words{"ok", "warning", "failed", "skipped"};
/// A clock that is further off makes tokens look expired or not yet valid.
constexpr std::chrono::seconds clock_slack{30};
constexpr std::uint64_t least_disk = 100ULL << 20;
constexpr std::uint64_t least_shm = 64ULL << 20;

WallTime wall_now() {
    return std::chrono::time_point_cast<std::chrono::seconds>(std::chrono::system_clock::now());
}

struct Examination {
    const Config& config;
    std::vector<Finding> findings = {};
    std::optional<credentials::Credential> credential = {};

    void add(std::string check, Outcome outcome, std::string what, std::string remedy = {}) {
        findings.push_back({std::move(check), outcome, std::move(what), std::move(remedy)});
    }
    void store();
    void token();
    void room(const std::string& check, const std::string& folder, std::uint64_t least, const std::string& remedy);
    void browser();
    void namespaces();
    void service();
    awaitable<void> backend(platform::Worker& network);
};

void Examination::store() {
    credentials::Store kept(
        {.folder = config.paths.state, .bind = config.credentials.bind, .key_file = config.credentials.key_file});
    if (const Error ec = platform::check_private(config.paths.state)) {
        const bool missing = ec == boost::system::errc::no_such_file_or_directory;
        if (missing)
            return add("store", Outcome::warning, config.paths.state.string() + " is not there yet",
                       "run  agent --pair");
        return add("store", Outcome::failed, ec.message(), platform::mode_complaint(config.paths.state));
    }
    auto found = kept.load();
    if (!found) {
        const bool unpaired = found.error() == credentials::Errc::none || found.error() == credentials::Errc::wiped;
        return add("store", unpaired ? Outcome::warning : Outcome::failed, found.error().message(),
                   kept.explain(found.error()));
    }
    add("store", Outcome::ok, "paired as device " + found->device_uuid);
    credential = std::move(*found);
}

void Examination::token() {
    if (!credential) return add("token", Outcome::skipped, "there is none");
    const auto now = wall_now();
    std::string what = credential->refresh ? "refreshed by itself" : "not refreshable";
    if (credential->expires_at) what += ", valid until " + pairing::when_text(*credential->expires_at);
    const bool over = credential->expires_at && *credential->expires_at <= now;
    if (over && !credential->refresh) return add("token", Outcome::failed, what, "run  agent --pair --rotate");
    const bool soon = credential->expires_at && *credential->expires_at - now < pairing::shortest_lasting;
    if (soon && !credential->refresh)
        return add("token", Outcome::warning, what, "run  agent --pair --rotate  before it runs out");
    add("token", Outcome::ok, what);
    if (credential->api_key.empty() && config.api.key.empty()) {
        add("api key", Outcome::warning, "without a key the token travels in the address",
            "set api.key to the project's public key");
    }
}

void Examination::room(const std::string& check, const std::string& folder, std::uint64_t least,
                       const std::string& remedy) {
    struct statvfs about {};
    if (::statvfs(folder.c_str(), &about) != 0) return add(check, Outcome::skipped, folder + " cannot be looked at");
    const auto free = static_cast<std::uint64_t>(about.f_bavail) * about.f_frsize;
    const auto text = std::to_string(free >> 20) + " MiB free in " + folder;
    add(check, free < least ? Outcome::failed : Outcome::ok, text, free < least ? remedy : "");
}

void Examination::browser() {
    if (config.browser.mode != cdp::BrowserMode::launch)
        return add("browser", Outcome::skipped, "not launched by the agent");
    std::vector<std::string> places{config.browser.browser_path};
    if (config.browser.browser_path.empty()) {
        places = {"/usr/bin/google-chrome-stable", "/usr/bin/google-chrome", "/usr/bin/chromium",
                  "/usr/bin/chromium-browser", "/snap/bin/chromium"};
    }
    for (const auto& place : places) {
        if (::access(place.c_str(), X_OK) != 0) continue;
        if (place.starts_with("/snap/")) {
            return add("browser", Outcome::warning, place + " is a snap: it reaches few folders",
                       "install Chrome or Chromium as a package");
        }
        return add("browser", Outcome::ok, place);
    }
    add("browser", Outcome::failed,
        "no Chrome or Chromium was found" +
            (config.browser.browser_path.empty() ? "" : " at " + config.browser.browser_path),
        "install one, such as  apt-get install chromium, or set browser.path");
}

void Examination::namespaces() {
    if (::geteuid() == 0 && config.browser.mode == cdp::BrowserMode::launch) {
        add("sandbox", Outcome::warning, "the browser's sandbox does not work for root",
            "run the agent as a user of its own");
    }
    for (const auto* file :
         {"/proc/sys/kernel/apparmor_restrict_unprivileged_userns", "/proc/sys/kernel/unprivileged_userns_clone"}) {
        const auto text = platform::read_file(file, 64);
        if (!text) continue;
        const bool restricted = std::string_view(file).find("apparmor") != std::string_view::npos;
        const bool bad = platform::trim(*text) == (restricted ? "1" : "0");
        if (bad)
            return add(
                "user namespaces", Outcome::warning, std::string(file) + " keeps them from the browser's sandbox",
                restricted ? "load the AppArmor profile of this package" : "sysctl kernel.unprivileged_userns_clone=1");
    }
    add("user namespaces", Outcome::ok, "allowed");
}

void Examination::service() {
    const auto asked = service::ask_agent(config.paths.control_socket(), "GET", "/status");
    if (!asked.running)
        return add("service", Outcome::warning, "no agent runs for this profile",
                   "systemctl start bmc-agent, or run  agent");
    const auto code = service::exit_of_status(asked.body);
    const bool joined = code == service::Exit::ok || code == service::Exit::paused;
    const auto tree = platform::parse_json(asked.body);
    const auto state = tree ? platform::get_string(*tree, "state").value_or("") : "";
    add("service", joined ? Outcome::ok : Outcome::warning, "runs, " + state, joined ? "" : "agent --status  says why");
}

awaitable<void> Examination::backend(platform::Worker& network) {
    platform::http::Request request;
    request.url = config.pairing.rest_url + "/";
    if (!config.api.key.empty()) request.headers = {{"apikey", config.api.key}};
    auto answered = co_await platform::http::fetch(network, std::move(request), config.net);
    if (!answered) {
        add("backend", Outcome::failed, config.pairing.rest_url + ": " + answered.error().message(),
            "check net.proxy, net.ca_file, DNS and the firewall");
        co_return;
    }
    add("backend", Outcome::ok, config.pairing.rest_url + " answers (" + std::to_string(answered->status) + ")");
    const auto theirs = pairing::parse_http_date(answered->header("date"));
    if (!theirs) {
        add("clock", Outcome::skipped, "the backend sent no date");
    } else {
        const auto off = std::chrono::abs(*theirs - wall_now());
        const auto text = "off by " + platform::for_people(off.count());
        add("clock", off > clock_slack ? Outcome::failed : Outcome::ok, text,
            off > clock_slack ? "set this machine's clock (timedatectl set-ntp true)" : "");
    }
    if (!credential) {
        add("join", Outcome::skipped, "not paired");
        co_return;
    }
    credentials::Credential mine = credential->clone();
    const auto proof = co_await pairing::prove(network, config.realtime, std::move(mine), pairing::proof_limit);
    const bool joined = proof.how == pairing::Proven::joined;
    add("join", joined ? (proof.warning.empty() ? Outcome::ok : Outcome::warning) : Outcome::failed,
        joined ? "the device's channel was joined" : platform::clean(proof.reason, 400),
        platform::clean(proof.warning, 400));
}

/// Values that may hold a secret: the key, and passwords of proxies.
std::string redacted(const service::Loaded& loaded) {
    service::Loaded copy = loaded;
    if (!copy.config.api.key.empty()) copy.config.api.key = "(not shown)";
    if (copy.config.net.proxy.find('@') != std::string::npos) copy.config.net.proxy = "(not shown)";
    return service::describe(copy);
}

std::string ask(const Config& config, std::string target) {
    const auto asked = service::ask_agent(config.paths.control_socket(), "GET", std::move(target));
    return asked.status == 200 ? asked.body : "(no answer: " + asked.problem + ")";
}

}  // namespace

std::vector<Finding> examine(const service::Loaded& loaded) {
    Examination work{loaded.config};
    for (const auto& [where, what] : loaded.errors)
        work.add("configuration", Outcome::failed, where + ": " + what, "mend that line");
    if (loaded.errors.empty()) work.add("configuration", Outcome::ok, loaded.config.paths.config_file.string());
    work.store();
    work.token();
    work.room("disk", loaded.config.paths.state.parent_path().string(), least_disk, "make room");
    work.room("shared memory", "/dev/shm", least_shm, "in a container: --shm-size=1g");
    work.browser();
    work.namespaces();
    work.service();
    if (!loaded.errors.empty()) return std::move(work.findings);
    net::io_context io{1};
    platform::Worker network{"network"};
    auto ask_backend = [&]() -> awaitable<void> { co_await work.backend(network); };
    net::co_spawn(io, ask_backend, rethrow);
    io.run();
    return std::move(work.findings);
}

std::string for_people(const std::vector<Finding>& findings) {
    std::string text;
    for (const auto& [check, outcome, what, remedy] : findings) {
        std::string word(words[static_cast<std::size_t>(outcome)]);
        word.resize(8, ' ');
        text.append(word).append(check).append(": ").append(platform::clean(what, 500)).append("\n");
        if (!remedy.empty()) text.append("        ").append(platform::clean(remedy, 500)).append("\n");
    }
    return text;
}

std::string as_json(const std::vector<Finding>& findings) {
    nlohmann::json all = nlohmann::json::array();
    for (const auto& [check, outcome, what, remedy] : findings) {
        all.push_back({{"check", check},
                       {"outcome", words[static_cast<std::size_t>(outcome)]},
                       {"what", what},
                       {"remedy", remedy}});
    }
    return platform::to_text(all) + "\n";
}

bool any_failed(const std::vector<Finding>& findings) {
    for (const auto& finding : findings) {
        if (finding.outcome == Outcome::failed) return true;
    }
    return false;
}

std::string support_bundle(const service::Loaded& loaded) {
    const auto section = [](std::string_view name, const std::string& text) {
        return "=== " + std::string(name) + "\n" + text + "\n";
    };
    return section("version", "agent " BMC_VERSION ", " + pairing::os_name()) +
           section("doctor", for_people(examine(loaded))) + section("status", ask(loaded.config, "/status")) +
           section("metrics", ask(loaded.config, "/metrics")) + section("configuration", redacted(loaded)) +
           section("log", ask(loaded.config, "/log"));
}

}  // namespace doctor
