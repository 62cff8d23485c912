// The default page goes at the very moment it is attached to: what waits for it is served by the next page, or is lost
// where it had been written already. A scripted browser, since a real one does it too seldom.
#include "launch_fixture.hpp"
#include "platform/standstill.hpp"
#include "tests/support/stand_still.hpp"

namespace cdp {
namespace {

using namespace test;

/// Speaks the pipe's protocol. Page A goes as `how` says while it is attached to; page B stays and says its name.
constexpr const char* scripted = R"py(#!/usr/bin/env python3
import json, os, sys
how = next(a for a in sys.argv if a.startswith("--how="))[6:]
pages, told, held_back = ["A", "B"], [], []
def send(**message):
    os.write(4, json.dumps(message).encode() + b"\0")
def reply(to, **what):
    session = {"sessionId": to["sessionId"]} if "sessionId" in to else {}
    send(id=to["id"], **session, **what)
def event(method, **params):
    send(method=method, params=params, sessionId="OWN")
def go():
    pages.remove("A")
    event("Target.detachedFromTarget", sessionId="SA", targetId="A")
    event("Target.targetDestroyed", targetId="A")
def attach(to):
    page = to["params"]["targetId"]
    if page == "A" and how == "refused":
        pages.remove("A")
        return reply(to, error={"code": -32602, "message": "No target with given id found"})
    if page == "A" and how == "closing" and to not in held_back:
        held_back.append(to)
        return reply(told[0], result={})
    info = {"targetId": page, "type": "page", "url": "about:blank", "title": "", "attached": True}
    event("Target.attachedToTarget", sessionId="S" + page, targetInfo=info, waitingForDebugger=False)
    if page == "A" and how == "before":
        go()
    reply(to, result={"sessionId": "S" + page})
    if page == "A" and how == "after":
        go()
def answer(to):
    method = to["method"]
    if method == "Test.tellOfTheAttach":
        told.append(to)
    elif method == "Target.closeTarget":  # as Chrome does: answered first, gone later
        reply(to, result={"success": True})
        attach(held_back[0])
    elif method == "Browser.getVersion":
        reply(to, result={"product": "Scripted/1", "protocolVersion": "1.3", "userAgent": "none"})
    elif method == "Target.attachToBrowserTarget":
        reply(to, result={"sessionId": "OWN"})
    elif method == "Target.getTargets":
        reply(to, result={"targetInfos": [{"targetId": p, "type": "page", "url": "about:blank"} for p in pages]})
    elif method == "Target.attachToTarget":
        attach(to)
    elif to.get("sessionId") == "SA" and how == "written":
        if "A" in pages:
            go()
    elif to.get("sessionId") == "SA" and "A" not in pages:
        send(id=to["id"], error={"code": -32001, "message": "Session with given id not found."})
    else:
        reply(to, result={"by": to.get("sessionId", "the browser")})
held = b""
while piece := os.read(3, 65536):
    *whole, held = (held + piece).split(b"\0")
    for message in whole:
        answer(json.loads(message))
)py";

struct GoingPage : Launch {
    GoingPage() {
        const auto path = folder->path() / "scripted-browser";
        std::ofstream{path} << scripted;
        fs::permissions(path, fs::perms::owner_all);
        settings.browser_path = path.string();
    }
    /// Three commands wait for the page; whether each was served by the next page, or may be lost.
    void commands_have_one_answer_each(const std::string& how, bool may_be_lost) {
        settings.extra_arguments = {"--how=" + how};
        Driver driver{settings};
        driver.run([&]() -> awaitable<void> {
            std::vector<Ticket> sent;
            for (int i = 0; i < 3; ++i) sent.push_back(driver.to_page("Runtime.evaluate"));
            for (const auto ticket : sent) {
                const Got got = co_await driver.answer(ticket);
                const bool lost = may_be_lost && got.fate == Fate::lost;
                EXPECT_TRUE(lost || got.text.find("SB") != std::string::npos) << got.text;
            }
            const auto later = driver.to_page("Runtime.evaluate");
            const Got got = co_await driver.answer(later);
            EXPECT_NE(got.text.find("SB"), std::string::npos) << got.text;
        });
    }
};

TEST_F(GoingPage, that_is_gone_before_the_attach_is_passed_over) {
    commands_have_one_answer_each("refused", false);
}

TEST_F(GoingPage, whose_session_ends_before_the_attach_is_answered_is_passed_over) {
    commands_have_one_answer_each("before", false);
}

TEST_F(GoingPage, whose_session_ends_right_after_the_attach_loses_what_was_written_alone) {
    commands_have_one_answer_each("after", true);
}

TEST_F(GoingPage, that_goes_at_the_first_command_loses_what_was_written_alone) {
    commands_have_one_answer_each("written", true);
}

TEST_F(GoingPage, that_somebody_asked_to_close_meanwhile_is_passed_over) {
    settings.extra_arguments = {"--how=closing"};
    Driver driver{settings};
    driver.run([&]() -> awaitable<void> {
        co_await driver.reaches(BrowserState::attached);
        const auto attaching = driver.to_browser("Test.tellOfTheAttach");
        const auto waits = driver.to_page("Runtime.evaluate");
        co_await driver.answer(attaching);
        const auto closes = driver.to_browser("Target.closeTarget", R"({"targetId":"A"})");
        const Got closed = co_await driver.answer(closes);
        EXPECT_EQ(closed.fate, Fate::result) << closed.text;
        const Got got = co_await driver.answer(waits);
        EXPECT_NE(got.text.find("SB"), std::string::npos) << got.text;
    });
}

/// A command that waited for the page while the process stood still is as old as one that waited in the socket.
TEST_F(GoingPage, that_comes_after_the_process_stood_still_is_not_given_what_waited_for_it) {
    settings.extra_arguments = {"--how=closing"};
    Driver driver{settings};
    auto& standstills = platform::Standstills::of(driver.context.get_executor());
    const auto watch = [&]() -> awaitable<void> { return standstills.watch(); };
    net::co_spawn(driver.context, watch, rethrow);
    driver.run([&]() -> awaitable<void> {
        co_await driver.reaches(BrowserState::attached);
        const auto attaching = driver.to_browser("Test.tellOfTheAttach");
        const auto waits = driver.to_page("Runtime.evaluate");
        co_await driver.answer(attaching);
        support::stand_still();
        driver.to_browser("Target.closeTarget", R"({"targetId":"A"})");
        const Got got = co_await driver.answer(waits);
        EXPECT_EQ(got.fate, Fate::stale) << got.text;
        const auto later = driver.to_page("Runtime.evaluate");
        const Got next = co_await driver.answer(later);
        EXPECT_EQ(next.fate, Fate::result) << next.text;
    });
}

}  // namespace
}  // namespace cdp
