// Sealed clients of a router whose browser and channel are scripted.
#pragma once

#include <algorithm>

#include "clients_fixture.hpp"
#include "sealed_far.hpp"

namespace clients_test {

using namespace std::chrono_literals;
using platform::KeyPair;
using relay::test::SealedFar;

inline const std::string version = "Browser.getVersion";

class SealedClientsTest : public ClientsTest {
  protected:
    void start_sealed() {
        settings.trust.controllers.push_back(platform::openssh_line(alice.public_key(), "alice"));
        start();
        router->set_key(device);
    }
    void start_sealed_for_two() {
        settings.trust.controllers.push_back(platform::openssh_line(bob.public_key(), "bob"));
        start_sealed();
    }
    SealedFar far() { return {alice, "uuid-1", device.public_key()}; }

    SealedFar far_of_bob() { return {bob, "uuid-1", device.public_key()}; }

    /// The client sends a command that goes where one without a client would.
    void call(SealedFar& client, const std::string& id, const std::string& method,
              const json& params = json::object()) {
        client.add({{"id", id}, {"method", "Agent.call"}, {"params", {{"method", method}, {"params", params}}}});
        post_all(client);
    }
    void command_in(const std::string& session, const std::string& method, const std::string& params) {
        router->on_command(
            R"({"id":"q-s","method":")" + method + R"(","sessionId":")" + session + R"(","params":)" + params + "}",
            {});
    }
    std::size_t answers_in_plain() const {
        const auto is_result = [](const realtime::Message& message) { return message.event == "cdp-result"; };
        return static_cast<std::size_t>(std::count_if(published.begin(), published.end(), is_result));
    }

    /// Opens it; its session in the browser is asked for when its first post has come.
    void open_far(SealedFar& client, const json& asked = json::object()) {
        command("Agent.open", client.open_params(asked));
        ASSERT_TRUE(answered().contains("result")) << answered();
        client.on_opened(answered()["result"], limit);
    }
    /// Hands in a post as it comes over the channel.
    void hand_in(const SealedFar::Post& one) {
        if (one.raw.empty()) return command("Agent.post", one.params);
        std::string payload =
            R"({"id":"r-)" + std::to_string(++last_id) + R"(","method":"Agent.post","params":)" + one.params + "}";
        realtime::append_raw(payload, one.raw);
        router->on_command(payload, {.raw = true});
    }
    /// Sends what it has to post; the params of the last of the posts.
    std::string post_all(SealedFar& client) {
        std::string last;
        while (auto one = client.next()) {
            hand_in(*one);
            last = std::move(one->params);
        }
        return last;
    }
    /// The browser gives it the session of that name.
    void give_session(const std::string& session) {
        browser.open(session, browser_target());
        ASSERT_EQ(browser.asked.back().method, "Target.attachToBrowserTarget");
        answer_last(R"({"sessionId":")" + session + R"("})");
    }
    /// Opened, proved and served.
    void serve(SealedFar& client, const std::string& session) {
        open_far(client);
        post_all(client);
        give_session(session);
    }
    /// What came down for it until now.
    void hear(SealedFar& client) {
        items(client.id);  // the channel sends it
        for (; heard < published.size(); ++heard) {
            const realtime::Message& message = published[heard];
            if (message.event != "cdp-event") continue;
            const auto parts = realtime::split_raw(message.payload);
            EXPECT_EQ(message.raw, !parts.bytes.empty());
            client.on_event(parts.text, parts.bytes);
        }
    }
    json ask(int id, const std::string& method, const json& params = json::object()) {
        return {{"id", id}, {"method", method}, {"params", params}};
    }
    void run_router() {
        const auto running = [this]() -> awaitable<void> { co_await router->run(); };
        net::co_spawn(io, running, rethrow);
    }
    void run_for(Duration how_long) {
        io.restart();
        io.run_for(how_long);
    }
    void TearDown() override {
        if (router) router->stop();
        run_for(2s);
        EXPECT_TRUE(io.stopped()) << "the router has ended";
    }
    std::size_t asked_of_browser() const { return browser.asked.size(); }

    const KeyPair device = KeyPair::make();
    const KeyPair alice = KeyPair::make();
    const KeyPair bob = KeyPair::make();
    std::size_t heard = 0;
};

}  // namespace clients_test
