// The hub's pieces at their edges: sizes as the server counts them, rates, frames, tokens.
#include <gtest/gtest.h>

#include "tests/hub/external_size.hpp"
#include "tests/hub/frame.hpp"
#include "tests/hub/http.hpp"
#include "tests/hub/rate.hpp"
#include "tests/hub/token.hpp"
#include "tests/hub/wire.hpp"

namespace hub {
namespace {

using std::chrono::seconds;

constexpr std::size_t limit = 3000 * 1000 + 500;

Json broadcast_of(std::size_t length) {
    return {{"type", "broadcast"}, {"event", "big"}, {"payload", {{"d", std::string(length, 'x')}}}};
}

// 06-payload-size: "largest accepted payload {"d":"x..."}: string of 3000425 bytes; 3000426 is refused".
TEST(ExternalSize, LimitOfTextIsWhereItWasFound) {
    EXPECT_LE(external_size(broadcast_of(3'000'425)), limit);
    EXPECT_GT(external_size(broadcast_of(3'000'426)), limit);
}

// 06-payload-size: "largest accepted binary user payload (event "bin", empty metadata): 3000471 bytes".
TEST(ExternalSize, LimitOfBinaryIsWhereItWasFound) {
    EXPECT_LE(external_size("bin", false, 3'000'471), limit);
    EXPECT_GT(external_size("bin", false, 3'000'472), limit);
}

TEST(ExternalSize, CountsNumbersAsErlangDoes) {
    EXPECT_EQ(external_size(Json(255)), 1U + 2U);
    EXPECT_EQ(external_size(Json(256)), 1U + 5U);
    EXPECT_EQ(external_size(Json(-1)), 1U + 5U);
    EXPECT_EQ(external_size(Json(2'147'483'648LL)), 1U + 7U);
    EXPECT_EQ(external_size(Json(-2'147'483'648LL)), 1U + 5U);
    EXPECT_EQ(external_size(Json(0.5)), 1U + 9U);
    EXPECT_EQ(external_size(Json::parse("[1,2,3]")), 1U + 3U + 3U) << "a list of bytes is a string to Erlang";
    EXPECT_EQ(external_size(Json::parse("[1,256]")), 1U + 5U + 2U + 5U + 1U);
}

TEST(RateCounter, JudgesWhenABucketEndsAndForgetsAfterAMinute) {
    RateCounter counter{seconds{5}, 100};
    TimePoint now{seconds{1000}};
    counter.add(now, 501);
    EXPECT_FALSE(counter.exceeded(now + seconds{4}));
    EXPECT_TRUE(counter.exceeded(now + seconds{5}));
    EXPECT_FALSE(counter.exceeded(now + seconds{10})) << "averaged over two buckets it is 50 a second";
    counter.add(now + seconds{11}, 6000);
    EXPECT_TRUE(counter.exceeded(now + seconds{60}));
    EXPECT_FALSE(counter.exceeded(now + seconds{76}));
}

TEST(RateCounter, ZeroSwitchesItOff) {
    RateCounter counter{seconds{5}, 0};
    counter.add(TimePoint{}, 1'000'000);
    EXPECT_FALSE(counter.exceeded(TimePoint{seconds{5}}));
}

TEST(Wire, CutsFramesThatArriveByteByByte) {
    wire::Reader reader{true, 1000};
    const auto bytes = wire::masked_frame(wire::Opcode::text, "one", false) +
                       wire::masked_frame(wire::Opcode::ping, "p") +
                       wire::masked_frame(wire::Opcode::continuation, "two") +
                       wire::masked_frame(wire::Opcode::binary, std::string(300, 'b'));
    std::vector<std::string> got;
    for (const char byte : bytes) {
        reader.feed({&byte, 1});
        while (const auto message = reader.next()) got.push_back(std::string{message->data});
    }
    EXPECT_EQ(got, (std::vector<std::string>{"p", "onetwo", std::string(300, 'b')}));
}

TEST(Wire, RefusesByTheHeaderAlone) {
    wire::Reader reader{true, 1000};
    reader.feed(std::string_view{wire::masked_frame(wire::Opcode::text, std::string(1001, 'x'))}.substr(0, 8));
    EXPECT_FALSE(reader.next());
    EXPECT_EQ(reader.state(), wire::Reader::State::too_big);
    wire::Reader exact{true, 1000};
    exact.feed(wire::masked_frame(wire::Opcode::text, std::string(1000, 'x')));
    EXPECT_TRUE(exact.next());
}

TEST(Wire, UnmaskedOrReservedIsAProtocolError) {
    for (const auto& bytes : {wire::frame(wire::Opcode::text, {"x"}), std::string{"\xc1\x80\0\0\0\0", 6},
                              std::string{"\x83\x80\0\0\0\0", 6}}) {
        wire::Reader reader{true, 1000};
        reader.feed(bytes);
        EXPECT_FALSE(reader.next());
        EXPECT_EQ(reader.state(), wire::Reader::State::protocol_error);
    }
}

TEST(Frame, WritesJsonbAsPostgresDoes) {
    EXPECT_EQ(jsonb_text(Json::parse(R"({"id":"x","n":1,"a":[1,{"b":null}]})")),
              R"({"a": [1, {"b": null}], "n": 1, "id": "x"})");
}

TEST(Frame, TruncatedBinaryIsDropped) {
    EXPECT_FALSE(
        decode_binary(std::string_view{"\x03\x01\x01\x14\x03\x00\x01"
                                       "12",
                                       9}));
    EXPECT_FALSE(decode_binary("\x09\x09\x09\x09"));
    EXPECT_FALSE(decode_binary(""));
}

TEST(Token, VerdictsInTheServersOrder) {
    const std::string secret = "0123456789abcdef0123456789abcdef";
    const double now = 2'000'000'000;
    const auto verdict = [&](const Json& claims) { return judge_token(sign_token(claims, secret), secret, now).fault; };
    const std::int64_t later = 2'000'000'001;
    EXPECT_EQ(verdict({{"role", "anon"}, {"exp", later}}), TokenFault::none);
    EXPECT_EQ(verdict({{"role", "anon"}, {"exp", later - 1}}), TokenFault::expired) << "over at the second of exp";
    EXPECT_EQ(verdict({{"exp", later}}), TokenFault::missing_claims);
    EXPECT_EQ(verdict({{"role", "anon"}, {"exp", "soon"}}), TokenFault::bad_claims);
    EXPECT_EQ(judge_token("a.b", secret, now).fault, TokenFault::malformed);
    const auto other = sign_token({{"role", "anon"}, {"exp", later}}, "another secret of thirty-two bytes");
    EXPECT_EQ(judge_token(other, secret, now).fault, TokenFault::signature);
    // {"alg":"none"}: no signature is no good signature.
    EXPECT_NE(judge_token("eyJhbGciOiJub25lIn0.eyJyb2xlIjoiYW5vbiIsImV4cCI6MjAwMDAwMDAwMX0.", secret, now).fault,
              TokenFault::none);
}

TEST(Http, DecodesSegmentsAndForms) {
    HttpRequest request;
    request.target = "/api/broadcast/device%3A1%2F2/events/a%20b?private=true&x=%26+y";
    split_target(request);
    EXPECT_EQ(request.segments(), (std::vector<std::string>{"api", "broadcast", "device:1/2", "events", "a b"}));
    EXPECT_EQ(request.query["x"], "& y");
}

}  // namespace
}  // namespace hub
