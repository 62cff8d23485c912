#include "agent/relay/core/sealed_text.hpp"

#include <gtest/gtest.h>

namespace {

using relay::SealedFrames;
using relay::StreamReceiver;

TEST(SealedText, TheBindingSaysTheDeviceAndAllThatIsAskedFor) {
    const std::string uuid = "6f1c2a3b-0000-4000-8000-000000000001";
    const auto binding = [&uuid](std::string_view params) {
        return relay::sealed_binding(uuid, relay::read_open(params));
    };
    EXPECT_EQ(binding("{}"), "bmc-agent/1 " + uuid + "  0 120000 ");
    EXPECT_EQ(binding(R"({"label":"a b","target":"ABC","exclusive":true,"leaseMs":5000,"tls":true,"data":"AAAA"})"),
              "bmc-agent/1 " + uuid + " ABC 1 5000 a b");
    EXPECT_EQ(binding(R"({"binary":true})"), binding("{}")) << "an end of an earlier release does not know the word";
    const std::string longest = R"({"exclusive":true,"leaseMs":600000,"target":")" + std::string(64, 'T') +
                                R"(","label":")" + std::string(200, 'l') + "\"}";
    EXPECT_LE(binding(longest).size(), 255u);
}

/// The messages that come of those pieces; "wrong: …" behind them.
std::vector<std::string> cut(const std::vector<std::string>& pieces, std::size_t most = 100) {
    SealedFrames frames{most};
    std::vector<std::string> all;
    for (const std::string& piece : pieces) {
        StreamReceiver::Received out;
        frames.take(piece, out);
        for (const auto message : out.messages) all.emplace_back(message);
        if (!out.wrong.empty()) all.push_back("wrong: " + std::string{out.wrong});
    }
    return all;
}

using Texts = std::vector<std::string>;

TEST(SealedText, MessagesAreThoseThatWereFramedHoweverTheyAreCut) {
    const std::string text =
        relay::frame_sealed(R"({"id":1})") + relay::frame_sealed("{}") + relay::frame_sealed(R"({"a":"b"})");
    const Texts expected{R"({"id":1})", "{}", R"({"a":"b"})"};
    EXPECT_EQ(cut({text}), expected);
    for (std::size_t at = 0; at <= text.size(); ++at) {
        EXPECT_EQ(cut({text.substr(0, at), text.substr(at)}), expected) << at;
    }
    Texts drops;
    for (const char c : text) drops.emplace_back(1, c);
    EXPECT_EQ(cut(drops), expected);
}

TEST(SealedText, RefusesWhatIsNoObjectInUtf8) {
    for (const std::string text : {"", "[1]", "{", "{}{}", "{\"a\":\"\xff\"}"}) {
        EXPECT_EQ(cut({relay::frame_sealed(text)}), Texts{"wrong: A sealed message is no JSON object."}) << text;
    }
}

TEST(SealedText, BoundsAMessage) {
    const std::string fits = R"({"a":")" + std::string(92, 'x') + "\"}";
    EXPECT_EQ(cut({relay::frame_sealed(fits)}), Texts{fits});
    EXPECT_EQ(cut({std::string(101, 'x')}), Texts{"wrong: A sealed message is too large."});
    const std::string beyond = R"({"a":")" + std::string(93, 'x') + "\"}";
    EXPECT_EQ(cut({relay::frame_sealed(beyond)}), Texts{"wrong: A sealed message is too large."});
}

}  // namespace
