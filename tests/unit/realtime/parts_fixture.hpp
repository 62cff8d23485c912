// What tests of one part of a connection begin with: a loop, the memory of a link without a server, and those that the
// part calls, written down.
#pragma once

#include <fmt/core.h>
#include <gtest/gtest.h>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "agent/realtime/connection_end.hpp"
#include "agent/realtime/link_memory.hpp"
#include "agent/realtime/pusher.hpp"

namespace parts {

using namespace std::chrono_literals;

/// Writes down what the Listener is told.
class Ears final : public realtime::Listener {
  public:
    void on_broadcast(const realtime::Broadcast& broadcast) override {
        events.emplace_back(broadcast.event);
        stale = broadcast.stale;
    }
    void on_settled(realtime::Ticket ticket, realtime::Settled how) override { settled.emplace_back(ticket, how); }
    void on_sent(realtime::Ticket ticket) override {
        sent.push_back(ticket);
        if (on_each_sent) on_each_sent();
    }
    void on_left_over(std::string_view id) override { left_over.emplace_back(id); }
    void on_status(const realtime::Status&) override { ++changes; }

    std::vector<std::string> events;  // of broadcasts
    bool stale = false;               // the last one
    std::vector<std::pair<realtime::Ticket, realtime::Settled>> settled;
    std::vector<realtime::Ticket> sent;  // of streams
    std::function<void()> on_each_sent;  // may be empty
    std::vector<std::string> left_over;
    int changes = 0;
};

/// Writes down what is pushed.
class Pushes final : public realtime::Pusher {
  public:
    struct Said {
        realtime::Ref join_ref;
        realtime::Ref ref;
        std::string topic;
        std::string event;
        std::string payload;
    };
    realtime::Ref push(realtime::Ref join_ref, std::string_view topic, std::string_view event,
                       std::string_view payload) override {
        said.push_back({join_ref, ++last, std::string{topic}, std::string{event}, std::string{payload}});
        return last;
    }
    realtime::Ref push_join(std::string_view topic, std::string_view payload) override {
        return push(last + 1, topic, "phx_join", payload);
    }
    /// "event topic", in order.
    std::vector<std::string> names() const {
        std::vector<std::string> all;
        for (const Said& one : said) all.push_back(fmt::format("{} {}", one.event, one.topic));
        return all;
    }

    std::vector<Said> said;
    realtime::Ref last = realtime::no_ref;
};

/// Waits of milliseconds where the product waits for seconds.
inline realtime::Settings quick_settings() {
    realtime::Settings settings;
    settings.backoff_base = 1ms;
    settings.backoff_cap = 10ms;
    settings.reconnect_spread = 1ms;
    settings.optional_spread = 0s;
    settings.join_devices_all = false;
    return settings;
}

class Fixture : public ::testing::Test {
  protected:
    explicit Fixture(realtime::Settings with = quick_settings()) : settings{std::move(with)} {}

    void pair(int number = 1) {
        credentials::Credential credential;
        credential.device_uuid = "d-1";
        credential.device_name = "a test";
        credential.access_token = platform::Secret{std::string_view{fmt::format("token-{}", number)}};
        credential.origin = credentials::Origin::ephemeral;
        tokens.adopt(std::move(credential));
    }

    /// Starts a loop of the part under test.
    void start(std::function<awaitable<void>()> loop) {
        const auto whole = [this, loop]() -> awaitable<void> {
            co_await net::this_coro::throw_if_cancelled(false);
            co_await loop();
            ++ended;
        };
        net::co_spawn(io, whole, net::bind_cancellation_slot(cancel.slot(), rethrow));
    }

    /// Runs the loop until `done` says yes. False: it did not in time.
    bool until(const std::function<bool()>& done, std::chrono::milliseconds limit = 3s) {
        const auto end = platform::BootClock::now() + limit;
        while (!done() && platform::BootClock::now() < end) {
            if (io.stopped()) io.restart();
            io.run_one_for(10ms);
        }
        return done();
    }

    /// Runs what is ready now, and waits for nothing.
    void settle() {
        if (io.stopped()) io.restart();
        io.poll();
    }

    void TearDown() override {
        cancel.emit(net::cancellation_type::terminal);
        settle();
    }

    net::io_context io;
    net::cancellation_signal cancel;
    realtime::Settings settings;
    Ears ears;
    Pushes pushes;
    credentials::Tokens tokens{io.get_executor()};
    platform::Worker worker{"test"};
    realtime::LinkMemory memory{io.get_executor(), worker, settings, tokens, ears};
    realtime::ConnectionEnd ending{io.get_executor()};
    int ended = 0;
};

inline realtime::Frame reply_to(realtime::Ref ref, bool ok = true, std::string_view text = {}) {
    realtime::Frame frame;
    frame.kind = realtime::FrameKind::reply;
    frame.ref = ref;
    frame.ok = ok;
    frame.text = text;
    return frame;
}

}  // namespace parts
