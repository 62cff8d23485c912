#include "agent/cli/watch.hpp"

#include <fmt/chrono.h>
#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <boost/asio/signal_set.hpp>
#include <csignal>
#include <ctime>

#include "agent/bridge/core/record_text.hpp"
#include "agent/bridge/core/replay_line.hpp"
#include "agent/bridge/watch.hpp"
#include "agent/bridge/watch_text.hpp"
#include "agent/cli/as_controller.hpp"
#include "agent/cli/record_file.hpp"
#include "agent/cli/terminal.hpp"
#include "platform/clock.hpp"
#include "platform/wait.hpp"

namespace cli::watch_command {
namespace {

using control::Exit;
using namespace net::experimental::awaitable_operators;
using std::chrono::milliseconds;

/// A terminal that is narrower is taken to be so wide.
constexpr std::size_t least_columns = 40;

/// A byte takes one column at most.
std::size_t room_of_line() {
    winsize size{};
    if (::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_col == 0) return line_bytes_without_terminal;
    return std::max<std::size_t>(size.ws_col, least_columns);
}

/// By the wall clock: for a person in local time, for a tool in UTC.
std::string time_now(bool json) {
    const auto now = std::chrono::time_point_cast<milliseconds>(std::chrono::system_clock::now());
    if (json) return bridge::write_record_time(now);
    const auto seconds = std::chrono::system_clock::to_time_t(now);
    const auto millis = now.time_since_epoch().count() % 1000;
    return fmt::format("{:%H:%M:%S}.{:03}", fmt::localtime(seconds), millis);
}

/// A line for what was seen. False: nobody reads standard output any more.
bool print_sight(const bridge::SeenMessage& sight, bool with_params, bool json) {
    if (json) return print_json_line(bridge::write_record(sight, time_now(json), with_params) + "\n");
    return print_line(bridge::write_watch_line(sight, time_now(json), room_of_line(), with_params));
}

awaitable<void> wait_for_signal(bridge::Watch& watch) {
    const auto executor = co_await net::this_coro::executor;
    net::signal_set signals{executor, SIGINT, SIGTERM, SIGHUP};
    const auto [ec, number] = co_await signals.async_wait(no_throw);
    if (ec) co_return;
    watch.stop();
    // The watch ends the group, once it has left the channel.
    platform::Timer never{executor, TimePoint::max()};
    co_await platform::expiry(never);
}

awaitable<Exit> serve(bridge::Controller& controller, const arguments::Watch& wished, RecordFile& record, bool json) {
    const bridge::FoundDevice found = co_await controller.find(wished.device);
    if (!found.device) {
        complain(found.problem);
        co_return found.named_none ? Exit::no_device : control::exit_of(found.cause);
    }
    record.begin({.device = found.device->uuid, .name = found.device->name, .by = "watch"});
    bool reader_is_gone = false, record_failed = false;
    bridge::Watch* watching = nullptr;
    const auto show = [&](const bridge::SeenMessage& sight) {
        if (reader_is_gone || record_failed) return;
        reader_is_gone = !print_sight(sight, wished.record.with_params, json);
        record_failed = record.wished() && !record.write(sight);
        if (reader_is_gone || record_failed) watching->stop();
    };
    bridge::Watch watch{controller.far_needs(), *found.device, {show, say}};
    watching = &watch;
    co_await (watch.run() || wait_for_signal(watch));
    for (const auto& sight : watch.take_open()) record.write(sight);
    if (record_failed) co_return Exit::failure;
    if (reader_is_gone) co_return complain("nobody reads standard output any more"), Exit::failure;
    if (watch.why_barred().empty()) co_return Exit::ok;
    complain(watch.why_barred());
    co_return control::exit_of(watch.cause());
}

}  // namespace

Exit run(const arguments::Watch& wished, const config::Config& config, bool json) {
    RecordFile record{wished.record};
    if (!record.open()) return Exit::failure;
    const auto command = [&](bridge::Controller& controller) { return serve(controller, wished, record, json); };
    return as_controller(wished.token, config, command);
}

}  // namespace cli::watch_command
