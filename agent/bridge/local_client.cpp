#include "agent/bridge/local_client.hpp"

#include <utility>

#include "agent/bridge/core/client_message.hpp"
#include "platform/clock.hpp"
#include "platform/text.hpp"
#include "platform/wait.hpp"

namespace bridge {

using namespace net::experimental::awaitable_operators;

namespace {

/// Close codes of RFC 6455, 7.4.1.
constexpr std::uint16_t normal = 1000;
constexpr std::uint16_t going_away = 1001;

}  // namespace

LocalClient::LocalClient(net::any_io_executor executor, FarBrowser& far, const OpenWish& wish, Group& group,
                         Options options)
    : group_{group},
      held_limit_{options.held_limit},
      held_back_limit_{options.held_back_limit},
      end_limit_{options.end_limit},
      changed_{std::move(executor), TimePoint::max()} {
    group_.insert(this);
    far_ = far.open(wish, *this);
    if (options.disk != nullptr) files_.emplace(far, *far_, *options.disk, std::move(options.show_transfer));
}

LocalClient::~LocalClient() {
    group_.erase(this);
}

awaitable<bool> LocalClient::opened() {
    while (state_ == State::opening) co_await platform::expiry(changed_);
    co_return state_ == State::open;
}

awaitable<void> LocalClient::serve(platform::ServerSocket& socket) {
    socket_ = &socket;
    co_await (read_loop() || write_loop() || move_files() || end_late());
    socket_ = nullptr;
    files_.reset();
    far_.reset();
}

void LocalClient::end(ClientEnd why, std::string_view sentence) {
    if (state_ == State::over) return;
    state_ = State::over;
    ended_ = {why, std::string(sentence)};
    changed_.cancel();
}

void LocalClient::on_open() {
    if (state_ != State::opening) return;
    state_ = State::open;
    changed_.cancel();
}

void LocalClient::on_message(std::string_view message) {
    if (files_ && state_ != State::over && files_->takes(message)) return static_cast<void>(changed_.cancel());
    give(message);
}

/// It comes to the client after all that waits.
void LocalClient::give(std::string_view message) {
    if (state_ == State::over) return;
    if (held_ + message.size() > held_limit_) {
        end(ClientEnd::overrun, "the client does not read what the browser sends: it was ended");
        // A close frame would wait behind all that it does not read.
        waiting_.clear();
        if (socket_ != nullptr) socket_->drop();
        return;
    }
    held_ += message.size();
    waiting_.emplace_back(message);
    changed_.cancel();
}

// It goes on after the end: the client's close frame is still to come.
awaitable<void> LocalClient::read_loop() {
    while (true) {
        co_await until_room_to_hold_back();
        const auto message = co_await socket_->read();
        if (!message) co_return;
        take_up(*message);
    }
}

awaitable<void> LocalClient::until_room_to_hold_back() {
    const auto cancellation = co_await net::this_coro::cancellation_state;
    while (uploads_.bytes() > held_back_limit_ && !is_cancelled(cancellation)) co_await platform::expiry(changed_);
}

void LocalClient::take_up(std::string_view message) {
    if (!files_) return send_up(message);
    if (uploads_.takes(message)) return static_cast<void>(changed_.cancel());
    send_up(files_->pass(message));
}

awaitable<void> LocalClient::move_files() {
    co_await (upload_loop() || file_loop());
}

// Beside the others: what does not depend on the files goes up meanwhile.
awaitable<void> LocalClient::upload_loop() {
    const auto cancellation = co_await net::this_coro::cancellation_state;
    while (!is_cancelled(cancellation)) {
        if (uploads_.empty()) {
            co_await platform::expiry(changed_);
            continue;
        }
        std::string first = uploads_.first();
        const auto sent = co_await files_->send(std::move(first));
        if (!sent.answer.empty()) give(sent.answer);
        if (!sent.up.empty()) send_up(sent.up);
        for (const auto& message : uploads_.finish_first()) send_up(files_->pass(message));
        changed_.cancel();
    }
}

// Beside the others: a large download holds up nothing but the news of its completion.
awaitable<void> LocalClient::file_loop() {
    const auto cancellation = co_await net::this_coro::cancellation_state;
    while (!is_cancelled(cancellation)) {
        if (files_ && files_->waits()) {
            const auto message = co_await files_->next();
            give(message);
        } else {
            co_await platform::expiry(changed_);
        }
    }
}

/// A client that reads nothing hears no close frame: its connection is dropped in the end.
awaitable<void> LocalClient::end_late() {
    const auto cancellation = co_await net::this_coro::cancellation_state;
    while (state_ != State::over && !is_cancelled(cancellation)) co_await platform::expiry(changed_);
    if (is_cancelled(cancellation)) co_return;
    const auto executor = co_await net::this_coro::executor;
    platform::Timer limit{executor, platform::BootClock::now() + end_limit_};
    co_await platform::expiry(limit);
    socket_->drop();
}

void LocalClient::send_up(std::string_view message) {
    if (state_ == State::over) return;
    const auto refusal = refusal_of(message);
    if (!refusal.empty()) return give(refusal);
    // Without room for it the far side ends the client, and says so by on_end().
    far_->send(message);
}

awaitable<void> LocalClient::write_loop() {
    const auto cancellation = co_await net::this_coro::cancellation_state;
    while (!is_cancelled(cancellation)) {
        co_await write_waiting();
        if (state_ == State::over && waiting_.empty()) break;
        co_await platform::expiry(changed_);
    }
    if (is_cancelled(cancellation)) co_return;
    const auto code = ended_.why == ClientEnd::left ? normal : going_away;
    const auto reason = platform::clean(ended_.sentence, platform::close_reason_bytes);
    co_await socket_->close(code, reason);
}

awaitable<void> LocalClient::write_waiting() {
    while (!waiting_.empty()) {
        const std::string message = std::move(waiting_.front());
        waiting_.pop_front();
        const Error failed = co_await socket_->write(message);
        held_ -= message.size();
        // The reader sees the end of the connection too.
        if (failed) waiting_.clear();
    }
}

}  // namespace bridge
