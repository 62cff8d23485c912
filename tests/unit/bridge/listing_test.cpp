// The texts of /json, and what a client's message must be.
#include "agent/bridge/core/listing.hpp"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "agent/bridge/core/call_error.hpp"
#include "agent/bridge/core/client_message.hpp"

namespace bridge {
namespace {

using nlohmann::json;

const BrowserVersion version{.product = "Chrome/156.0.1.2",
                             .protocol = "1.3",
                             .revision = "@abc",
                             .user_agent = "Mozilla/5.0 (X11) AppleWebKit/537.36 (KHTML) Chrome/156",
                             .js = "15.6"};
const Reached reached{.host = "localhost:9333", .prefix = "/secret"};

TEST(BridgeListing, ATargetIsWrittenAsChromeDoes) {
    const Target target{.id = "AB", .type = "page", .title = "a<b> & \"c\"", .url = "data:text/html,<p>"};
    EXPECT_EQ(write_list({target}, version, reached), R"([ {
   "description": "",
   "devtoolsFrontendUrl": "devtools://devtools/bundled/inspector.html?ws=localhost:9333/secret/devtools/page/AB",
   "id": "AB",
   "title": "a&lt;b&gt; &amp; &quot;c&quot;",
   "type": "page",
   "url": "data:text/html,\u003Cp>",
   "webSocketDebuggerUrl": "ws://localhost:9333/secret/devtools/page/AB"
} ]
)");
}

TEST(BridgeListing, ListsOfAnyLengthAreJson) {
    EXPECT_EQ(json::parse(write_list({}, version, reached)), json::array());
    EXPECT_EQ(json::parse(write_list({{.id = "A"}, {.id = "B", .type = "worker"}}, version, reached)).size(), 2u);
    EXPECT_EQ(json::parse(write_target({.id = "A"}, version, reached))["id"], "A");
}

TEST(BridgeListing, TheVersionLeadsToTheBrowser) {
    EXPECT_EQ(json::parse(write_version(version, "id", reached)),
              (json{{"Browser", "Chrome/156.0.1.2"},
                    {"File-Path-Style", "posix"},
                    {"Protocol-Version", "1.3"},
                    {"User-Agent", version.user_agent},
                    {"V8-Version", "15.6"},
                    {"WebKit-Version", "537.36 (@abc)"},
                    {"webSocketDebuggerUrl", "ws://localhost:9333/devtools/browser/id"}}));
}

TEST(BridgeListing, ReadsWhatTheBrowserAnswers) {
    const auto targets = read_targets(
        R"({"targetInfos":[{"targetId":"B"},{"targetId":"A","type":"page","title":"caf\u00e9","url":"u","attached":false}]})");
    ASSERT_TRUE(targets);
    ASSERT_EQ(targets->size(), 2u);
    EXPECT_EQ(targets->front().title, "caf\xc3\xa9");
    EXPECT_EQ(targets->back().id, "B");
    for (const auto* wrong : {"", "[]", "{}", R"({"targetInfos":[1]})", R"({"targetInfos":{}})"}) {
        EXPECT_FALSE(read_targets(wrong)) << wrong;
    }
    EXPECT_EQ(read_version(R"({"product":"P","jsVersion":"1"})")->product, "P");
    EXPECT_FALSE(read_version("[]"));
    EXPECT_EQ(read_target_id(R"({"targetId":"T"})"), "T");
    EXPECT_EQ(read_target_id("{}"), "");
    EXPECT_EQ(write_parameter("url", "a\"b"), R"({"url":"a\"b"})");
}

TEST(BridgeCallError, ToldByWhoRefused) {
    const auto denied =
        read_call_error(R"({"code":-32010,"message":"no","data":{"source":"agent","reason":"denied"}})");
    EXPECT_EQ(denied.message, "no");
    EXPECT_EQ(status_of(denied), 403);
    EXPECT_EQ(status_of(read_call_error(R"({"message":"no","data":{"source":"bridge","reason":"timeout"}})")), 504);
    EXPECT_EQ(status_of(read_call_error(R"({"code":-32000,"message":"no"})")), 502);
    EXPECT_EQ(read_call_error(R"({"message":"no","data":"text"})").source, "");
}

TEST(BridgeClientMessage, IsOneObject) {
    for (const auto* good : {"{}", " {\"id\":1} ", R"({"id":1,"method":"A.b","params":{"x":"\ud800"}})"}) {
        EXPECT_EQ(refusal_of(good), "") << good;
    }
    const auto code = [](std::string_view text) {
        const auto answer = json::parse(refusal_of(text));
        EXPECT_FALSE(answer.contains("id"));
        return answer["error"]["code"].get<int>();
    };
    for (const auto* wrong : {"", "{", "{}{}", "{'a':1}", "{\"a\":\"\xff\"}", "\xef\xbb\xbf{}"}) {
        EXPECT_EQ(code(wrong), -32700) << wrong;
    }
    for (const auto* wrong : {"[]", "1", "null", " \"a\""}) EXPECT_EQ(code(wrong), -32600) << wrong;
}

}  // namespace
}  // namespace bridge
