// The controller's end of a sealed client, for tests: makes the Agent.open and the posts, and reads what comes down.
#pragma once

#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "agent/relay/client_stream.hpp"
#include "agent/relay/core/client_text.hpp"
#include "agent/relay/core/sealed_text.hpp"
#include "platform/clock.hpp"
#include "platform/core/base64.hpp"
#include "platform/sealed.hpp"

namespace relay::test {

class SealedFar {
  public:
    using json = nlohmann::json;

    /// `uuid` and `device` are those that it wants to speak to.
    SealedFar(const platform::KeyPair& key, std::string uuid, const platform::PublicKey& device)
        : party_{platform::SealedRole::controller, key}, uuid_{std::move(uuid)}, device_{device} {}
    SealedFar(const SealedFar&) = delete;
    SealedFar& operator=(const SealedFar&) = delete;

    /// The params of an Agent.open that asks for `asked`.
    std::string open_params(json asked = json::object(), std::string_view session = {}) {
        const auto request = read_open(asked.dump());
        connection_ = std::make_unique<platform::SealedConnection>(
            party_, platform::SealedConnection::Opening{
                        .binding = sealed_binding(uuid_, request),
                        .takes = [device = device_](const platform::PublicKey& key) { return key == device; },
                        .session = session});
        asked["tls"] = true;
        if (binary) asked["binary"] = true;
        asked["data"] = platform::base64(connection_->take_records());
        return asked.dump();
    }

    /// The result of that Agent.open.
    void on_opened(const json& result, std::size_t payload_limit = 3'000'000) {
        id = result.value("client", "");
        MessageStream::Settings settings;
        settings.out.list_name = "messages";
        settings.list_name_in = "items";
        stream.emplace(settings, payload_limit, 300);
        EXPECT_EQ(connection_->feed(*platform::from_base64(result.value("data", ""))), "");
        stream->seal(std::move(connection_), std::size_t{1} << 28);
        if (binary && result.value("binary", false)) stream->send_raw();
        stream->add_records();
    }

    void add(const json& message) { stream->add(message.dump()); }

    /// An Agent.post: its params, and the bytes beside it.
    struct Post {
        std::string params;
        std::string raw;
    };
    /// The next one, if one is due.
    std::optional<Post> next() {
        const TimePoint now = platform::BootClock::now();
        const auto broadcast = stream->next(now);
        if (!broadcast) return std::nullopt;
        Post post{R"({"client":")" + id + R"(",)" + broadcast->members + "}", std::string{broadcast->raw}};
        stream->left(now);
        return post;
    }
    /// Its params, where it has no bytes.
    std::optional<std::string> next_post() {
        auto post = next();
        if (!post) return std::nullopt;
        EXPECT_EQ(post->raw, "");
        return std::move(post->params);
    }

    /// The text of a cdp-event, and the bytes beside it.
    void on_event(std::string_view payload, std::string_view raw = {}) {
        const json event = json::parse(payload);
        if (event.value("client", "") != id) return;
        if (event.contains("ended")) {
            ended = event["ended"].value("reason", "");
            return;
        }
        EXPECT_FALSE(event.contains("items")) << payload;
        const auto received = stream->receive(payload, platform::BootClock::now(), raw);
        EXPECT_EQ(received.wrong, "");
        for (const auto message : received.messages) items.push_back(json::parse(message));
    }

    bool binary = false;  // it takes raw broadcasts, and says so
    std::string id;
    std::vector<json> items;
    std::string ended;
    std::optional<ClientStream> stream;

  private:
    platform::SealedParty party_;
    std::string uuid_;
    platform::PublicKey device_;
    std::unique_ptr<platform::SealedConnection> connection_;
};

}  // namespace relay::test
