#include "agent/realtime/twin_watch.hpp"

#include <limits>

#include "agent/realtime/core/payload_id.hpp"
#include "agent/realtime/wait.hpp"
#include "platform/log/log.hpp"
#include "platform/text.hpp"

namespace realtime {

namespace {
constexpr auto nobody_is_younger = std::numeric_limits<std::uint64_t>::max();
}

TwinWatch::TwinWatch(const net::any_io_executor& executor, const Needs& needs, StandstillCheck& standstill)
    : with_{needs}, standstill_{standstill}, timer_{executor} {}

awaitable<void> TwinWatch::run() {
    co_await net::this_coro::throw_if_cancelled(false);
    for (;;) {
        const bool go_on = co_await wait_until(timer_, with_.twins.due());
        if (!go_on) co_return;
        standstill_.look_for_standstill();
        with_.twins.tick(platform::BootClock::now());
        follow();
    }
}

void TwinWatch::joined() {
    presence_.reset();
    judge();
}

void TwinWatch::on_presence(const Frame& frame) {
    const bool read =
        frame.kind == FrameKind::presence_state ? presence_.on_state(frame.payload) : presence_.on_diff(frame.payload);
    if (!read) ++with_.status.counters().frames_unreadable;
    judge();
}

void TwinWatch::on_broadcast(const Frame& frame) {
    if (with_.twins.state() == Twin::none) return;
    const TimePoint now = platform::BootClock::now();
    if (frame.event == "cdp-command") {
        with_.twins.command(id_of_answered(frame.payload), now);
        if (with_.twins.due() < timer_.expiry()) timer_.cancel();
    } else if (frame.event == "cdp-result") {
        const auto id = id_in(frame.payload);
        if (!with_.sent_by_http.contains(id)) with_.twins.foreign_result(id, now);
    }
}

/// Presence says at once when another agent goes.
void TwinWatch::judge() {
    const auto& instance = with_.settings.instance;
    // One that is absent (a person has its machine) comes after everybody who is there: two would answer else.
    const auto since = with_.own.present ? with_.own.joined_at_ms : nobody_is_younger;
    const bool elder = !instance.empty() && presence_.elder_of(instance, since) != nullptr;
    with_.status.shown().younger_twin =
        !instance.empty() && with_.own.present && presence_.has_younger_than(instance, since);
    with_.twins.elder(elder, platform::BootClock::now());
    follow();
}

/// Shows what was decided, and hands over the commands that nobody answered.
void TwinWatch::follow() {
    const Twin now = with_.twins.state();
    if (now != with_.status.shown().twin) show(now);
    for (const std::string& id : with_.twins.take_left_over(platform::BootClock::now()))
        with_.listener.on_left_over(id);
    timer_.cancel();
}

void TwinWatch::show(Twin twin) {
    Status& shown = with_.status.shown();
    const bool relayed = !shown.silenced;
    shown.twin = twin;
    shown.silenced = with_.twins.silent();
    const Member* elder = presence_.elder_of(with_.settings.instance, nobody_is_younger);
    const std::string name =
        elder == nullptr ? std::string{} : fmt::format(" (instance {})", platform::clean(elder->instance));
    if (twin == Twin::yielding) {
        with_.status.warn(fmt::format(
            "another agent of this same device is on the channel{} and was there before: this one relays nothing until "
            "it goes; stop one of them, or pair this machine as a separate device (agent --unpair, then agent "
            "--pair)",
            name));
    } else if (twin == Twin::empty) {
        with_.status.warn(fmt::format(
            "another member of the channel claims to be this same device{} and answers no commands: this agent relays "
            "in spite of it; find out who may track presence on the device's channel, or stop the other agent",
            name));
    } else {
        with_.status.warn({});
        platform::log::info("realtime: the other agent of this device is gone{}", relayed ? "" : ": relaying again");
    }
}

}  // namespace realtime
