#include "agent/bridge/presence_watch.hpp"

#include <utility>

#include "agent/realtime/status.hpp"
#include "agent/realtime/wait.hpp"
#include "platform/clock.hpp"
#include "platform/text.hpp"

namespace bridge {

using namespace net::experimental::awaitable_operators;

namespace {

constexpr Duration watch_goodbye = std::chrono::milliseconds{300};
constexpr std::size_t watch_reason_bytes = 1000;

realtime::Settings settings_of_watch(const realtime::Settings& of_agent) {
    realtime::Settings settings = realtime::settings_of_visitor(of_agent);
    settings.main_topic = "devices:all";
    settings.purpose = "the look at who is online";
    return settings;
}

bool has_told(const PresenceWatch& watch) {
    return watch.known() || watch.barred();
}

/// `heard` is cancelled at each change.
awaitable<void> stop_once_told(PresenceWatch& watch, platform::Timer& heard, Duration limit) {
    const TimePoint until = platform::BootClock::now() + limit;
    bool go_on = true;
    while (go_on && !has_told(watch) && platform::BootClock::now() < until) {
        go_on = co_await realtime::wait_until(heard, until);
    }
    watch.stop();
}

}  // namespace

PresenceWatch::PresenceWatch(const Channel::Needs& needs, Changed changed)
    : changed_{std::move(changed)},
      settings_{settings_of_watch(needs.settings)},
      link_{needs.executor, needs.network, settings_, needs.tokens, *this} {}

awaitable<void> PresenceWatch::run() {
    co_await link_.run();
}

void PresenceWatch::stop() {
    link_.stop(watch_goodbye);
}

void PresenceWatch::on_event(std::string_view, std::string_view event, std::string_view payload) {
    if (event == "presence_state") {
        if (!roll_.on_state(payload)) return note_unreadable();
        return changed_(*this);
    }
    if (event != "presence_diff") return;
    roll_.on_diff(payload);
    changed_(*this);
}

void PresenceWatch::note_unreadable() {
    problem_ = "what the backend tells of presence cannot be read";
    barred_ = true;
    roll_.reset();
    changed_(*this);
}

void PresenceWatch::on_status(const realtime::Status& status) {
    const bool joined = status.state == realtime::State::joined;
    barred_ = status.state == realtime::State::waiting && realtime::permanent(status.cause);
    auto problem = joined ? std::string{} : platform::clean(status.reason, watch_reason_bytes);
    if (problem == problem_ && !barred_ && (joined || !roll_.known())) return;
    problem_ = std::move(problem);
    if (!joined) roll_.reset();
    changed_(*this);
}

awaitable<PresenceLook> look_at_presence(Channel::Needs needs, Duration limit) {
    platform::Timer heard{needs.executor, TimePoint::max()};
    PresenceLook look;
    // The first answer counts. A later one comes of the ending of the watch.
    const auto told = [&heard, &look](const PresenceWatch& watch) {
        if (!look.roll.known() && look.problem.empty()) look = {watch.roll(), watch.problem()};
        heard.cancel();
    };
    PresenceWatch watch{needs, told};
    auto watching = watch.run();
    co_await (std::move(watching) && stop_once_told(watch, heard, limit));
    if (!look.roll.known() && look.problem.empty()) look.problem = "the backend tells nothing of presence";
    co_return look;
}

}  // namespace bridge
