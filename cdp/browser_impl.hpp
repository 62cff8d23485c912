// What browser.cpp (one life after another) and browser_commands.cpp (what waits for one) share.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <string_view>

#include "cdp/attachment.hpp"
#include "cdp/browser.hpp"
#include "cdp/core/waiting.hpp"
#include "cdp/settings.hpp"
#include "cdp/source.hpp"
#include "platform/clock.hpp"
#include "platform/standstill.hpp"

namespace cdp {

struct Browser::Impl final : AttachmentOwner {
    Impl(net::any_io_executor on, const Settings& with);

    awaitable<void> supervise();
    awaitable<Error> one_life();
    awaitable<void> pause(Duration delay);
    awaitable<void> until_stopped();
    awaitable<void> tend_waiting();

    /// `planned`: an end of our own wish, which is no reason to warn.
    void set(BrowserEvent event, std::string reason, bool planned = false);
    void submit(const Request& request);
    void forget(Ticket ticket);
    std::string refuse_for_number(std::string_view method) const;
    void pass(const Request& request, std::string_view session);
    void wait_for_it(const Request& request);
    void send(const Kept& kept);
    void send_waiting(bool for_page);
    void give_up_waiting(TimePoint now);
    void give_up_stale();
    void abandon_waiting();
    void answer(const Kept& kept, Fate fate, std::string_view text) {
        asker->on_answer({kept.ticket, fate, text, kept.session});
    }

    void on_ready(const BrowserVersion& its) override;
    void on_page_ready() override { send_waiting(true); }
    void on_page_failed(std::string_view why) override;

    bool waits_for_page() const noexcept { return waiting_for_page > 0; }
    bool healthy() const noexcept { return answered && platform::BootClock::now() - began >= settings.healthy_after; }
    bool coming() const noexcept { return state == BrowserState::launching || state == BrowserState::attached; }

    net::any_io_executor executor;
    const Settings& settings;
    Asker* asker = nullptr;  // set by connect()
    std::unique_ptr<Source> source;
    std::unique_ptr<Attachment> attachment;
    platform::Standstills& standstills = platform::Standstills::of(executor);
    WaitingQueue waiting;
    std::size_t waiting_for_page = 0;
    platform::Timer wake;         // tend_waiting() looks again
    platform::Timer stop_signal;  // cancelled by stop()
    std::mt19937 random;
    std::function<void()> listener;
    BrowserState state = BrowserState::absent;
    std::string reason;
    std::string last_end;  // why the last browser, or try, ended
    BrowserVersion version;
    Fence fence;
    std::optional<TimePoint> next_try;
    std::uint64_t lives = 0;
    std::uint64_t failures = 0;  // lives in a row that ended too early
    TimePoint began{};           // this life
    Strays strays;               // of earlier connections
    bool stopping = false;
    bool answered = false;  // in this life
};

}  // namespace cdp
