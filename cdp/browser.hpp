// The browser as the rest of the program sees it: hand in a command, get exactly one answer.
// It is there whether or not a browser is: it launches or finds one, brings it back, and fails what can't be answered.
#pragma once

#include <cstdint>
#include <memory>
#include <string_view>

#include "cdp/browser_port.hpp"
#include "platform/net.hpp"

namespace cdp {

class PlaceRules;  // cdp/core/place.hpp
struct Settings;   // cdp/settings.hpp

/// The browser link. One thread: everything is called on the executor's loop.
class Browser final : public BrowserPort {
  public:
    /// `rules`: where nothing may be read; null: nobody refuses any place. All of it outlives the Browser.
    Browser(net::any_io_executor executor, const Settings& settings, const PlaceRules* rules);
    ~Browser();
    Browser(const Browser&) = delete;
    Browser& operator=(const Browser&) = delete;

    /// Who submits commands, before the first one: it needs the Browser itself, so it is made later. Must outlive it.
    void connect(Asker& asker) noexcept;

    /// Keeps a browser available until stop() ends it; returns when all is down: no process, no temporary profile left.
    awaitable<Error> run();

    /// What becomes of a browser that could live on without us. One that we launched ends in any case, and one that we
    /// attached to is left alone.
    enum class Leave : std::uint8_t {
        running,  // in the browser host it is there for our next start
        ended,    // the browser host ends it with its temporary profile (unpairing)
    };
    /// Asks run() to end: commands in flight are answered Fate::lost, the browser that we launched is ended. One that
    /// lives on takes what was submitted before, within Settings::leave_limit. Called
    /// before run() it makes that one return at once. After its return run() may be called anew.
    void stop(Leave leave = Leave::running);

    /// Somebody wants the browser: where a person refused it, that one is asked again.
    void try_again();

    void submit(const Request& request) override;
    void forget(Ticket ticket) override;
    void hear_downloads(std::string_view params) override;
    void cancel_download(std::string_view guid) override;
    void close_page_of_download(std::string_view guid) override;
    const TargetInfo* target_of(std::string_view session) const override;
    const TargetInfo* target(std::string_view id) const override;
    const TargetInfo* default_page() const override;
    std::string_view top_of(std::string_view session) const override;
    std::vector<std::string> sessions_below(std::string_view top) const override;
    BrowserStatus status() const override;

  private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace cdp
