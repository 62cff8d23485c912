// A client over the whole way: it comes, drives a page of its own, outlives a loss of all connections, and is ended by
// an unpairing. The controller's end is written against the contract alone and shares no code with the agent's.
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "tests/support/world.hpp"

namespace {

using nlohmann::json;
using support::World;
using namespace std::chrono_literals;

/// Takes what comes down in order, and throws away what is beyond.
class Far {
  public:
    Far(World& world, std::unique_ptr<support::Controller>& controller) : world_{world}, controller_{controller} {
        const auto text = controller->call("\"open\"", "Agent.open", R"({"label":"test"})");
        const json answer = text ? json::parse(*text) : json{};
        EXPECT_TRUE(answer.value("ok", false)) << answer;
        if (answer.value("ok", false)) id = answer["result"]["client"];
    }

    int post(const std::string& method, const json& params, const std::string& session = {}) {
        json message{{"id", ++last_id_}, {"method", method}, {"params", params}};
        if (!session.empty()) message["sessionId"] = session;
        say({{"seq", ++seq_}, {"ack", ack_}, {"messages", {message}}});
        return last_id_;
    }
    json ask(const std::string& method, const json& params, const std::string& session = {}) {
        const int number = post(method, params, session);
        const auto came = [&] { return reply(number) != nullptr; };
        EXPECT_TRUE(world_.until(came, 30s)) << method << " is not answered";
        return reply(number);
    }
    json reply(int number) {
        read();
        for (const json& item : items) {
            if (item.value("id", 0) == number) return item;
        }
        return nullptr;
    }
    /// Asks for what was lost.
    void ask_again() { say({{"nack", ack_}}); }

    void read() {
        const auto& heard = controller_->heard();
        for (; read_ < heard.size(); ++read_) {
            if (heard[read_].event != "cdp-event") continue;
            const json payload = json::parse(heard[read_].payload);
            if (payload["client"] != id) continue;
            if (payload.contains("ended")) ended = payload["ended"]["reason"];
            if (!payload.contains("seq") || payload["seq"] != ack_ + 1) continue;
            ++ack_;
            for (const json& item : payload.value("items", json::array())) items.push_back(item);
        }
    }
    /// Another connection hears from its own beginning.
    void reconnected() { read_ = 0; }

    std::string id;
    std::string ended;
    std::vector<json> items;

  private:
    void say(json params) {
        params["client"] = id;
        controller_->command(
            json{{"id", "p-" + std::to_string(++posts_)}, {"method", "Agent.post"}, {"params", params}}.dump());
    }

    World& world_;
    std::unique_ptr<support::Controller>& controller_;
    std::size_t read_ = 0;
    std::uint64_t seq_ = 0;
    std::uint64_t ack_ = 0;
    int last_id_ = 0;
    int posts_ = 0;
};

TEST(Clients, DriveAPageThroughALossOfAllConnectionsUntilTheUnpairing) {
    World world;
    const auto agent = world.joined_agent();
    ASSERT_NE(agent, nullptr);
    auto controller = world.controller();
    Far client{world, controller};
    ASSERT_FALSE(client.id.empty());
    const json page = client.ask("Target.createTarget", {{"url", "about:blank"}});
    const json attached =
        client.ask("Target.attachToTarget", {{"targetId", page["result"]["targetId"]}, {"flatten", true}});
    const std::string session = attached["result"]["sessionId"];
    client.ask("Runtime.enable", json::object(), session);
    const std::string counting = "let n = 0; const t = setInterval(() => console.log('tick', n++), 20); 7";
    EXPECT_EQ(client.ask("Runtime.evaluate", {{"expression", counting}}, session)["result"]["result"]["value"], 7);

    world.admin("sockets", R"({"action":"drop"})");
    controller = world.controller();
    client.reconnected();
    const auto joined = [&] { return world.status().value("state", "") == "joined"; };
    ASSERT_TRUE(world.until(joined, 30s));
    client.ask_again();
    const json stopped = client.ask("Runtime.evaluate", {{"expression", "clearInterval(t); n"}}, session);
    const int count = stopped["result"]["result"]["value"];
    int next = 0;
    for (const json& item : client.items) {
        if (item.value("method", "") != "Runtime.consoleAPICalled") continue;
        EXPECT_EQ(item["params"]["args"][1]["value"], next++) << "each once, in order";
    }
    EXPECT_EQ(next, count);

    controller->broadcast("unpair", "{}");
    const auto over = [&] {
        client.read();
        return !client.ended.empty();
    };
    EXPECT_TRUE(world.until(over, 10s));
    EXPECT_EQ(client.ended, "stopping");
}

}  // namespace
