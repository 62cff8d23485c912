#include "agent/daemon/pausing.hpp"

#include <algorithm>
#include <utility>

#include "platform/clock.hpp"
#include "platform/log/log.hpp"
#include "platform/unwritten.hpp"
#include "platform/wait.hpp"

namespace agent::daemon {
namespace {

namespace log = platform::log;

/// A pause ends by the clock on the wall, which somebody may set: so often it is looked at.
constexpr std::chrono::seconds look_again{30};

}  // namespace

Pausing::Pausing(net::any_io_executor executor, platform::Worker& files, std::filesystem::path state_folder,
                 PauseListener& listener)
    : files_{files}, folder_{std::move(state_folder)}, listener_{listener}, timer_{std::move(executor)} {}

void Pausing::recall() {
    current_ = relay::load_pause(folder_, platform::wall_now());
    if (current_) log::info("paused {} since an earlier run: commands are answered with busy", for_people());
}

awaitable<void> Pausing::run() {
    while (!stopping_) {
        if (current_ && current_->over(platform::wall_now())) {
            log::info("the pause is over: relaying again");
            set(std::nullopt);
            auto clear = [folder = folder_] { return relay::clear_pause_that_is_over(folder, platform::wall_now()); };
            std::function<Error()> work = std::move(clear);
            co_await on_disk(std::move(work));
            continue;
        }
        timer_.expires_at(TimePoint::max());
        // A second is the clock's grain here: half a second later the pause is surely over.
        constexpr std::chrono::milliseconds grain{500};
        if (current_ && current_->until)
            timer_.expires_after(std::min<Duration>(*current_->until - platform::wall_now() + grain, look_again));
        co_await platform::expiry(timer_);
    }
}

void Pausing::stop() {
    stopping_ = true;
    timer_.cancel();
}

awaitable<Error> Pausing::on_disk(std::function<Error()> work) {
    auto job = [work = std::move(work)]() -> Result<void> {
        const Error ec = work();
        if (ec) return ec;
        return {};
    };
    const auto done = co_await platform::run_blocking(files_, std::move(job));
    co_return done ? Error{} : done.error();
}

awaitable<control::Answer> Pausing::pause(std::optional<std::chrono::seconds> time) {
    if (time && *time > relay::max_pause) co_return control::Answer{false, "a pause lasts 30 days at most"};
    relay::Pause pause;
    const auto asked = platform::wall_now();
    if (time) pause.until = asked + *time;
    auto store = [folder = folder_, pause] { return relay::store_pause(folder, pause); };
    std::function<Error()> work = std::move(store);
    const Error ec = co_await on_disk(std::move(work));
    if (ec)
        co_return control::Answer{false, "not paused: " + platform::explain_unwritten(relay::pause_file(folder_), ec)};
    set(pause);
    // As it was asked for: a part of it, or all, may have passed while it was stored.
    const auto how_long = pause.for_people(asked);
    log::info("paused {}: commands are answered with busy", how_long);
    co_return control::Answer{true,
                              "Paused " + how_long + ": what runs is finished, new commands are answered with busy."};
}

awaitable<control::Answer> Pausing::resume() {
    auto clear = [folder = folder_] { return relay::clear_pause(folder); };
    std::function<Error()> work = std::move(clear);
    const Error ec = co_await on_disk(std::move(work));
    if (ec)
        co_return control::Answer{false, "not resumed: " + platform::explain_unwritten(relay::pause_file(folder_), ec)};
    if (!current_) {
        listener_.on_pause();  // somebody wants the browser
        co_return control::Answer{true, "It was not paused."};
    }
    set(std::nullopt);
    log::info("resumed: relaying again");
    co_return control::Answer{true, "Relaying again."};
}

std::string Pausing::for_people() const {
    const auto now = platform::wall_now();
    return current_ && !current_->over(now) ? current_->for_people(now) : std::string{};
}

void Pausing::set(std::optional<relay::Pause> pause) {
    current_ = pause;
    timer_.cancel();
    listener_.on_pause();
}

}  // namespace agent::daemon
