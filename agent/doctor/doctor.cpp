#include "agent/doctor/doctor.hpp"

#include <nlohmann/json.hpp>

#include "agent/doctor/backend_http.hpp"
#include "agent/doctor/backend_way.hpp"
#include "agent/doctor/browser.hpp"
#include "agent/doctor/channel.hpp"
#include "agent/doctor/credential.hpp"
#include "agent/doctor/machine.hpp"
#include "agent/doctor/service.hpp"
#include "agent/doctor/subject.hpp"
#include "platform/net.hpp"
#include "platform/worker.hpp"

namespace doctor {
namespace {

void look_at_configuration(const config::Loaded& loaded, Report& report) {
    for (const auto& [where, what] : loaded.errors) {
        report.add("configuration", Outcome::failed, where + ": " + what,
                   "mend it there; agent --config-check looks again");
    }
    if (!loaded.errors.empty()) return;
    const auto& file = loaded.config.paths.config_file;
    std::error_code ec;
    report.add("configuration", Outcome::ok,
               file.string() + (std::filesystem::exists(file, ec) ? "" : " (not there)") +
                   ", settings given: " + std::to_string(loaded.origins.size()));
}

awaitable<void> look_at_network(platform::Worker& worker, const Subject& subject, Report& report) {
    if (subject.elsewhere.empty()) {
        BackendWay way(worker, subject, report);
        co_await way.walk();
        co_await look_at_http(worker, subject.config, report);
        co_await look_at_channel(worker, subject, way.reached(), report);
    } else {
        report.skip(
            {"dns", "proxy", "connection", "tls", "upgrade", "http", "clock", "join", "write", "limits", "twin"},
            "nothing is sent to another backend than the pairing's");
    }
    BrowserCheck browser(subject.config, subject.status.get(), report);
    co_await browser.run();
}

void run_network(const Subject& subject, Report& report) {
    net::io_context io{1};
    platform::Worker worker{"network"};
    auto all = [&]() -> awaitable<void> { co_await look_at_network(worker, subject, report); };
    net::co_spawn(io, all, rethrow);
    io.run();
}

}  // namespace

std::vector<Finding> examine(const config::Loaded& loaded, const std::string& device) {
    Subject subject(loaded, device);
    Report report;
    look_at_configuration(loaded, report);
    subject.ask_agent();
    report.add(look_at_modes(subject.config));
    look_at_pairing(subject, report);
    look_at_token(subject, report);
    if (loaded.merged) {
        run_network(subject, report);
    } else {
        report.skip({"dns", "proxy", "connection", "tls", "upgrade", "http", "clock", "join", "write", "limits", "twin",
                     "browser", "snap", "browser start", "browser answer", "fence", "sandbox"},
                    "the configuration is wrong");
    }
    report.add(look_at_user_namespaces(subject.config));
    report.add(look_at_shared_memory(subject.config));
    report.add(look_at_disk(subject.config));
    report.add(look_at_service(subject.status.get(), subject.out_of_reach));
    for (auto& finding : look_at_health(subject.status.get())) report.add(std::move(finding));
    return report.take();
}

}  // namespace doctor
