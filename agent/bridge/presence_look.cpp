#include "agent/bridge/presence_look.hpp"

#include <utility>

#include "agent/realtime/status.hpp"
#include "agent/realtime/wait.hpp"
#include "platform/text.hpp"
#include "platform/wait.hpp"

namespace bridge {
namespace {

using namespace net::experimental::awaitable_operators;

constexpr Duration leave_grace = std::chrono::milliseconds{500};
constexpr std::size_t reason_bytes = 1000;

class Watcher final : public realtime::Listener {
  public:
    explicit Watcher(const net::any_io_executor& executor) : wake_{executor} {}

    void on_broadcast(const realtime::Broadcast&) override {}
    void on_settled(realtime::Ticket, realtime::Settled) override {}
    void on_event(std::string_view, std::string_view event, std::string_view payload) override {
        if (event != "presence_state") return;
        look_.state = payload;
        finish();
    }
    void on_status(const realtime::Status& status) override {
        if (done_) return;
        if (!status.reason.empty()) look_.problem = platform::clean(status.reason, reason_bytes);
        if (status.state == realtime::State::waiting && realtime::permanent(status.cause)) finish();
    }

    awaitable<void> wait(realtime::Supervisor& link, Duration limit) {
        const TimePoint until = platform::BootClock::now() + limit;
        bool go_on = !done_;
        while (go_on && !done_ && platform::BootClock::now() < until) {
            go_on = co_await realtime::wait_until(wake_, until);
        }
        link.stop(leave_grace);
    }

    PresenceLook take() {
        if (!look_.state && look_.problem.empty()) look_.problem = "the backend tells nothing of presence";
        return std::move(look_);
    }

  private:
    void finish() {
        done_ = true;
        wake_.cancel();
    }

    platform::Timer wake_;
    PresenceLook look_;
    bool done_ = false;
};

}  // namespace

awaitable<PresenceLook> look_at_presence(Channel::Needs needs, std::string topic, Duration limit) {
    realtime::Settings settings = realtime::settings_of_visitor(needs.settings);
    settings.main_topic = topic;
    settings.purpose = "the look at " + topic;
    Watcher watcher{needs.executor};
    realtime::Supervisor link{needs.executor, needs.network, settings, needs.tokens, watcher};
    auto running = platform::ignoring(link.run());
    co_await (std::move(running) && watcher.wait(link, limit));
    co_return watcher.take();
}

}  // namespace bridge
