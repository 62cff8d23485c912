// The commands that cannot be written yet: there is no browser, or its default page is still being attached. Each is
// handed out when what it waits for is there, or answered when it has waited too long.
#pragma once

#include <string_view>
#include <vector>

#include "cdp/browser_port.hpp"
#include "cdp/browser_standing.hpp"
#include "cdp/core/waiting_queue.hpp"
#include "cdp/settings.hpp"
#include "platform/net.hpp"
#include "platform/standstill.hpp"

namespace cdp {

/// The command again, in views of the waiting command's texts.
Request request_of(const WaitingCommand& command) noexcept;

class WaitingCommands {
  public:
    /// All of it outlives it.
    WaitingCommands(const net::any_io_executor& executor, const Settings& settings, const BrowserStanding& standing);

    /// Who is answered; before the first command.
    void connect(Asker& asker) noexcept { asker_ = &asker; }

    /// Has a command wait, or answers it where it cannot.
    void keep(const Request& request);
    void forget(Ticket ticket);

    /// Takes out those that wait for the browser, or those that wait for its default page. Stale ones are answered.
    std::vector<WaitingCommand> take_for_browser();
    std::vector<WaitingCommand> take_for_page();

    /// No default page is to be had.
    void fail_for_page(std::string_view why);
    /// Nothing is tried any more.
    void abandon();

    /// Answers what waits too long, until it is cancelled.
    awaitable<void> tend();
    /// The standing has changed.
    void look_again() { wake_.cancel(); }

    bool any_for_page() const noexcept { return for_page_ > 0; }
    std::size_t size() const noexcept { return queue_.size(); }
    std::size_t bytes() const noexcept { return queue_.bytes(); }

  private:
    template <class Wanted>
    std::vector<WaitingCommand> take(Wanted wanted);
    void give_up_late(TimePoint now);
    void give_up_hopeless(TimePoint now);
    void give_up_stale();
    void answer(const WaitingCommand& command, Fate fate, std::string_view text);
    void answer_without_browser(const WaitingCommand& command);

    const Settings& settings_;
    const BrowserStanding& standing_;
    platform::Standstills& standstills_;
    Asker* asker_ = nullptr;
    WaitingQueue queue_;
    std::size_t for_page_ = 0;
    platform::Timer wake_;
};

}  // namespace cdp
