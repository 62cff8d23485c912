// The controller's end of a client: opens one over the driver's channel, posts messages, takes what comes down, and
// acknowledges, as the bridge of a controller does. The channel between may be cut.
#pragma once

#include <memory>
#include <vector>

#include "agent/relay/core/message_stream.hpp"
#include "driver.hpp"
#include "platform/clock.hpp"

namespace relay::test {

class FarClient {
  public:
    explicit FarClient(Driver& driver) : driver_{driver}, wake_{driver.context} {
        driver.listeners.push_back([this, here = std::weak_ptr{here_}](const std::string& payload) {
            if (!here.expired()) on_event(payload);
        });
    }
    FarClient(const FarClient&) = delete;
    FarClient& operator=(const FarClient&) = delete;

    /// Opens it; `params` as Agent.open takes them.
    awaitable<void> open(std::string params = "{}") {
        const json answer = co_await driver_.ask("Agent.open", params);
        EXPECT_TRUE(answer.value("ok", false)) << answer;
        if (!answer.value("ok", false)) co_return;
        id = answer["result"]["client"];
        MessageStream::Settings settings;
        settings.out.list_name = "messages";
        settings.list_name_in = "items";
        settings.in.message = std::size_t{256} << 20;
        stream_.emplace(settings, driver_.largest_payload, 300);
    }

    /// Posts a command as a client writes it to the browser's socket; its id.
    int post(const std::string& method, const std::string& params = "{}", const std::string& session = {}) {
        json message{{"id", ++last_id_}, {"method", method}, {"params", json::parse(params)}};
        if (!session.empty()) message["sessionId"] = session;
        stream_->add(message.dump());
        pump();
        return last_id_;
    }

    /// Posts a command and awaits its reply.
    awaitable<json> ask(std::string method, std::string params = "{}", std::string session = {}) {
        const int number = post(method, params, session);
        const auto is_it = [number](const json& item) { return item.value("id", 0) == number; };
        const json reply = co_await await_item(is_it);
        co_return reply;
    }

    /// The first item for which `wanted` holds, of those that came and are to come.
    template <class Wanted>
    awaitable<json> await_item(Wanted wanted) {
        for (std::size_t i = 0;;) {
            for (; i < items.size(); ++i) {
                if (wanted(items[i])) co_return items[i];
            }
            wake_.expires_at(TimePoint::max());
            co_await wake_.async_wait(no_throw);
        }
    }
    awaitable<json> await_event(std::string method) {
        const auto is_it = [method](const json& item) { return item.value("method", "") == method; };
        const json event = co_await await_item(is_it);
        co_return event;
    }
    awaitable<void> await_end() {
        while (ended.empty()) {
            wake_.expires_at(TimePoint::max());
            co_await wake_.async_wait(no_throw);
        }
    }

    /// Sends what the stream has for now; to be called again when time has passed.
    void pump() {
        if (!stream_ || silent) return;
        while (const auto broadcast = stream_->next(platform::BootClock::now())) {
            ++posts;
            if (!driver_.cut) {
                driver_.send(R"({"id":"p-)" + std::to_string(posts) +
                             R"(","method":"Agent.post","params":{"client":")" + id + R"(",)" + broadcast->members +
                             "}}");
            }
            stream_->left(platform::BootClock::now());
        }
    }

    /// Keeps the stream's times for as long.
    awaitable<void> live(Duration duration) {
        const TimePoint end = platform::BootClock::now() + duration;
        while (platform::BootClock::now() < end) {
            pump();
            co_await driver_.pause(50ms);
        }
    }

    std::string id;
    std::vector<json> items;
    std::string ended;    // the reason
    bool silent = false;  // it was killed: it says nothing more
    int broadcasts = 0;
    int posts = 0;

  private:
    void on_event(const std::string& payload) {
        const json event = json::parse(payload);
        if (!stream_ || event["client"] != id || silent) return;
        ++broadcasts;
        EXPECT_LE(payload.size(), driver_.largest_payload);
        if (event.contains("ended")) {
            ended = event["ended"]["reason"];
        } else {
            const auto received = stream_->receive(payload, platform::BootClock::now());
            EXPECT_EQ(received.wrong, "");
            for (const auto message : received.messages) items.push_back(json::parse(message));
        }
        wake_.cancel();
        net::post(driver_.context, [this, here = std::weak_ptr{here_}] {
            if (!here.expired()) pump();
        });
    }

    Driver& driver_;
    platform::Timer wake_;
    std::optional<MessageStream> stream_;
    int last_id_ = 0;
    std::shared_ptr<bool> here_ = std::make_shared<bool>();  // the driver may call after the client has gone
};

}  // namespace relay::test
