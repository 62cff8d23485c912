#include "agent/pairing/remote_terminal.hpp"

#include <utility>

#include "platform/wait.hpp"

using namespace net::experimental::awaitable_operators;

namespace pairing {

RemoteTerminal::RemoteTerminal(net::any_io_executor executor)
    : executor_(std::move(executor)),
      changed_(executor_, TimePoint::max()),
      answered_(executor_, TimePoint::max()),
      gone_(executor_, TimePoint::max()) {}

bool RemoteTerminal::begin(const RemoteRequest& request) {
    if (running_) return false;
    id_ = request.id;
    can_ask_ = request.can_ask;
    counts_down_ = request.counts_down;
    has_screen_ = request.has_screen;
    running_ = true;
    cancelled_ = false;
    last_asked_ = platform::BootClock::now();
    events_.clear();
    asked_.reset();
    changed_.cancel();
    return true;
}

void RemoteTerminal::end() {
    running_ = false;
    push({Event::Kind::end, {}});
}

void RemoteTerminal::cancel() {
    cancelled_ = true;
    gone_.cancel();
    changed_.cancel();
}

void RemoteTerminal::push(Event event) {
    // Nobody fetches: abandoned() will end it. What was said first explains most.
    if (events_.size() >= most_events && event.kind != Event::Kind::end) return;
    events_.push_back(std::move(event));
    changed_.cancel();
}

void RemoteTerminal::say(std::string_view line) {
    push({Event::Kind::say, std::string(line)});
}

void RemoteTerminal::count_down(std::string_view line) {
    if (counts_down_) push({Event::Kind::wait, std::string(line)});
}

awaitable<bool> RemoteTerminal::confirm(std::string question) {
    Event asking{Event::Kind::ask, std::move(question)};
    const auto said = co_await answer_to(std::move(asking));
    co_return said == "yes";
}

awaitable<std::optional<std::string>> RemoteTerminal::read_line() {
    return answer_to({Event::Kind::line, {}});
}

awaitable<std::optional<std::string>> RemoteTerminal::browse(std::string address) {
    push({Event::Kind::open, std::move(address)});
    // The other end says itself what went wrong there.
    platform::Timer forever(executor_, TimePoint::max());
    co_await platform::expiry(forever);
    co_return std::nullopt;
}

awaitable<std::optional<std::string>> RemoteTerminal::answer_to(Event event) {
    asked_ = events_.size();
    answer_.reset();
    push(std::move(event));
    while (!answer_) {
        co_await platform::expiry(answered_);
        const auto state = co_await net::this_coro::cancellation_state;
        if (is_cancelled(state)) co_return std::nullopt;
    }
    co_return std::exchange(answer_, std::nullopt);
}

bool RemoteTerminal::answer(std::string_view id, std::size_t to, std::string text) {
    if (!running_ || id != id_ || to != asked_) return false;
    last_asked_ = platform::BootClock::now();
    asked_.reset();
    answer_ = std::move(text);
    answered_.cancel();
    return true;
}

awaitable<void> RemoteTerminal::abandoned() {
    while (!cancelled_) {
        const auto end = last_asked_ + patience;
        if (platform::BootClock::now() >= end) break;
        gone_.expires_at(end);
        co_await platform::expiry(gone_);
        const auto state = co_await net::this_coro::cancellation_state;
        if (is_cancelled(state)) break;
    }
}

awaitable<std::vector<Event>> RemoteTerminal::events(std::string id, std::size_t seen) {
    platform::Timer limit(executor_);
    limit.expires_after(events_wait);
    if (id == id_) last_asked_ = platform::BootClock::now();
    for (bool late = false; !late && !cancelled_ && !is_new(id, seen);) {
        const auto first = co_await (platform::expiry(changed_) || platform::expiry(limit));
        late = first.index() == 1;
    }
    if (id == id_) last_asked_ = platform::BootClock::now();
    if (!is_new(id, seen)) co_return std::vector<Event>{};
    co_return std::vector<Event>(events_.begin() + static_cast<std::ptrdiff_t>(seen), events_.end());
}

}  // namespace pairing
