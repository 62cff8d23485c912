// The stream of a sealed client whose broadcasts are raw: bytes beside the members.
#include <nlohmann/json.hpp>

#include "agent/relay/core/message_stream.hpp"
#include "message_stream_fixture.hpp"

namespace {

using namespace message_stream_test;
using nlohmann::json;

class RawStreamTest : public testing::Test {
  protected:
    RawStreamTest() {
        stream.carry_bytes();
        stream.send_raw();
    }
    /// The bytes of the next broadcast.
    std::string next_raw() {
        const auto broadcast = stream.next(now);
        if (!broadcast) return {};
        std::string raw{broadcast->raw};
        EXPECT_FALSE(json::parse("{" + broadcast->members + "}").contains("data"));
        stream.left(now);
        return raw;
    }
    std::string take(const std::string& text) { return std::string{stream.receive(text, now).wrong}; }
    /// Bytes of all values.
    static std::string bytes(std::size_t size, char first = 0) {
        std::string all;
        for (std::size_t i = 0; i < size; ++i) all += static_cast<char>(first + static_cast<int>(i % 251));
        return all;
    }

    MessageStream::Settings settings = settings_of("items", "messages");
    MessageStream stream{settings, 2000, 100};
    TimePoint now{};
};

TEST_F(RawStreamTest, BytesGoBesideTheMembersAndTheNumbersStayAmongThem) {
    stream.add("abc");
    const auto first = stream.next(now);
    ASSERT_TRUE(first);
    EXPECT_EQ(first->members, R"("seq":1,"ack":0)");
    EXPECT_EQ(first->raw, "abc");
    stream.add("d");
    stream.add(bytes(3));
    stream.left(now);
    const auto second = stream.next(now);
    ASSERT_TRUE(second);
    EXPECT_EQ(second->members, R"("seq":2,"ack":0)");
    EXPECT_EQ(second->raw, "d" + bytes(3));
    stream.left(now);
    EXPECT_EQ(take(R"({"nack":0})"), "");
    EXPECT_EQ(next_raw(), "abc") << "it goes again in the form that it has";
    stream.show_life(now);
    EXPECT_EQ(next_raw(), "d" + bytes(3));
    EXPECT_EQ(take(R"({"ack":2})"), "");
    stream.show_life(now);
    EXPECT_EQ(stream.next(now)->members, R"("ack":0)") << "a bare acknowledgement has none";
    EXPECT_EQ(stream.bytes(), 0u);
}

TEST_F(RawStreamTest, ABroadcastIsFilledToThePayloadLimit) {
    stream.add(bytes(5000));
    std::string all;
    int broadcasts = 0;
    while (all.size() < 5000) {
        const std::string raw = next_raw();
        ASSERT_FALSE(raw.empty());
        EXPECT_LE(raw.size(), 2000u - 100);
        all += raw;
        EXPECT_EQ(take(R"({"ack":)" + std::to_string(++broadcasts) + "}"), "");
    }
    EXPECT_EQ(all, bytes(5000));
    EXPECT_EQ(broadcasts, 4) << "of 1,644 bytes each; base64 takes five";
}

TEST_F(RawStreamTest, TakesBothForms) {
    const auto one = stream.receive(R"({"seq":1})", now, "abc");
    EXPECT_EQ(one.bytes(), "abc");
    const auto two = stream.receive(R"({"seq":2,"data":"ZGVm"})", now);
    EXPECT_EQ(two.bytes(), "def");
    EXPECT_EQ(stream.receive(R"({"seq":2})", now, "ghi").bytes(), "") << "the number was used";
    EXPECT_EQ(stream.receive(R"({"seq":4})", now, "ghi").bytes(), "") << "one is missing";
    const auto both = stream.receive(R"({"seq":3,"data":"ZGVm"})", now, "ghi");
    EXPECT_NE(both.wrong, "");
    EXPECT_EQ(both.bytes(), "");
    EXPECT_EQ(stream.receive(R"({"seq":3})", now, "ghi").bytes(), "ghi") << "what was wrong has used no number";
    EXPECT_NE(MessageStream(settings, 2000, 100).receive(R"({"seq":1})", now, "abc").wrong, "") << "it is not sealed";
}

TEST_F(RawStreamTest, BytesCountInTheWindowOfTheOtherSide) {
    EXPECT_EQ(stream.receive(R"({"seq":1})", now, bytes(3995)).wrong, "");
    EXPECT_EQ(stream.due_at(), now) << "half of four broadcasts of 2000 bytes";
}

TEST_F(RawStreamTest, CutsAnewWhatTheServerRefusesForItsSize) {
    MessageStream large{settings, 3'000'000, 100};
    large.carry_bytes();
    large.send_raw();
    large.add(bytes(10));
    ASSERT_TRUE(large.next(now));
    large.left(now);
    for (const char first : {'a', 'b', 'c'}) large.add(bytes(1'500'000, first));
    const std::string all = bytes(1'500'000, 'a') + bytes(1'500'000, 'b') + bytes(1'500'000, 'c');
    ASSERT_GT(large.next(now)->raw.size(), 2'900'000u) << "the first message, and most of the second";
    EXPECT_TRUE(large.in_doubt());
    large.set_payload_limit(1'000'000);
    large.settled(false, now);
    EXPECT_FALSE(large.stuck());
    EXPECT_LT(large.bytes(), all.size() + 1000) << "each byte is held once";
    std::string came;
    for (int seq = 2; came.size() < all.size(); ++seq) {
        const auto broadcast = large.next(now);
        ASSERT_TRUE(broadcast);
        EXPECT_TRUE(broadcast->members.starts_with(R"("seq":)" + std::to_string(seq))) << broadcast->members;
        EXPECT_LE(broadcast->raw.size(), 1'000'000u);
        came += broadcast->raw;
        large.settled(true, now);
        EXPECT_EQ(large.receive(R"({"ack":)" + std::to_string(seq) + "}", now).wrong, "");
    }
    EXPECT_TRUE(came == all);
    EXPECT_TRUE(large.drained());
    EXPECT_EQ(large.bytes(), 0u);
}

TEST_F(RawStreamTest, IsStuckWhenWhatWasMadeCannotBeSentAnyMore) {
    stream.add(bytes(1500));
    next_raw();
    EXPECT_FALSE(stream.stuck());
    stream.set_payload_limit(1000);
    EXPECT_TRUE(stream.stuck());
}

}  // namespace
