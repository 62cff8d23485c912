// What goes over the control socket during a pairing, and who may answer what.
#include "agent/pairing/remote_terminal.hpp"

#include <gtest/gtest.h>

namespace {

using namespace pairing;

RemoteRequest sample() {
    RemoteRequest request;
    request.id = "one";
    request.can_ask = true;
    return request;
}

TEST(RemoteTerminal, ARequestComesAsItWent) {
    auto request = sample();
    request.what.device_uuid = "6f1c2a3b-0000-4000-8000-000000000001";
    request.what.device_name = "lab \"2\"";
    request.what.expect_account = "ada@example.com";
    request.what.force = true;
    request.token = Secret("a.b.c");
    request.has_screen = true;
    request.callback_port = 65535;
    request.counts_down = true;
    request.what.renew_before = std::chrono::hours{24 * 30};
    const auto read = read_request(to_json(request));
    ASSERT_TRUE(read);
    EXPECT_EQ(read->id, "one");
    EXPECT_EQ(read->what.device_uuid, request.what.device_uuid);
    EXPECT_EQ(read->what.device_name, request.what.device_name);
    EXPECT_EQ(read->what.expect_account, "ada@example.com");
    EXPECT_TRUE(read->what.force && read->can_ask && read->has_screen);
    EXPECT_FALSE(read->what.rotate || read->if_unpaired || read->what.login);
    EXPECT_EQ(read->token, Secret("a.b.c"));
    EXPECT_EQ(read->callback_port, 65535);
    EXPECT_TRUE(read->counts_down);
    EXPECT_EQ(read->what.renew_before, std::chrono::hours{24 * 30});
}

TEST(RemoteTerminal, RefusesWhatIsNoRequest) {
    for (const auto* text : {"", "[]", "{}", R"({"id":""})", R"({"id":7})", R"({"id":"x","callback_port":65536})",
                             R"({"id":"x","callback_port":-1})"}) {
        EXPECT_FALSE(read_request(text)) << text;
    }
    const auto least = read_request(R"({"id":"x"})");
    ASSERT_TRUE(least);
    EXPECT_TRUE(least->what.login);
    EXPECT_FALSE(least->what.renew_before);
    EXPECT_FALSE(least->counts_down);
}

TEST(RemoteTerminal, AResultAndEventsComeAsTheyWent) {
    RemoteResult result;
    result.outcome = PairOutcome::misconfigured;
    result.problem = "the store: full";
    const auto read = read_result(to_json(result));
    ASSERT_TRUE(read);
    EXPECT_EQ(read->outcome, PairOutcome::misconfigured);
    EXPECT_EQ(read->problem, result.problem);
    EXPECT_FALSE(read_result(R"({"outcome":"fine"})"));
    const auto events = read_events(
        to_json(std::vector<Event>{{Event::Kind::open, "http://127.0.0.1"}, {}, {Event::Kind::wait, "9 s"}}));
    ASSERT_EQ(events.size(), 3U);
    EXPECT_EQ(events[2].kind, Event::Kind::wait);
    EXPECT_EQ(events[0].kind, Event::Kind::open);
    EXPECT_EQ(events[0].text, "http://127.0.0.1");
    EXPECT_EQ(events[1].kind, Event::Kind::end);
}

TEST(RemoteTerminal, OneAtATimeAndAnAnswerFitsItsQuestionAlone) {
    net::io_context io{1};
    RemoteTerminal session(io.get_executor());
    const auto request = sample();
    ASSERT_TRUE(session.begin(request));
    EXPECT_FALSE(session.begin(request));
    Person& person = session;
    EXPECT_FALSE(person.can_browse());
    std::optional<bool> said;
    auto asking = [&]() -> awaitable<void> {
        person.say("hello");
        auto question = person.confirm("sure?");
        said = co_await std::move(question);
        session.end();
    };
    net::co_spawn(io, asking, rethrow);
    io.poll();
    EXPECT_FALSE(session.answer("one", 0, "yes")) << "the line was no question";
    EXPECT_FALSE(session.answer("two", 1, "yes")) << "another pairing's";
    EXPECT_TRUE(session.answer("one", 1, "yes"));
    EXPECT_FALSE(session.answer("one", 1, "no")) << "answered already";
    io.poll();
    EXPECT_EQ(said, true);
    EXPECT_FALSE(session.answer("one", 1, "yes")) << "it has ended";
    EXPECT_TRUE(session.begin(request));
}

TEST(RemoteTerminal, WhatNobodyFetchesIsBounded) {
    net::io_context io{1};
    RemoteTerminal session(io.get_executor());
    ASSERT_TRUE(session.begin(sample()));
    for (std::size_t i = 0; i < most_events + 10; ++i) session.say("line");
    session.end();
    std::vector<Event> all;
    auto fetch = [&]() -> awaitable<void> { all = co_await session.events("one", 0); };
    net::co_spawn(io, fetch, rethrow);
    io.run();
    EXPECT_EQ(all.size(), most_events + 1);
    EXPECT_EQ(all.back().kind, Event::Kind::end);
}

}  // namespace
