#include "agent/hooks/hooks.hpp"

#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/write.hpp>
#include <csignal>
#include <nlohmann/json.hpp>
#include <utility>

#include "agent/hooks/words.hpp"
#include "platform/json/core/check.hpp"
#include "platform/json/tree.hpp"
#include "platform/log/log.hpp"
#include "platform/process/group_guard.hpp"
#include "platform/process/pipe.hpp"
#include "platform/process/process.hpp"
#include "platform/process/program.hpp"
#include "platform/text.hpp"
#include "platform/trust.hpp"
#include "platform/wait.hpp"

using namespace net::experimental::awaitable_operators;

namespace hooks {
namespace {

/// Every text that came from outside, keys too, loses what could command a terminal.
nlohmann::json cleaned(const nlohmann::json& value) {
    if (value.is_string()) return platform::clean(value.get_ref<const std::string&>(), hook_payload_bytes);
    if (!value.is_structured()) return value;
    auto out = nlohmann::json(value.type());
    if (value.is_array()) {
        for (const auto& element : value) out.push_back(cleaned(element));
    } else {
        for (const auto& [key, member] : value.items()) out[platform::clean(key, hook_payload_bytes)] = cleaned(member);
    }
    return out;
}

std::string input_of(HookEvent event, std::string_view payload) {
    nlohmann::json input = {{"event", name_of(event)}, {"payload", nullptr}};
    if (is_readable_payload(payload)) {
        if (const auto tree = platform::parse_json(payload)) input["payload"] = cleaned(*tree);
    }
    return platform::to_text(input) + "\n";
}

awaitable<Error> feed(net::posix::stream_descriptor& to, const std::string& text) {
    const auto bytes = net::buffer(text);
    const auto [ec, size] = co_await net::async_write(to, bytes, no_throw);
    // A hook that reads nothing is none of our business.
    Error ignored;
    to.close(ignored);
    co_return ec;
}

/// Hands over the input and waits for the end.
awaitable<Result<platform::ExitStatus>> feed_and_wait(platform::Process& process, net::posix::stream_descriptor& to,
                                                      const std::string& text) {
    std::optional<Result<platform::ExitStatus>> ended;
    auto ending = platform::into(ended, process.wait());
    auto feeding = platform::ignoring(feed(to, text));
    co_await (std::move(ending) && std::move(feeding));
    co_return *ended;
}

/// Why none of its programs may be run; empty: they may.
std::string distrust(const std::vector<std::string>& command) {
    for (const auto& program : platform::programs_of(command)) {
        auto wrong = platform::why_not_trusted(program);
        if (!wrong.empty()) return wrong;
    }
    return {};
}

platform::ProcessOptions options_of(std::string_view name, const std::vector<std::string>& command) {
    platform::ProcessOptions options;
    options.arguments = command;
    options.environment = platform::pick_environment({"PATH", "HOME", "LANG", "LC_*", "USER"});
    options.environment.push_back("BMC_EVENT=" + std::string(name));
    options.death_signal = SIGKILL;
    return options;
}

void not_run(HookCounters& counters, std::string_view name, const std::string& why) {
    ++counters.failed;
    platform::log::warning("hook {}{}", name, why);
}

void report_end(HookCounters& counters, std::string_view name, const Result<platform::ExitStatus>& ended,
                HookWords& words) {
    const bool well = ended && ended->success();
    words.report(name, !well);
    if (well) return;
    ++counters.failed;
    platform::log::warning("hook {} failed: {}", name, ended ? ended->describe() : ended.error().message());
}

}  // namespace

bool is_readable_payload(std::string_view payload) noexcept {
    return payload.size() <= hook_payload_bytes && platform::check_json(payload).ok();
}

Hooks::Hooks(net::any_io_executor executor, const HookSettings& settings)
    : executor_(std::move(executor)), settings_(settings), changed_(executor_, TimePoint::max()) {}

void Hooks::fire(HookEvent event, std::string_view payload) {
    if (settings_.command(event).empty()) {
        ++counters_.without;
        platform::log::info("{}: no hook is configured ({} is empty), nothing is done", name_of(event),
                            setting_of(event));
        return;
    }
    auto& line = lines_[static_cast<std::size_t>(event)];
    if (line.waiting) ++counters_.dropped;
    line.waiting = input_of(event, payload);
    changed_.cancel();
}

void Hooks::stop() {
    stopping_ = true;
    changed_.cancel();
}

awaitable<Error> Hooks::run() {
    while (!stopping_) {
        for (std::size_t i = 0; i < hook_events; ++i) {
            auto& line = lines_[i];
            if (line.running || !line.waiting) continue;
            line.running = true;
            ++running_;
            auto work = [this, i]() -> awaitable<void> { co_await run_line(i); };
            net::co_spawn(executor_, std::move(work), [this, i](std::exception_ptr error) {
                lines_[i].running = false;
                --running_;
                changed_.cancel();
                rethrow(error);
            });
        }
        co_await platform::expiry(changed_);
    }
    while (running_ > 0) co_await platform::expiry(changed_);
    co_return Error{};
}

awaitable<void> Hooks::run_line(std::size_t index) {
    auto& line = lines_[index];
    platform::Timer spacing(executor_);
    while (platform::BootClock::now() < line.not_before && !stopping_) {
        spacing.expires_at(line.not_before);
        co_await (platform::expiry(spacing) || platform::expiry(changed_));
    }
    if (stopping_ || !line.waiting) co_return;
    line.not_before = platform::BootClock::now() + hook_spacing;
    auto input = std::move(*line.waiting);
    line.waiting.reset();
    co_await run_one(static_cast<HookEvent>(index), std::move(input));
}

awaitable<void> Hooks::run_one(HookEvent event, std::string input) {
    const auto name = name_of(event);
    const auto& command = settings_.command(event);
    if (const auto wrong = distrust(command); !wrong.empty())
        co_return not_run(counters_, name, " was not run: " + wrong);
    auto pipe = platform::make_pipe();
    if (!pipe) co_return not_run(counters_, name, ": no pipe for its input: " + pipe.error().message());
    HookWords words(executor_);
    auto options = options_of(name, command);
    options.descriptors = {{0, pipe->read.get()}};
    if (words.writer() >= 0) options.descriptors.push_back({2, words.writer()});
    std::optional<platform::GroupGuard> guard;
    options.before_exec = [&guard, this](pid_t group) { guard.emplace(executor_, group); };
    auto process = platform::Process::spawn(executor_, options);
    if (!process) co_return not_run(counters_, name, ": " + command.front() + ": " + process.error().message());
    ++counters_.started;
    // What a hook leaves running when it is done may stay: the guard ends before the Process does.
    const std::optional<platform::GroupGuard> watched = std::move(guard);
    pipe->read.reset();
    words.started();
    net::posix::stream_descriptor to(executor_, pipe->write.release());
    platform::Timer limit(executor_);
    limit.expires_after(settings_.limit);
    auto stop = [this]() -> awaitable<void> {
        while (!stopping_) co_await platform::expiry(changed_);
    };
    std::optional<Result<platform::ExitStatus>> ended;
    auto ending = platform::into(ended, feed_and_wait(*process, to, input));
    const auto first = co_await (std::move(ending) || platform::expiry(limit) || stop() || words.listen());
    if (first.index() == 0) co_return report_end(counters_, name, *ended, words);
    // Its whole group ends with the Process.
    ++counters_.failed;
    words.report(name, true);
    const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(settings_.limit).count();
    if (first.index() == 1)
        platform::log::warning("hook {} was killed after {} (hooks.limit)", name, platform::for_people(seconds));
}

}  // namespace hooks
