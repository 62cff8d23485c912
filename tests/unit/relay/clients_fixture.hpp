// Clients of a router whose browser and channel are scripted: a test says what the browser tells and answers, and when
// the channel has sent what it was given.
#pragma once

#include <gtest/gtest.h>

#include <map>
#include <set>

#include "agent/realtime/core/raw_payload.hpp"
#include "cdp/core/message.hpp"
#include "router_fixture.hpp"

namespace clients_test {

using namespace router_test;

class Browser final : public cdp::BrowserPort {
  public:
    void submit(const cdp::Request& request) override {
        asked.push_back({request.ticket, request.to.kind, std::string(request.to.session), std::string(request.method),
                         std::string(request.params), request.deadline, request.content});
    }
    const cdp::TargetInfo* target_of(std::string_view session) const override {
        const auto found = targets.find(std::string(session));
        return found != targets.end() ? &found->second : nullptr;
    }
    const cdp::TargetInfo* default_page() const override { return nullptr; }
    const cdp::TargetInfo* target(std::string_view id) const override {
        return id == "FILE" ? &file_page : id == "PAGE" ? &page : nullptr;
    }
    void forget(cdp::Ticket) override {}
    void hear_downloads(std::string_view) override {}
    void cancel_download(std::string_view) override {}
    void close_page_of_download(std::string_view) override {}
    std::string_view top_of(std::string_view session) const override {
        const auto found = tops.find(session);
        return found != tops.end() ? std::string_view{found->second} : std::string_view{};
    }
    std::vector<std::string> sessions_below(std::string_view top) const override {
        std::vector<std::string> all;
        for (const auto& [session, its_top] : tops) {
            if (its_top == top) all.push_back(session);
        }
        return all;
    }
    cdp::BrowserStatus status() const override { return state; }

    /// A session comes, below `top`; its own where that is empty.
    void open(const std::string& session, cdp::TargetInfo target, std::string top = {}) {
        targets.insert_or_assign(session, std::move(target));
        tops.insert_or_assign(session, top.empty() ? session : std::move(top));
    }
    void tell(const std::string& session, const std::string& method, const std::string& params) {
        cdp::Message event;
        event.kind = cdp::Message::Kind::event;
        event.method = method;
        event.body = params;
        event.session = session;
        if (asker->hears_events()) asker->on_event(event, top_of(session));
    }
    /// The first command of that method; null: it was not asked for.
    const Asked* find(const std::string& method, const std::string& session = {}) const {
        for (const Asked& one : asked) {
            if (one.method == method && (session.empty() || one.session == session)) return &one;
        }
        return nullptr;
    }

    std::vector<Asked> asked;
    std::map<std::string, cdp::TargetInfo> targets;
    std::map<std::string, std::string, std::less<>> tops;
    cdp::TargetInfo page = page_at("https://example.org/");
    cdp::TargetInfo file_page = page_at("file:///etc/passwd");
    cdp::Asker* asker = nullptr;
    cdp::BrowserStatus state;
};

class ClientsTest : public testing::Test {
  protected:
    void start() {
        settings.clients.gather_most = settings.clients.gather_most_news = gather;
        browser.state.state = cdp::BrowserState::attached;
        router.emplace(io.get_executor(), settings, sink, browser, files);
        browser.asker = &*router;
        router->set_identity({"1.2.3", "inst", "uuid-1", "name"});
        router->on_link(true);
        router->on_browser_state();
        browser.asked.clear();
    }

    void command(const std::string& method, const std::string& params) {
        router->on_command(
            R"({"id":"q-)" + std::to_string(++last_id) + R"(","method":")" + method + R"(","params":)" + params + "}",
            {});
    }

    /// The result or error of the last command of its own.
    json answered() const {
        for (auto message = published.rbegin(); message != published.rend(); ++message) {
            if (message->event == "cdp-result") return json::parse(message->payload.view());
        }
        return nullptr;
    }

    /// Opens a client whose own session has that name; its name.
    std::string open(const std::string& session, const std::string& params = "{}") {
        command("Agent.open", params);
        const bool of_page = params.find("target") != std::string::npos;
        browser.open(session, of_page ? browser.page : browser_target());
        const Asked asked = browser.asked.back();
        EXPECT_EQ(asked.method, of_page ? "Target.attachToTarget" : "Target.attachToBrowserTarget");
        answer(asked, cdp::Fate::result, R"({"sessionId":")" + session + R"("})");
        return answered()["result"].value("client", "");
    }

    void post(const std::string& client, const std::string& messages) {
        command("Agent.post", R"({"client":")" + client + R"(","seq":)" + std::to_string(++seqs[client]) +
                                  R"(,"ack":0,"messages":[)" + messages + "]}");
    }

    void answer(const Asked& asked, cdp::Fate fate, const std::string& text) {
        router->on_answer({asked.ticket, fate, text, asked.session});
    }
    void answer_last(const std::string& text, cdp::Fate fate = cdp::Fate::result) {
        const Asked asked = browser.asked.back();
        answer(asked, fate, text);
    }

    /// The channel sends what it was given, and what is made because of that, and the server takes it; what came down
    /// for that client.
    json items(const std::string& client) {
        for (std::size_t i = 0; i < published.size(); ++i) {
            const realtime::Ticket ticket = published[i].ticket;
            if (!sent.insert(ticket).second || !published[i].streamed) continue;
            router->on_sent(ticket);
            router->on_settled(ticket, Settled::acknowledged);
        }
        json all = json::array();
        for (const realtime::Message& message : published) {
            if (message.event != "cdp-event") continue;
            const json payload = json::parse(text_of(message));
            if (payload["client"] != client || !payload.contains("items")) continue;
            EXPECT_EQ(payload["instance"], "inst");
            for (const json& item : payload["items"]) all.push_back(item);
        }
        return all;
    }

    static std::string_view text_of(const realtime::Message& message) {
        return message.raw ? realtime::split_raw(message.payload).text : message.payload.view();
    }

    std::string ended(const std::string& client) const {
        for (const realtime::Message& message : published) {
            if (message.event != "cdp-event") continue;
            // Parsing megabytes would take longer than the test.
            if (text_of(message).find(R"("ended":)") == std::string_view::npos) continue;
            const json payload = json::parse(text_of(message));
            if (payload["client"] == client && payload.contains("ended")) return payload["ended"]["reason"];
        }
        return {};
    }

    boost::asio::io_context io;
    platform::Worker files{"files"};
    relay::Settings settings;
    Duration gather{};  // what comes for a client goes at once
    Browser browser;
    ScriptedSink sink;
    std::vector<realtime::Message>& published = sink.published;
    std::set<realtime::Ticket> sent;
    std::map<std::string, int> seqs;
    std::size_t& room = sink.room;
    std::size_t& limit = sink.limit;
    int last_id = 0;
    std::optional<Router> router;
};

}  // namespace clients_test
