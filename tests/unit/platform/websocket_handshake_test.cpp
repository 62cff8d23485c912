// The HTTP part of a WebSocket's opening: what is asked, and which answers open it.
#include "platform/websocket/handshake.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

namespace {

using platform::HandshakeParser;
using platform::Refusal;
using platform::Upgrade;
using platform::WebSocketErrc;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

/// RFC 6455's own example.
constexpr std::string_view example_key = "dGhlIHNhbXBsZSBub25jZQ==";
constexpr std::string_view example_accept = "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=";

Upgrade example_upgrade() {
    Upgrade upgrade;
    upgrade.host = "api.example.com";
    upgrade.port = 443;
    upgrade.target = "/realtime/v1/websocket?vsn=2.0.0";
    return upgrade;
}

std::string accepted(std::string_view more = {}) {
    return "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: " +
           std::string{example_accept} + "\r\n" + std::string{more} + "\r\n";
}

/// The answer, put in pieces of that size.
Refusal read_answer(std::string_view text, std::size_t piece, std::size_t max_body = 1000) {
    HandshakeParser parser{max_body};
    std::size_t at = 0;
    std::string held;
    while (at < text.size() && !parser.done()) {
        held += text.substr(at, piece);
        at += piece;
        const auto used = parser.put(held);
        EXPECT_TRUE(used.has_value()) << text;
        if (!used) break;
        held.erase(0, *used);
    }
    return parser.take();
}

TEST(HandshakeRequest, IsWhatTheStandardAsksFor) {
    Upgrade upgrade = example_upgrade();
    upgrade.headers = {{"X-One", "1"}, {"User-Agent", "agent"}};
    const auto text = platform::write_handshake(upgrade, true, example_key);
    ASSERT_TRUE(text.has_value());
    EXPECT_THAT(*text, StartsWith("GET /realtime/v1/websocket?vsn=2.0.0 HTTP/1.1\r\nHost: api.example.com\r\n"));
    for (const char* line :
         {"\r\nUpgrade: websocket\r\n", "\r\nConnection: Upgrade\r\n", "\r\nSec-WebSocket-Version: 13\r\n",
          "\r\nX-One: 1\r\n", "\r\nUser-Agent: agent\r\n", "\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"}) {
        EXPECT_THAT(*text, HasSubstr(line));
    }
    EXPECT_THAT(*text, EndsWith("\r\n\r\n"));
    EXPECT_EQ(text->find("\r\n\r\n"), text->size() - 4) << "nothing behind the empty line";
}

TEST(HandshakeRequest, NamesThePortThatIsNotTheUsualOne) {
    struct Row {
        std::uint16_t port;
        bool secure;
        const char* host;
    };
    for (const Row& row :
         {Row{443, true, "api.example.com"}, Row{80, false, "api.example.com"}, Row{80, true, "api.example.com:80"},
          Row{443, false, "api.example.com:443"}, Row{4000, true, "api.example.com:4000"}}) {
        Upgrade upgrade = example_upgrade();
        upgrade.port = row.port;
        EXPECT_THAT(*platform::write_handshake(upgrade, row.secure, example_key),
                    HasSubstr(std::string{"\r\nHost: "} + row.host + "\r\n"));
    }
}

TEST(HandshakeRequest, AHostOfTheCallersStandsInPlaceOfTheUsualOne) {
    Upgrade upgrade = example_upgrade();
    upgrade.headers = {{"HOST", "other.example"}};
    const auto text = platform::write_handshake(upgrade, true, example_key);
    ASSERT_TRUE(text.has_value());
    EXPECT_THAT(*text, HasSubstr("\r\nHost: other.example\r\n"));
    EXPECT_THAT(*text, Not(HasSubstr("api.example.com")));
}

TEST(HandshakeRequest, WhatWouldBreakItsLinesIsRefused) {
    const auto refused = [](const Upgrade& upgrade) {
        const auto text = platform::write_handshake(upgrade, true, example_key);
        return !text && text.error() == boost::system::errc::invalid_argument;
    };
    EXPECT_FALSE(refused(example_upgrade()));
    for (const char* target : {"", "websocket", "/a b", "/a\r\nX: y", "/a\x7f", "/a\tb"}) {
        Upgrade upgrade = example_upgrade();
        upgrade.target = target;
        EXPECT_TRUE(refused(upgrade)) << target;
    }
    Upgrade upgrade = example_upgrade();
    upgrade.host = "a\r\nX: y";
    EXPECT_TRUE(refused(upgrade));
    const std::pair<std::string, std::string> headers[] = {{"", "1"},
                                                           {"A B", "1"},
                                                           {"A:", "1"},
                                                           {"A", "1\r\nX: y"},
                                                           {"A", "1\n"},
                                                           {"A\n", "1"},
                                                           {"A", std::string(1, '\0')}};
    for (const auto& header : headers) {
        upgrade = example_upgrade();
        upgrade.headers = {header};
        EXPECT_TRUE(refused(upgrade)) << header.first;
    }
}

TEST(HandshakeRequest, KeysAreSixteenRandomBytes) {
    const auto one = platform::make_handshake_key();
    EXPECT_EQ(one.size(), 24u);
    EXPECT_THAT(one, EndsWith("=="));
    EXPECT_NE(one, platform::make_handshake_key());
}

TEST(HandshakeAnswer, IsReadHoweverItIsCut) {
    const std::string text = accepted("X-More: a b\r\n");
    for (std::size_t piece = 1; piece <= text.size(); ++piece) {
        const Refusal answer = read_answer(text, piece);
        ASSERT_EQ(answer.status, 101) << piece;
        EXPECT_EQ(answer.header("x-more"), "a b");
        EXPECT_EQ(answer.header("sec-websocket-accept"), example_accept);
        EXPECT_FALSE(platform::judge_handshake(answer, example_key)) << piece;
    }
}

TEST(HandshakeAnswer, TheFirstFramesBehindItAreLeft) {
    const std::string text = accepted();
    HandshakeParser parser{1000};
    const auto used = parser.put(text + "\x81\x02hi");
    ASSERT_TRUE(used.has_value());
    EXPECT_EQ(*used, text.size());
    EXPECT_TRUE(parser.done());
}

TEST(HandshakeAnswer, OpensOnlyWhereAllOfItIsRight) {
    struct Row {
        const char* from;
        const char* to;
    };
    EXPECT_FALSE(platform::judge_handshake(read_answer(accepted(), 4096), example_key));
    for (const Row& row : {Row{"Upgrade: websocket", "Upgrade: h2c"}, Row{"Upgrade: websocket\r\n", ""},
                           Row{"Connection: Upgrade", "Connection: keep-alive"}, Row{"Connection: Upgrade\r\n", ""},
                           Row{"s3pPLMBi", "s3pPLMBj"}, Row{"Sec-WebSocket-Accept", "X-Accept"}}) {
        std::string text = accepted();
        text.replace(text.find(row.from), std::string_view{row.from}.size(), row.to);
        EXPECT_EQ(platform::judge_handshake(read_answer(text, 4096), example_key), WebSocketErrc::bad_handshake)
            << row.from;
    }
    for (const char* unasked : {"Sec-WebSocket-Extensions: permessage-deflate\r\n", "Sec-WebSocket-Protocol: a\r\n"}) {
        EXPECT_EQ(platform::judge_handshake(read_answer(accepted(unasked), 4096), example_key),
                  WebSocketErrc::bad_handshake);
    }
    std::string listed = accepted();
    listed.replace(listed.find("Connection: Upgrade"), 19, "Connection: keep-alive, upgrade");
    EXPECT_FALSE(platform::judge_handshake(read_answer(listed, 4096), example_key)) << "one word of a list";
    EXPECT_EQ(platform::judge_handshake(read_answer(accepted(), 4096), "b3RoZXI="), WebSocketErrc::bad_handshake);
}

TEST(HandshakeAnswer, ARefusalIsTheServersOrOfSomebodyBetween) {
    struct Row {
        int status;
        const char* body;
        WebSocketErrc meaning;
    };
    for (const Row& row :
         {Row{403, "", WebSocketErrc::refused}, Row{401, "<html>", WebSocketErrc::refused},
          Row{500, "x", WebSocketErrc::refused}, Row{503, "", WebSocketErrc::refused},
          Row{400, R"({"error":"x"})", WebSocketErrc::refused},
          Row{400, "Bad Request", WebSocketErrc::upgrade_stripped}, Row{407, "", WebSocketErrc::upgrade_stripped},
          Row{426, "", WebSocketErrc::upgrade_stripped}, Row{511, "", WebSocketErrc::upgrade_stripped},
          Row{200, "<html>", WebSocketErrc::upgrade_stripped}, Row{302, "", WebSocketErrc::upgrade_stripped},
          Row{399, "", WebSocketErrc::upgrade_stripped}}) {
        Refusal answer;
        answer.status = row.status;
        answer.body = row.body;
        EXPECT_EQ(platform::judge_handshake(answer, example_key), row.meaning) << row.status << row.body;
    }
}

TEST(HandshakeAnswer, TheBodyOfARefusalIsKeptUpToItsBound) {
    const std::string head = "HTTP/1.1 403 Forbidden\r\nContent-Length: 20\r\n\r\n";
    const std::string body = "12345678901234567890";
    for (const std::size_t piece : {1u, 7u, 1000u}) {
        EXPECT_EQ(read_answer(head + body, piece, 20).body, body);
        EXPECT_EQ(read_answer(head + body, piece, 8).body, "12345678");
    }
    HandshakeParser parser{8};
    ASSERT_TRUE(parser.put(head).has_value());
    EXPECT_FALSE(parser.done());
    EXPECT_EQ(parser.announced(), 20u);
    EXPECT_FALSE(parser.ends_with_connection());
    ASSERT_TRUE(parser.put("12345678").has_value());
    EXPECT_TRUE(parser.done()) << "the rest is not waited for";
}

TEST(HandshakeAnswer, ABodyWithoutALengthEndsWithTheConnection) {
    HandshakeParser parser{1000};
    EXPECT_EQ(parser.announced(), 0u);
    EXPECT_FALSE(parser.ends_with_connection());
    ASSERT_TRUE(parser.put("HTTP/1.1 403 Forbidden\r\n\r\nNo").has_value());
    EXPECT_FALSE(parser.done());
    EXPECT_TRUE(parser.ends_with_connection());
    EXPECT_EQ(parser.take().body, "No");
}

TEST(HandshakeAnswer, WhatIsNoHttpIsRefused) {
    for (const char* text : {"SSH-2.0-OpenSSH_9.2\r\n\r\n", "\x15\x03\x01\x00\x02", "HTTP/1.1 abc\r\n\r\n"}) {
        HandshakeParser parser{1000};
        const auto used = parser.put(std::string{text} + std::string(64, 'x') + "\r\n\r\n");
        ASSERT_FALSE(used.has_value()) << text;
        EXPECT_EQ(used.error(), WebSocketErrc::bad_handshake);
    }
    HandshakeParser parser{1000};
    EXPECT_FALSE(parser.put("HTTP/1.1 101 x\r\nA: " + std::string(70'000, 'x') + "\r\n\r\n").has_value())
        << "a header without end";
}

TEST(HandshakeAnswer, TheFirstHeaderOfANameIsFound) {
    const std::vector<std::pair<std::string, std::string>> headers{{"a", "1"}, {"b", "2"}, {"a", "3"}};
    EXPECT_EQ(platform::find_header(headers, "a"), "1");
    EXPECT_EQ(platform::find_header(headers, "b"), "2");
    EXPECT_EQ(platform::find_header(headers, "c"), "");
}

}  // namespace
