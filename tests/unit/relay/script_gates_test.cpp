// Scripts for new documents, as the browser is asked for them.
#include "agent/relay/script_gates.hpp"

#include <gtest/gtest.h>

#include "scripted.hpp"

namespace {

using cdp::Fate;
using relay::Command;
using relay::Flight;

constexpr std::string_view add_script = "Page.addScriptToEvaluateOnNewDocument";
constexpr std::string_view remove_script = "Page.removeScriptToEvaluateOnNewDocument";
const cdp::Destination to_session{cdp::Destination::Kind::session, "S"};

struct ScriptGatesTest : testing::Test {
    Command script(std::string_view params = R"({"source":"1"})") const { return {"1", add_script, params, "S", {}}; }
    Command removal(std::string_view params) const { return {"1", remove_script, params, "S", {}}; }
    /// A script of that ticket whose gate is on its way; the gate's ticket.
    cdp::Ticket send(cdp::Ticket ticket) {
        flight.ticket = ticket;
        EXPECT_TRUE(gates.send_gate(flight, script(), to_session).params);
        return browser.asked.back().ticket;
    }
    bool answer_gate(cdp::Ticket ticket, Fate fate, std::string_view text) {
        return gates.on_gate({ticket, fate, text, "S"});
    }
    std::optional<relay::Refusal> answer_script(cdp::Ticket ticket, Fate fate, std::string_view text) {
        return gates.on_script({ticket, fate, text, "S"});
    }

    void answer_removal(cdp::Ticket ticket, Fate fate) { gates.on_removal({ticket, fate, "{}", "S"}); }

    relay::Settings settings;
    router_test::ScriptedBrowser browser;
    relay::Tickets tickets;
    relay::ScriptGates gates{settings, browser, tickets};
    Flight flight;
};

TEST_F(ScriptGatesTest, SendTheGateFirstToTheSamePlace) {
    flight.ticket = 100;
    flight.deadline = TimePoint{std::chrono::hours{7}};
    const auto gated = gates.send_gate(flight, script(), to_session);
    ASSERT_EQ(browser.asked.size(), 1u);
    EXPECT_EQ(browser.asked[0].method, add_script);
    EXPECT_EQ(browser.asked[0].kind, cdp::Destination::Kind::session);
    EXPECT_EQ(browser.asked[0].session, "S");
    EXPECT_EQ(browser.asked[0].deadline, flight.deadline);
    EXPECT_FALSE(gated.refusal);
    ASSERT_TRUE(gated.params);
    EXPECT_NE(*gated.params, R"({"source":"1"})") << "it has the line that the gate can make a conflict of";
}

TEST_F(ScriptGatesTest, LeaveToTheBrowserWhatHoldsNoScript) {
    const auto gated = gates.send_gate(flight, script("{}"), to_session);
    EXPECT_FALSE(gated.refusal);
    EXPECT_FALSE(gated.params);
    EXPECT_TRUE(browser.asked.empty());
}

TEST_F(ScriptGatesTest, GoWithTheirScript) {
    const auto gate = send(100);
    EXPECT_TRUE(answer_gate(gate, Fate::result, R"({"identifier":"1"})"));
    EXPECT_FALSE(answer_script(100, Fate::result, R"({"identifier":"2"})"));
    EXPECT_FALSE(gates.begin_removal(101, removal(R"({"identifier":"1"})"))) << "a gate is nobody's to take";
    EXPECT_TRUE(gates.begin_removal(102, removal(R"({"identifier":"2"})")));
    answer_removal(102, Fate::result);
    EXPECT_FALSE(gates.begin_removal(103, removal(R"({"identifier":"2"})"))) << "once";
    EXPECT_EQ(browser.asked.back().method, remove_script);
    EXPECT_EQ(browser.asked.back().params, R"({"identifier":"1"})");
    EXPECT_EQ(browser.asked.back().session, "S");
}

TEST_F(ScriptGatesTest, StandAsLongAsTheirScript) {
    answer_gate(send(100), Fate::result, R"({"identifier":"1"})");
    answer_script(100, Fate::result, R"({"identifier":"2"})");
    browser.asked.clear();
    for (const Fate fate : {Fate::timed_out, Fate::overloaded, Fate::stale, Fate::error}) {
        EXPECT_TRUE(gates.begin_removal(101, removal(R"({"identifier":"2"})")));
        EXPECT_TRUE(gates.follows(101));
        answer_removal(101, fate);
        EXPECT_FALSE(gates.follows(101));
        EXPECT_TRUE(browser.asked.empty()) << "a script without its gate would run anywhere";
    }
    EXPECT_TRUE(gates.begin_removal(102, removal(R"({"identifier":"2"})")));
    answer_removal(102, Fate::result);
    ASSERT_EQ(browser.asked.size(), 1u);
    EXPECT_EQ(browser.asked.back().params, R"({"identifier":"1"})");
}

TEST_F(ScriptGatesTest, TakeTheScriptBackThatHasNoGate) {
    const auto gate = send(100);
    EXPECT_TRUE(answer_gate(gate, Fate::error, R"({"code":-1})"));
    const auto refusal = answer_script(100, Fate::result, R"({"identifier":"2"})");
    ASSERT_TRUE(refusal);
    EXPECT_EQ(refusal->reason, relay::Reason::denied);
    EXPECT_EQ(browser.asked.back().method, remove_script);
    EXPECT_EQ(browser.asked.back().params, R"({"identifier":"2"})");
}

TEST_F(ScriptGatesTest, TakeTheGateBackThatHasNoScript) {
    const auto gate = send(100);
    EXPECT_TRUE(answer_gate(gate, Fate::result, R"({"identifier":"1"})"));
    EXPECT_FALSE(answer_script(100, Fate::error, R"({"code":-1})")) << "the controller has the browser's error";
    EXPECT_EQ(browser.asked.back().method, remove_script);
    EXPECT_EQ(browser.asked.back().params, R"({"identifier":"1"})");
}

TEST_F(ScriptGatesTest, KnowTheirAnswersFromOthers) {
    const auto gate = send(100);
    EXPECT_FALSE(answer_gate(100, Fate::result, R"({"identifier":"1"})"));
    EXPECT_FALSE(answer_gate(gate + 1, Fate::result, R"({"identifier":"1"})"));
    EXPECT_FALSE(answer_script(gate, Fate::result, R"({"identifier":"1"})"));
    EXPECT_EQ(browser.asked.size(), 1u);
    gates.on_new_browser();
    EXPECT_FALSE(answer_gate(gate, Fate::result, R"({"identifier":"1"})")) << "another browser has none";
}

TEST_F(ScriptGatesTest, AreTakenBackByTheCommandsThatTakeScriptsBack) {
    EXPECT_TRUE(gates.takes_back(removal("{}")));
    EXPECT_TRUE(gates.takes_back({"1", "Page.removeScriptToEvaluateOnLoad", "{}", "S", {}}));
    EXPECT_FALSE(gates.takes_back(script()));
    EXPECT_TRUE(gates.begin_removal(100, removal("{}"))) << "Chrome says what is wrong";
    answer_removal(100, Fate::result);
    EXPECT_TRUE(browser.asked.empty());
    settings.policy.profile = relay::Profile::full;
    EXPECT_FALSE(gates.takes_back(removal("{}"))) << "there are no gates";
}

TEST_F(ScriptGatesTest, AreBoundedInASession) {
    for (std::size_t i = 0; i < relay::max_session_scripts; ++i) {
        const auto ticket = cdp::Ticket{1'000'000 + i};
        answer_gate(send(ticket), Fate::result, R"({"identifier":"g)" + std::to_string(i) + "\"}");
        answer_script(ticket, Fate::result, R"({"identifier":"s)" + std::to_string(i) + "\"}");
    }
    browser.asked.clear();
    const auto gated = gates.send_gate(flight, script(), to_session);
    ASSERT_TRUE(gated.refusal);
    EXPECT_EQ(gated.refusal->reason, relay::Reason::overloaded);
    EXPECT_TRUE(browser.asked.empty());
    EXPECT_TRUE(gates.begin_removal(5, removal(R"({"identifier":"s5"})")));
    answer_removal(5, Fate::result);
    EXPECT_EQ(browser.asked.back().params, R"({"identifier":"g5"})");
    EXPECT_FALSE(gates.send_gate(flight, script(), to_session).refusal);
}

}  // namespace
