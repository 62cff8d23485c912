#include "agent/bridge/watch.hpp"

#include <utility>

#include "agent/realtime/status.hpp"
#include "platform/text.hpp"
#include "platform/wait.hpp"

namespace bridge {
namespace {

using namespace net::experimental::awaitable_operators;

/// Nothing waits to be sent.
constexpr Duration watch_leave_grace = std::chrono::milliseconds{500};
constexpr std::size_t why_bytes = 1000;

realtime::Settings settings_of_watch(const realtime::Settings& of_agent, const std::string& uuid) {
    realtime::Settings settings = realtime::settings_of_visitor(of_agent);
    settings.main_topic = "device:" + uuid;
    settings.purpose = "the watch on device " + uuid;
    return settings;
}

}  // namespace

Watch::Watch(const Channel::Needs& needs, Device device, Outputs outputs)
    : device_{std::move(device)},
      outputs_{std::move(outputs)},
      settings_{settings_of_watch(needs.settings, device_.uuid)},
      link_{needs.executor, needs.network, settings_, needs.tokens, *this},
      tender_{needs.executor} {}

awaitable<void> Watch::run() {
    auto serving = platform::ignoring(link_.run());
    co_await (std::move(serving) || tender_.run(*this));
}

void Watch::stop() {
    link_.stop(watch_leave_grace);
}

void Watch::on_broadcast(const realtime::Broadcast& broadcast) {
    if (broadcast.replayed) return;
    if (broadcast.raw) return show(watched_.hear_raw(broadcast.event, realtime::split_raw(broadcast.payload)));
    show(watched_.hear(broadcast.event, broadcast.payload, platform::BootClock::now()));
    tender_.wake();
}

void Watch::on_status(const realtime::Status& status) {
    const bool joined = status.state == realtime::State::joined;
    const bool was = std::exchange(joined_, joined);
    if (joined && !was) {
        watched_.interrupt();
        said_.clear();
        return outputs_.say("Watching " + describe(device_) +
                            ". Nothing is sent on its channel. Ctrl-C ends the watch.");
    }
    if (status.state != realtime::State::waiting || !barred_.empty()) return;
    std::string sentence = "the channel of " + describe(device_) +
                           " is not joined, and nothing of it is heard: " + platform::clean(status.reason, why_bytes);
    if (realtime::permanent(status.cause)) {
        barred_ = std::move(sentence);
        cause_ = status.cause;
        return stop();
    }
    if (sentence == said_) return;
    said_ = std::move(sentence);
    outputs_.say(said_);
}

TimePoint Watch::tend(TimePoint now) {
    show(watched_.take_late(now));
    return watched_.due_at();
}

void Watch::show(const std::vector<SeenMessage>& sights) const {
    for (const SeenMessage& sight : sights) outputs_.sight(sight);
}

}  // namespace bridge
