#include "agent/doctor/probe.hpp"

#include "agent/realtime/status.hpp"

namespace doctor {
namespace {

constexpr Duration leave_grace = std::chrono::seconds{1};
/// Nobody listens to it: controllers filter by `cdp-result`, agents count it.
constexpr std::string_view probe_event = "agent-doctor";

enum ProbeTicket : realtime::Ticket { small_probe = 1, great_probe = 2 };

std::string probe_of(std::size_t bytes) {
    constexpr std::string_view frame = R"({"doctor":""})";
    return R"({"doctor":")" + std::string(bytes > frame.size() ? bytes - frame.size() : 0, '.') + "\"}";
}

}  // namespace

void Probe::on_settled(realtime::Ticket ticket, realtime::Settled how) {
    (ticket == small_probe ? small : great) = how;
    changed_.cancel();
}

void Probe::on_status(const realtime::Status& status) {
    joined = status.state == realtime::State::joined;
    silenced = status.silenced;
    was_joined = was_joined || joined;
    if (!status.reason.empty()) reason = status.reason;
    if (!status.reason.empty()) failure = status.failure;
    if (!status.warning.empty()) warning = status.warning;
    final = status.state == realtime::State::waiting && realtime::permanent(status.cause);
    changed_.cancel();
}

awaitable<void> work_through(Probe& probe, realtime::Supervisor& link, std::size_t limit) {
    const auto decided = [&] { return probe.joined || probe.final; };
    const auto small_settled = [&] { return probe.small.has_value(); };
    const auto great_settled = [&] { return probe.great.has_value(); };
    co_await probe.until(decided, join_limit);
    if (probe.joined) {
        link.publish({small_probe, realtime::Lane::answer, std::string(probe_event), probe_of(0)});
        co_await probe.until(small_settled, write_limit);
    }
    if (probe.small == realtime::Settled::acknowledged) {
        link.publish({great_probe, realtime::Lane::answer, std::string(probe_event), probe_of(limit)});
        co_await probe.until(great_settled, write_limit);
    }
    link.stop(leave_grace);
}

}  // namespace doctor
