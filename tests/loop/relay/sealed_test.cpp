// Sealed clients against a real Chromium, with somebody on the channel who sees all of it (contract, "Sealed clients").
#include <fstream>
#include <sstream>

#include "driver.hpp"
#include "platform/crypto.hpp"
#include "tests/unit/relay/sealed_far.hpp"

namespace {

using namespace relay::test;
using platform::KeyPair;

/// The controller's end over the driver's channel. Keeps all that passes, as any member of the channel can.
class SealedEnd {
  public:
    SealedEnd(Driver& driver, const KeyPair& key, const platform::PublicKey& device)
        : driver_{driver}, far{key, "uuid", device}, wake_{driver.context} {
        driver.listeners.push_back([this, here = std::weak_ptr{here_}](const std::string& payload) {
            if (!here.expired()) on_event(payload);
        });
    }

    awaitable<void> open() {
        std::string params = far.open_params({{"label", "sealed"}});
        seen.push_back(params);
        const json answer = co_await driver_.ask("Agent.open", params);
        seen.push_back(answer.dump());
        EXPECT_TRUE(answer.value("ok", false)) << answer;
        if (answer.value("ok", false)) far.on_opened(answer["result"], driver_.largest_payload);
    }

    awaitable<json> ask(std::string method, std::string params = "{}", std::string session = {}) {
        const int number = ++last_id_;
        json message{{"id", number}, {"method", method}, {"params", json::parse(params)}};
        if (!session.empty()) message["sessionId"] = session;
        far.add(message);
        pump();
        const auto is_it = [number](const json& item) { return item.value("id", 0) == number; };
        const json reply = co_await await_item(is_it);
        co_return reply;
    }

    template <class Wanted>
    awaitable<json> await_item(Wanted wanted) {
        for (std::size_t i = 0;;) {
            for (; i < far.items.size(); ++i) {
                if (wanted(far.items[i])) co_return far.items[i];
            }
            wake_.expires_at(TimePoint::max());
            co_await wake_.async_wait(no_throw);
        }
    }

    void pump() {
        while (const auto params = far.next_post()) {
            seen.push_back(*params);
            driver_.send(R"({"id":"p-)" + std::to_string(++posts_) + R"(","method":"Agent.post","params":)" + *params +
                         "}");
        }
    }

    std::vector<std::string> seen;  // every broadcast of the client, in both directions

  private:
    void on_event(const std::string& payload) {
        if (!far.stream) return;
        seen.push_back(payload);
        far.on_event(payload);
        wake_.cancel();
        net::post(driver_.context, [this, here = std::weak_ptr{here_}] {
            if (!here.expired()) pump();
        });
    }

    Driver& driver_;

  public:
    SealedFar far;

  private:
    platform::Timer wake_;
    int last_id_ = 0;
    int posts_ = 0;
    std::shared_ptr<bool> here_ = std::make_shared<bool>();  // the driver may call after the client has gone
};

/// Whether the text stands anywhere in what was seen, in base64 or not.
bool seen_in(const std::vector<std::string>& seen, const std::string& text) {
    return std::any_of(seen.begin(), seen.end(), [&text](const std::string& payload) {
        if (payload.find(text) != std::string::npos) return true;
        const auto data = platform::from_base64(json::parse(payload).value("data", ""));
        return data && data->find(text) != std::string::npos;
    });
}

std::string text_of(const std::filesystem::path& file) {
    std::stringstream text;
    text << std::ifstream{file}.rdbuf();
    return text.str();
}

class RelaySealed : public testing::Test {
  protected:
    RelaySealed() {
        driver.settings.trust.controllers = {platform::openssh_line(alice.public_key(), "alice")};
        driver.settings.trust.require = relay::Require::all;
        driver.settings.audit.file = (driver.folder / "audit").string();
    }
    const KeyPair device = KeyPair::make();
    const KeyPair alice = KeyPair::make();
    Driver driver;
};

/// A page in a new target, attached to; its session.
awaitable<std::string> sealed_page(SealedEnd& client) {
    const json made = co_await client.ask("Target.createTarget", R"({"url":"about:blank"})");
    const std::string attach = json{{"targetId", made["result"]["targetId"]}, {"flatten", true}}.dump();
    const json attached = co_await client.ask("Target.attachToTarget", attach);
    co_return attached["result"].value("sessionId", "");
}

TEST_F(RelaySealed, DrivesAPageAndNobodyElseLearnsWhat) {
    std::vector<std::string> seen;
    driver.largest_payload = 500'000;
    driver.run([&]() -> awaitable<void> {
        driver.router->set_key(device);
        SealedEnd client{driver, alice, device.public_key()};
        co_await client.open();
        const std::string page = co_await sealed_page(client);
        const std::string script = R"js({"expression":"'MARKER' + '-' + 'RESULT'","returnByValue":true})js";
        const json value = co_await client.ask("Runtime.evaluate", script, page);
        EXPECT_EQ(value["result"]["result"]["value"], "MARKER-RESULT") << value;
        const std::string large = R"js({"expression":"'MARKER-RESULT'.repeat(100000)","returnByValue":true})js";
        const json repeated = co_await client.ask("Runtime.evaluate", large, page);
        EXPECT_EQ(repeated["result"]["result"]["value"].get<std::string>().size(), 1'300'000u);
        const std::string file = R"({"name":"note","data":")" + platform::base64("MARKER-FILE") + "\"}";
        const json put = co_await client.ask("Agent.filePut", file);
        EXPECT_EQ(put["result"], json::object()) << put;
        const json read = co_await client.ask("Agent.fileRead", R"({"name":"note"})");
        EXPECT_EQ(read["result"]["data"], platform::base64("MARKER-FILE")) << read;
        seen = client.seen;
        for (const char* method : {"Browser.getVersion", "Runtime.evaluate", "Agent.fileRead"}) {
            const std::string params = R"({"client":")" + client.far.id + R"(","name":"note","expression":"1"})";
            const json refused = co_await driver.ask(method, params);
            EXPECT_EQ(refused["error"]["data"]["reason"], "denied") << refused;
        }
        const json stranger = co_await driver.ask("Agent.open");
        EXPECT_EQ(stranger["error"]["data"]["reason"], "denied") << stranger;
    });
    EXPECT_GT(seen.size(), 10u);
    for (const char* marker : {"MARKER", "Runtime.evaluate", "fileRead", "about:blank"}) {
        EXPECT_FALSE(seen_in(seen, marker)) << marker;
    }
    EXPECT_FALSE(seen_in(seen, platform::base64("MARKER-FILE")));
    EXPECT_NE(text_of(driver.folder / "audit").find(R"("key":"alice","method":"Runtime.evaluate")"), std::string::npos)
        << "the trail names the key";
}

TEST_F(RelaySealed, AStrangersKeyReachesNoBrowser) {
    driver.run([&]() -> awaitable<void> {
        driver.router->set_key(device);
        SealedEnd mallory{driver, KeyPair::make(), device.public_key()};
        co_await mallory.open();
        mallory.far.add({{"id", 1}, {"method", "Browser.getVersion"}});
        mallory.pump();
        while (mallory.far.ended.empty()) co_await driver.pause(10ms);
        EXPECT_EQ(mallory.far.ended, "not_trusted");
        EXPECT_TRUE(mallory.far.items.empty());
    });
}

/// Somebody sends again, under the names of clients that live, all that an earlier one has sent.
TEST_F(RelaySealed, WhatWasRecordedDoesNothingLater) {
    driver.run([&]() -> awaitable<void> {
        driver.router->set_key(device);
        std::vector<std::string> posts;
        {
            SealedEnd earlier{driver, alice, device.public_key()};
            co_await earlier.open();
            co_await earlier.ask("Target.createTarget", R"({"url":"about:blank#earlier"})");
            for (const std::string& one : earlier.seen) {
                if (json::parse(one).contains("seq") && !json::parse(one).contains("instance")) posts.push_back(one);
            }
            co_await earlier.ask("Agent.close");
        }
        SealedEnd later{driver, alice, device.public_key()};
        co_await later.open();
        co_await later.ask("Browser.getVersion");
        EXPECT_GE(posts.size(), 1u);
        int number = 0;
        for (const std::string& post : posts) {
            json moved = json::parse(post);
            driver.send(R"({"id":"r-)" + std::to_string(++number) + R"(","method":"Agent.post","params":)" + post +
                        "}");
            moved["client"] = later.far.id;
            driver.send(R"({"id":"r-)" + std::to_string(++number) + R"(","method":"Agent.post","params":)" +
                        moved.dump() + "}");
        }
        const json targets = co_await later.ask("Target.getTargets");
        int made = 0;
        for (const json& target : targets["result"]["targetInfos"])
            made += target["url"] == "about:blank#earlier" ? 1 : 0;
        EXPECT_LE(made, 1) << "it was made once";
        EXPECT_EQ(later.far.ended, "") << "numbers that were used are ignored";
    });
}

}  // namespace
