#include "agent/doctor/doctor.hpp"

#include <array>
#include <nlohmann/json.hpp>

#include "agent/control/control.hpp"
#include "agent/control/running_agent.hpp"
#include "agent/doctor/examination.hpp"
#include "platform/json/tree.hpp"
#include "platform/text.hpp"

namespace doctor {
namespace {

constexpr std::array<std::string_view, 4> words{"ok", "warning", "failed", "skipped"};
constexpr std::size_t shown_bytes = 600;

}  // namespace

Examination::Examination(const config::Loaded& loaded) : loaded_(loaded), config_(loaded.config) {}
Examination::~Examination() = default;

void Examination::add(std::string check, Outcome outcome, std::string what, std::string remedy) {
    findings_.push_back({std::move(check), outcome, std::move(what), std::move(remedy)});
}

void Examination::skip(std::initializer_list<const char*> checks, const std::string& why) {
    for (const auto* check : checks) add(check, Outcome::skipped, why);
}

void Examination::configuration() {
    for (const auto& [where, what] : loaded_.errors) {
        add("configuration", Outcome::failed, where + ": " + what, "mend it there; agent --config-check looks again");
    }
    if (loaded_.errors.empty()) {
        std::error_code ec;
        const bool there = std::filesystem::exists(config_.paths.config_file, ec);
        add("configuration", Outcome::ok,
            config_.paths.config_file.string() + (there ? "" : " (not there)") +
                ", settings given: " + std::to_string(loaded_.origins.size()));
    }
}

void Examination::ask_agent() {
    const auto agent = control::running::find(config_, control::running::Need::read);
    out_of_reach_ = agent.problem;
    if (agent.socket.empty()) return;
    const auto asked = control::ask_agent(agent.socket, "GET", "/status");
    if (asked.status != 200) return;
    if (auto tree = platform::parse_json(asked.body)) status_ = std::make_unique<nlohmann::json>(std::move(*tree));
}

awaitable<void> Examination::network(platform::Worker& worker) {
    if (elsewhere_.empty()) {
        co_await way(worker);
        co_await rest(worker);
        co_await channel(worker);
    } else {
        skip({"dns", "proxy", "connection", "tls", "upgrade", "http", "clock", "join", "write", "limits", "twin"},
             "nothing is sent to another backend than the pairing's");
    }
    co_await browser();
}

std::vector<Finding> Examination::run() {
    configuration();
    ask_agent();
    modes();
    pairing();
    token();
    if (loaded_.merged) {
        net::io_context io{1};
        platform::Worker worker{"network"};
        auto all = [this, &worker]() -> awaitable<void> { co_await network(worker); };
        net::co_spawn(io, all, rethrow);
        io.run();
    } else {
        skip({"dns", "proxy", "connection", "tls", "upgrade", "http", "clock", "join", "write", "limits", "twin",
              "browser", "snap", "browser start", "browser answer", "fence", "sandbox"},
             "the configuration is wrong");
    }
    user_namespaces();
    shared_memory();
    disk();
    service();
    health();
    return std::move(findings_);
}

std::vector<Finding> examine(const config::Loaded& loaded) {
    Examination work{loaded};
    return work.run();
}

std::string for_people(const std::vector<Finding>& findings) {
    std::string text;
    for (const auto& [check, outcome, what, remedy] : findings) {
        std::string word(words[static_cast<std::size_t>(outcome)]);
        word.resize(8, ' ');
        text.append(word).append(check).append(": ").append(platform::clean(what, shown_bytes)).append("\n");
        if (!remedy.empty()) text.append("        -> ").append(platform::clean(remedy, shown_bytes)).append("\n");
    }
    return text;
}

std::string as_json(const std::vector<Finding>& findings) {
    nlohmann::json all = nlohmann::json::array();
    for (const auto& [check, outcome, what, remedy] : findings) {
        all.push_back({{"check", check},
                       {"outcome", words[static_cast<std::size_t>(outcome)]},
                       {"what", platform::clean(what, shown_bytes)},
                       {"remedy", platform::clean(remedy, shown_bytes)}});
    }
    return platform::to_text(all) + "\n";
}

bool any_failed(const std::vector<Finding>& findings) {
    for (const auto& finding : findings) {
        if (finding.outcome == Outcome::failed) return true;
    }
    return false;
}

}  // namespace doctor
