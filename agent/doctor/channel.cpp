#include "agent/doctor/channel.hpp"

#include <nlohmann/json.hpp>

#include "agent/credentials/tokens.hpp"
#include "agent/doctor/channel_findings.hpp"
#include "agent/doctor/probe.hpp"
#include "agent/doctor/remedy.hpp"
#include "agent/realtime/supervisor.hpp"
#include "platform/text.hpp"
#include "platform/wait.hpp"

using namespace net::experimental::awaitable_operators;

namespace doctor {
namespace {

/// The longest wait between two tries: somebody waits for the outcome, and it is one client, for a minute.
constexpr Duration longest_wait = std::chrono::seconds{4};

std::string remedy_of_join(const Subject& subject, realtime::Class what) {
    const auto file = subject.token_file.string();
    return remedy_of_link({.what = what,
                           .own_credential = subject.credential->origin == credentials::Origin::stored,
                           .token_file = file,
                           .renewal = subject.how_to_renew()});
}

/// What the running agent alone knows of the channel.
void ask_the_agent_alone(const Subject& subject, bool reached, Report& report) {
    report.add(judge_limits({.wanted = subject.config.realtime.payload_limit, .status = subject.status.get()}));
    report.add(
        judge_twin({.credential = subject.credential.has_value(), .reached = reached, .status = subject.status.get()}));
}

realtime::Settings settings_of(const Subject& subject) {
    auto own = realtime::settings_of_visitor(subject.config.realtime);
    own.instance = credentials::make_uuid();
    // Seen as present only where no agent of ours is: else the two would take each other for twins.
    own.track_presence = subject.status == nullptr;
    own.result_ttl = write_limit / 2;
    own.backoff_cap = longest_wait;
    // The key of the configuration wins over the one that was kept at the pairing, as in the agent.
    own.api_key = subject.config.api.key;
    return own;
}

}  // namespace

awaitable<void> look_at_channel(platform::Worker& worker, const Subject& subject, bool reached, Report& report) {
    if (!subject.credential || !reached) {
        report.skip({"join", "write"},
                    subject.credential ? "the websocket does not open" : "there is no credential to look at");
        co_return ask_the_agent_alone(subject, false, report);
    }
    const auto executor = co_await net::this_coro::executor;
    const auto own = settings_of(subject);
    credentials::Tokens tokens(executor);
    tokens.adopt(subject.credential->clone());
    Probe probe(executor);
    realtime::Supervisor link(executor, worker, own, tokens, probe);
    auto running = platform::ignoring(link.run());
    co_await (std::move(running) && work_through(probe, link, own.payload_limit));
    if (!probe.was_joined) {
        report.add("join", Outcome::failed,
                   probe.reason.empty() ? "not joined in time" : platform::clean(probe.reason, reason_bytes),
                   remedy_of_join(subject, probe.failure));
        report.skip({"write"}, "the channel was not joined");
        co_return ask_the_agent_alone(subject, true, report);
    }
    report.add("join", Outcome::ok, "device:" + subject.credential->device_uuid);
    report.add(judge_write(probe.small, probe.warning));
    const LimitsSeen limits{probe.great, own.payload_limit, link.payload_limit(), subject.status.get()};
    report.add(judge_limits(limits));
    report.add(
        judge_twin({.seen = probe.silenced, .credential = true, .reached = true, .status = subject.status.get()}));
}

}  // namespace doctor
