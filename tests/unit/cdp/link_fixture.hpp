// A real Link whose browser is the test itself: what it is asked lies in `far`, what it says is read at once.
#pragma once

#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <functional>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "cdp/link.hpp"
#include "scripted_transport.hpp"

namespace cdp::test {

using nlohmann::json;

struct LinkFixture : testing::Test, Asker, LinkOwner {
    LinkFixture() {
        link.emplace(io.get_executor(), std::make_unique<ScriptedTransport>(far), settings, *this, *this,
                     std::string{});
        const auto run = [this]() -> awaitable<void> {
            const Error why = co_await link->run();
            ended = why;
        };
        net::co_spawn(io, run, rethrow);
        settle();
    }
    ~LinkFixture() override {
        own = {};
        step = {};
        link->end(net::error::operation_aborted);
        settle();
    }

    /// Runs what is ready.
    void settle() {
        io.restart();
        io.poll();
    }
    /// Runs the loop until it is so. False: it was not in time.
    template <class Predicate>
    bool until(Predicate so) {
        const auto end = std::chrono::steady_clock::now() + std::chrono::seconds{3};
        io.restart();
        while (!so() && std::chrono::steady_clock::now() < end) io.run_one_until(end);
        return so();
    }

    /// The session in which targets are told of.
    void open_own_session() { link->discover_in("OWN"); }

    json asked(std::size_t which) const { return json::parse(far.written.at(which)); }
    json last() {
        settle();
        return json::parse(far.written.back());
    }
    std::size_t count() {
        settle();
        return far.written.size();
    }
    /// How many commands of that method the browser has had.
    std::size_t count(std::string_view method) {
        settle();
        std::size_t found = 0;
        for (const auto& one : far.written) found += json::parse(one)["method"] == method ? 1 : 0;
        return found;
    }
    /// The browser answers its last command.
    void answer(const json& result) { answer_to(last(), "result", result); }
    void refuse(const json& error) { answer_to(last(), "error", error); }
    void answer_to(const json& command, const char* how, const json& body) {
        far.say("{\"id\":" + command["id"].dump() + ",\"" + how + "\":" + body.dump() + "}");
        settle();
    }
    /// An event of our own session.
    void tell(const std::string& method, const json& params) {
        far.say(R"({"method":")" + method + R"(","params":)" + params.dump() + R"(,"sessionId":"OWN"})");
        settle();
    }
    static json target(const std::string& id, const std::string& type = "page",
                       const std::string& url = "about:blank") {
        return {{"targetInfo", {{"targetId", id}, {"type", type}, {"title", ""}, {"url", url}, {"attached", false}}}};
    }
    void tell_of(const std::string& id, const std::string& type = "page", const std::string& url = "about:blank") {
        tell("Target.targetCreated", target(id, type, url));
    }
    void tell_gone(const std::string& id) { tell("Target.targetDestroyed", {{"targetId", id}}); }

    void on_answer(const Answer& answer) override { answers.push_back({answer.ticket, answer.fate}); }
    void on_own(Own what, Fate fate, std::string_view body) override {
        if (own) own(what, fate, body);
    }
    void on_session_gone(std::string_view session, bool crashed) override {
        if (gone) gone(session, crashed);
    }
    void on_own_event(std::string_view method, std::string_view params) override {
        if (event) event(method, params);
    }
    void on_step(const Pending& command, Fate fate, std::string_view body) override {
        if (step) step(command, fate, body);
    }

    net::io_context io;
    Settings settings;
    FarEnd far{io.get_executor()};
    std::optional<Link> link;
    std::optional<Error> ended;
    std::vector<std::pair<Ticket, Fate>> answers;
    // Who is told what the link tells its owner.
    std::function<void(Own, Fate, std::string_view)> own;
    std::function<void(std::string_view, bool)> gone;
    std::function<void(std::string_view, std::string_view)> event;
    std::function<void(const Pending&, Fate, std::string_view)> step;
};

}  // namespace cdp::test
