// Numbered streams over channels that lose, double, delay and reorder: each message arrives once and in order, and what
// is held stays within bounds.
#include <random>

#include "message_stream_fixture.hpp"

namespace {

using namespace message_stream_test;

/// A scripted exchange: commands up, answers and events down, one of each in parts, and a silence between.
struct Script {
    std::vector<std::string> up;
    std::vector<std::string> down;

    void run(Channel& channel) {
        for (std::size_t i = 0; i < 12; ++i) {
            const std::size_t size = i == 4 ? 9000 : 40 + 60 * i;
            up.push_back(Channel::message(i, size));
            down.push_back(Channel::message(100 + i, i == 7 ? 7000 : 1500 - 100 * i));
            channel.send(0, up.back());
            channel.send(1, down.back());
            channel.run(i % 3 == 0 ? Duration{3s} : Duration{50ms});
        }
        channel.run();
    }
};

void expect_all(const Channel& channel, const Script& script) {
    EXPECT_EQ(channel.ends[1].got, script.up);
    EXPECT_EQ(channel.ends[0].got, script.down);
    EXPECT_TRUE(channel.wrongs.empty()) << channel.wrongs.front();
    EXPECT_TRUE(channel.quiet());
}

TEST(MessageStreamSimulation, AScriptedExchangeWithoutFaultsSendsNothingTwice) {
    Channel channel;
    Script script;
    script.run(channel);
    expect_all(channel, script);
    // 24 messages, of which two are in parts of their own; the rest are bare acknowledgements.
    EXPECT_LT(channel.broadcasts, 60);
}

TEST(MessageStreamSimulation, AFaultAtEachStepOfAScriptedExchange) {
    Channel whole;
    Script{}.run(whole);
    const std::vector<Deliveries> faults{{}, {usual, usual}, {usual, usual + 5s}, {usual + 100ms}, {usual + 7s}};
    for (int at = 0; at < whole.broadcasts; ++at) {
        for (std::size_t which = 0; which < faults.size(); ++which) {
            SCOPED_TRACE("fault " + std::to_string(which) + " at broadcast " + std::to_string(at));
            Channel channel;
            channel.fate = [&](int, int count) { return count == at ? faults[which] : Deliveries{usual}; };
            Script script;
            script.run(channel);
            expect_all(channel, script);
            EXPECT_LT(channel.broadcasts, whole.broadcasts + 40);
            if (HasFailure()) return;
        }
    }
}

TEST(MessageStreamSimulation, ARunOfLostBroadcastsFromEachStep) {
    Channel whole;
    Script{}.run(whole);
    for (int at = 0; at < whole.broadcasts; ++at) {
        for (const int run : {2, 5, 20}) {
            SCOPED_TRACE(std::to_string(run) + " lost from broadcast " + std::to_string(at));
            Channel channel;
            channel.fate = [&](int, int count) {
                return count >= at && count < at + run ? Deliveries{} : Deliveries{usual};
            };
            Script script;
            script.run(channel);
            expect_all(channel, script);
            if (HasFailure()) return;
        }
    }
}

TEST(MessageStreamSimulation, ACutInOneDirectionOfEachStep) {
    Channel whole;
    Script{}.run(whole);
    for (int at = 0; at < whole.broadcasts; ++at) {
        for (const int deaf : {0, 1}) {
            SCOPED_TRACE("end " + std::to_string(deaf) + " hears nothing for 5 s from broadcast " + std::to_string(at));
            Channel channel;
            TimePoint until = TimePoint::max();
            bool over = false;
            channel.fate = [&](int from, int count) {
                if (count == at) until = channel.now + 5s;
                if (count > at && !over && channel.now >= until) {
                    over = true;
                    channel.ends[deaf].stream.rejoined();
                }
                const bool cut = count >= at && !over;
                return cut && from == 1 - deaf ? Deliveries{} : Deliveries{usual};
            };
            Script script;
            script.run(channel);
            expect_all(channel, script);
            if (HasFailure()) return;
        }
    }
}

/// What a channel carries.
enum class Carried { messages, base64, raw, either };

/// A long exchange over a bad channel, the same for the same seed.
void run_at_random(unsigned seed, std::size_t messages, Carried carried = Carried::messages) {
    std::mt19937 random{seed};
    const auto chance = [&](int percent) { return static_cast<int>(random() % 100) < percent; };
    const auto up_to = [&](Duration most) {
        return Duration{static_cast<Duration::rep>(random() % static_cast<std::uint64_t>(most.count()))};
    };
    Channel channel;
    if (carried != Carried::messages) channel.carry_bytes(carried != Carried::base64, carried == Carried::raw);
    const int lost = static_cast<int>(seed % 4) * 10;
    channel.fate = [&](int, int) {
        Deliveries fate;
        if (!chance(lost)) fate.push_back(chance(20) ? up_to(4s) : up_to(60ms));
        while (chance(15)) fate.push_back(up_to(3s));
        return fate;
    };
    channel.hand = [&] { return chance(70) ? Duration::zero() : up_to(800ms); };
    std::vector<std::string> sent[2];
    for (const int end : {0, 1}) {
        for (std::size_t i = 0; i < messages; ++i) {
            const std::size_t size = chance(2) ? random() % 12'000 : random() % 400;
            sent[end].push_back(Channel::message(i, size));
        }
        channel.ends[end].to_send.assign(sent[end].rbegin(), sent[end].rend());
    }
    channel.run(1000h);
    EXPECT_TRUE(channel.quiet());
    EXPECT_TRUE(channel.wrongs.empty()) << channel.wrongs.front();
    for (const int end : {0, 1}) {
        if (carried == Carried::messages) {
            EXPECT_EQ(channel.ends[1 - end].got, sent[end]);
        } else {
            std::string all;
            for (const std::string& one : sent[end]) all += one;
            EXPECT_TRUE(channel.ends[1 - end].bytes == all) << "each byte once and in order";
            EXPECT_TRUE(channel.ends[1 - end].got.empty());
        }
        // What it was offered, one more message, and one in parts that was coming.
        EXPECT_LT(channel.ends[end].most_bytes, channel.offered + 2 * 13'000 + 3000);
    }
}

TEST(MessageStreamSimulation, LongExchangesAtRandom) {
    for (unsigned seed = 1; seed <= 12; ++seed) {
        SCOPED_TRACE("seed " + std::to_string(seed));
        run_at_random(seed, 400);
        if (HasFailure()) return;
    }
}

TEST(MessageStreamSimulation, LongExchangesOfBytesAtRandom) {
    for (const Carried carried : {Carried::base64, Carried::raw, Carried::either}) {
        for (unsigned seed = 1; seed <= 6; ++seed) {
            SCOPED_TRACE("seed " + std::to_string(seed) + ", form " + std::to_string(static_cast<int>(carried)));
            run_at_random(seed, 300, carried);
            if (HasFailure()) return;
        }
    }
}

TEST(MessageStreamSimulation, RawBytesTakeFewerBroadcasts) {
    const auto broadcasts = [](bool raw) {
        Channel channel;
        channel.carry_bytes(raw, raw);
        channel.offered = 1'000'000;
        channel.send(0, std::string(200'000, 'x'));
        channel.run();
        EXPECT_EQ(channel.ends[1].bytes.size(), 200'000u);
        EXPECT_TRUE(channel.quiet());
        return channel.broadcasts;
    };
    EXPECT_LT(broadcasts(true) * 5, broadcasts(false) * 4);
}

TEST(MessageStreamSimulation, ALongExchangeIsNoSlowerThanItsLosses) {
    Channel channel;
    channel.fate = [](int, int count) { return count % 10 == 3 ? Deliveries{} : Deliveries{usual}; };
    std::vector<std::string> sent;
    for (std::size_t i = 0; i < 2000; ++i) sent.push_back(Channel::message(i, 200));
    channel.ends[0].to_send.assign(sent.rbegin(), sent.rend());
    channel.run(10min);
    EXPECT_EQ(channel.ends[1].got, sent);
    EXPECT_TRUE(channel.quiet()) << "a tenth is lost: it takes no ten minutes";
}

}  // namespace
