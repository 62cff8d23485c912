// What a command that closes a page leads to: one that was not carried out leads to nothing.
#include "cdp/attachment.hpp"

#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <nlohmann/json.hpp>

#include "platform/clock.hpp"
#include "scripted_transport.hpp"

namespace cdp {
namespace {

using namespace std::chrono_literals;
using nlohmann::json;

constexpr const char* close_target = "Target.closeTarget";

struct AttachmentTest : testing::Test, Asker, AttachmentOwner {
    AttachmentTest() {
        const auto run = [this]() -> awaitable<void> { co_await attachment.run(); };
        net::co_spawn(io, run, rethrow);
        settle();
        answer({{"product", "Chrome/1"}, {"protocolVersion", "1.3"}, {"userAgent", "UA"}});
        answer({{"sessionId", "OWN"}});
        answer(json::object());
        tell("Target.targetCreated", {{"targetInfo", page}});
        auto attached = json{{"targetInfo", page}, {"sessionId", "S"}, {"waitingForDebugger", false}};
        tell("Target.attachedToTarget", attached);
    }
    ~AttachmentTest() override {
        attachment.end(net::error::operation_aborted);
        settle();
    }
    void on_answer(const Answer& answer) override { answers.push_back(answer.fate); }
    void on_ready(const BrowserVersion&) override {}
    void on_page_ready() override {}
    void on_page_failed(std::string_view) override {}

    void settle() {
        io.restart();
        io.poll();
    }
    void say(const json& message) {
        far.say(message.dump());
        settle();
    }
    void tell(const std::string& method, const json& params) {
        say({{"method", method}, {"params", params}, {"sessionId", "OWN"}});
    }
    json last() {
        settle();
        return json::parse(far.written.back());
    }
    /// The browser answers its last command.
    void answer(const json& result) { say({{"id", last()["id"]}, {"result", result}}); }
    void refuse() { say({{"id", last()["id"]}, {"error", {{"code", -32000}, {"message", "Not allowed"}}}}); }

    /// A command of a caller's.
    void submit(std::string_view method, std::string_view params = {}, std::string_view session = {}) {
        Request request;
        request.ticket = ++ticket;
        request.method = method;
        request.params = params;
        request.deadline = platform::BootClock::now() + 1h;
        attachment.submit(request, session);
        settle();
    }
    void submit_close() { submit(close_target, R"({"targetId":"A"})"); }
    std::size_t closes() const {
        std::size_t found = 0;
        for (const auto& one : far.written) found += json::parse(one)["method"] == close_target ? 1 : 0;
        return found;
    }
    /// Runs the loop until the page has been asked to close that often; false: not within the time.
    bool closes_become(std::size_t wanted, Duration limit) {
        const auto end = std::chrono::steady_clock::now() + std::chrono::ceil<std::chrono::milliseconds>(limit);
        io.restart();
        while (closes() < wanted && std::chrono::steady_clock::now() < end) io.run_one_until(end);
        return closes() >= wanted;
    }

    const json page = {{"targetId", "A"}, {"type", "page"}, {"title", ""}, {"url", "about:blank"}, {"attached", false}};
    net::io_context io;
    Settings settings;
    test::FarEnd far{io.get_executor()};
    Attachment attachment{{.executor = io.get_executor(),
                           .transport = std::make_unique<test::ScriptedTransport>(far),
                           .root_session = {},
                           .settings = settings,
                           .places = nullptr,
                           .asker = *this,
                           .owner = *this}};
    std::vector<Fate> answers;
    Ticket ticket = 0;
};

/// Longer than it takes until the agent looks after a page that was closed.
constexpr Duration beyond_the_look = 1500ms;

TEST_F(AttachmentTest, ACloseThatWasAcceptedIsAskedForAgainWhereThePageStays) {
    submit_close();
    answer({{"success", true}});
    EXPECT_TRUE(closes_become(2, 4s));
    EXPECT_EQ(last()["sessionId"], "OWN");
}

TEST_F(AttachmentTest, ACloseThatWasNeverWrittenIsNotCarriedOut) {
    settings.max_in_flight = 0;
    submit_close();
    EXPECT_EQ(answers, std::vector<Fate>{Fate::overloaded});
    EXPECT_FALSE(closes_become(1, beyond_the_look));
}

TEST_F(AttachmentTest, ACloseThatTheBrowserRefusedIsNotCarriedOut) {
    submit_close();
    refuse();
    EXPECT_EQ(answers, std::vector<Fate>{Fate::error});
    EXPECT_FALSE(closes_become(2, beyond_the_look));
}

TEST_F(AttachmentTest, ASureCloseAfterAnUnsureOneIsAskedForAgain) {
    submit("Page.close", {}, "S");
    answer(json::object());
    submit_close();
    answer({{"success", true}});
    EXPECT_TRUE(closes_become(2, 4s));
}

TEST_F(AttachmentTest, AnUnsureCloseIsNotAskedForAgain) {
    submit("Page.close", {}, "S");
    answer(json::object());
    EXPECT_FALSE(closes_become(1, beyond_the_look));
}

// A page that no close was accepted for counts as open.
TEST_F(AttachmentTest, APageWhoseCloseWasRefusedStillCounts) {
    settings.max_pages = 1;
    EXPECT_NE(attachment.refuse_page(), "");
    submit_close();
    EXPECT_EQ(attachment.refuse_page(), "") << "it is about to go";
    refuse();
    EXPECT_NE(attachment.refuse_page(), "");
}

TEST_F(AttachmentTest, APageThatWasClosedTwiceIsLookedAfterOnce) {
    submit_close();
    answer({{"success", true}});
    submit_close();
    answer({{"success", true}});
    EXPECT_TRUE(closes_become(3, 4s));
    EXPECT_FALSE(closes_become(4, 500ms));
}

}  // namespace
}  // namespace cdp
