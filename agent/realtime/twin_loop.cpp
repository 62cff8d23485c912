// Another agent that claims to be this same device: core/twins decides whether this one gives way to it, this loop
// keeps the deadlines and says what was decided.
#include <algorithm>

#include "agent/realtime/core/payload_id.hpp"
#include "agent/realtime/session.hpp"
#include "agent/realtime/wait.hpp"
#include "platform/log.hpp"
#include "platform/text.hpp"

namespace realtime {

namespace log = platform::log;

awaitable<void> Session::twin_loop() {
    co_await net::this_coro::throw_if_cancelled(false);
    for (;;) {
        const bool go_on = co_await wait_until(twin_, link_.twins.due());
        if (!go_on) co_return;
        look_for_standstill();
        link_.twins.tick(platform::BootClock::now());
        follow_twins();
    }
}

void Session::watch_twins(const Frame& frame) {
    Twins& twins = link_.twins;
    if (twins.state() == Twin::none) return;
    const TimePoint now = platform::BootClock::now();
    if (frame.event == "cdp-command") {
        twins.command(id_of_answered(frame.payload), now);
        if (twins.due() < twin_.expiry()) twin_.cancel();
    } else if (frame.event == "cdp-result" && !link_.was_sent_by_http(frame.payload)) {
        twins.foreign_result(id_in(frame.payload), now);
    }
}

void Session::follow_twins() {
    const Twin now = link_.twins.state();
    if (now != link_.status.twin) {
        const bool relayed = !link_.status.silenced;
        link_.status.twin = now;
        link_.status.silenced = link_.twins.silent();
        const auto& own = link_.settings.instance;
        const Member* elder = presence_.elder_of(own, std::numeric_limits<std::uint64_t>::max());
        const std::string name =
            elder == nullptr ? std::string{} : " (instance " + platform::clean(elder->instance) + ")";
        if (now == Twin::yielding) {
            link_.warn("another agent of this same device is on the channel" + name +
                       " and was there before: this one relays nothing until it goes; stop one of them, or pair this "
                       "machine as a device of its own (agent --unpair, then agent --pair)");
        } else if (now == Twin::empty) {
            link_.warn("another member of the channel claims to be this same device" + name +
                       " and answers no commands: this agent relays in spite of it; find out who may track presence on "
                       "the device's channel, or stop the other agent");
        } else {
            link_.warn({});
            log::info("realtime: the other agent of this device is gone{}", relayed ? "" : ": relaying again");
        }
    }
    for (const std::string& id : link_.twins.take_left_over(platform::BootClock::now()))
        link_.listener.on_left_over(id);
    twin_.cancel();
}

}  // namespace realtime
