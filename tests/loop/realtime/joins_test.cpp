// Joins besides the device's: refusals that stall the socket, that are remembered, and that wait for quiet; and many
// joins in a row.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "tests/hub/hub.hpp"
#include "tests/hub/socket.hpp"
#include "tests/loop/realtime/cloud.hpp"

namespace {

using namespace std::chrono_literals;
using cloud::Agent;
using realtime::Settled;
using ::testing::HasSubstr;

class Joins : public ::testing::Test {
  protected:
    static hub::Settings quick(std::vector<std::string> closed) {
        hub::Settings settings;
        settings.closed_topics = std::move(closed);
        settings.join_penalty = hub::milliseconds{1000};
        settings.limits.events_per_second = 0;
        settings.limits.joins_per_second = 0;
        return settings;
    }
    explicit Joins(std::vector<std::string> closed = {"settings:global"}) : backend{io, quick(std::move(closed))} {
        EXPECT_FALSE(backend.start());
    }
    ~Joins() override {
        backend.stop();
        io.restart();
        io.poll();
    }
    bool until(const std::function<bool()>& done, std::chrono::milliseconds limit = 20s) {
        return cloud::run_until(io, done, limit);
    }
    realtime::Settings settings() const {
        auto made = cloud::quick_settings(backend.base() + "/realtime/v1");
        made.optional_spread = 0s;
        return made;
    }
    /// With a channel that may not be joined.
    realtime::Settings with_refused() const {
        auto made = settings();
        made.join_settings_global = true;
        return made;
    }
    std::string token() const { return backend.device_token(cloud::device_uuid); }
    std::uint64_t refused() { return backend.tenant().counters().joins_refused; }

    net::io_context io;
    hub::Hub backend;
};

class JoinsWhereAllIsRefused : public Joins {
  protected:
    JoinsWhereAllIsRefused() : Joins({"settings:global", "settings_device:all", "devices:all"}) {}
};

/// As trace 19: three refusals in a row, and all that is on the socket waits for each of them.
TEST_F(JoinsWhereAllIsRefused, TheyStallTheSocketAndNothingIsLostOrTakenForDead) {
    auto own = settings();
    own.join_settings_global = own.join_settings_device = own.join_devices_all = true;
    own.silence = 800ms;  // shorter than one stall: what is pending gets more patience
    Agent agent{io, own, token(), backend.anon_key()};
    agent.start();
    ASSERT_TRUE(until([&] { return agent.joined(); }));
    realtime::Ticket ticket = 0;
    while (refused() < 3) {
        ASSERT_TRUE(agent.publish(++ticket, "{}"));
        ASSERT_TRUE(until([&] { return agent.recorder.settled_as(Settled::acknowledged) == ticket; }));
    }
    EXPECT_EQ(agent.status().counters.connections, 1u);
    EXPECT_EQ(agent.status().counters.closes, 0u);
    for (const auto& channel : agent.status().channels) {
        EXPECT_FALSE(channel.joined);
        EXPECT_THAT(channel.reason, HasSubstr("may not join")) << channel.topic;
    }
}

TEST_F(Joins, ARefusalIsRememberedOverReconnectsUntilTheTokenChanges) {
    auto own = with_refused();
    own.join_devices_all = true;
    Agent agent{io, own, token(), backend.anon_key()};
    agent.start();
    const auto open_joined = [&] { return agent.status().channels.at(1).joined; };
    ASSERT_TRUE(until([&] { return agent.joined() && refused() == 1 && open_joined(); }));
    for (std::uint64_t joins = 2; joins <= 4; ++joins) {
        backend.drop_all();
        // The other optional channel comes back: the refused one had its turn before it.
        ASSERT_TRUE(until([&] { return agent.status().counters.joins == joins && open_joined(); }));
        EXPECT_EQ(refused(), 1u);
        EXPECT_THAT(agent.status().channels.at(0).reason, HasSubstr("may not join"));
    }
    agent.give_token(token() + " ", backend.anon_key());
    ASSERT_TRUE(until([&] { return refused() == 2; }));
    EXPECT_EQ(agent.status().counters.closes, 0u);
}

TEST_F(Joins, ARefusedOneIsTriedAgainAfterItsTimeWithTheSameToken) {
    EXPECT_EQ(realtime::Settings{}.refused_for, 6h);
    auto own = with_refused();
    own.refused_for = 2s;
    Agent agent{io, own, token(), backend.anon_key()};
    agent.start();
    ASSERT_TRUE(until([&] { return refused() == 1; }));
    const TimePoint first = platform::BootClock::now();
    ASSERT_TRUE(until([&] { return refused() == 2; }));
    EXPECT_GE(platform::BootClock::now() - first, 2s);
    EXPECT_TRUE(agent.joined());
}

TEST_F(Joins, OptionalOnesWaitForTenSecondsWithoutCommands) {
    Agent agent{io, with_refused(), token(), backend.anon_key()};
    agent.start();
    ASSERT_TRUE(until([&] { return agent.joined() && refused() == 1; }));
    backend.tenant().database_send({{"id", 1}}, "cdp-command", std::string{"device:"} + cloud::device_uuid, true);
    ASSERT_TRUE(until([&] { return agent.recorder.heard.size() == 1; }));
    const TimePoint command = platform::BootClock::now();
    agent.give_token(token() + " ", backend.anon_key());  // the refused one may be tried again
    ASSERT_TRUE(until([&] { return refused() == 2; }));
    EXPECT_GE(platform::BootClock::now() - command, 9900ms);
}

std::size_t open_descriptors() {
    const std::filesystem::directory_iterator all{"/proc/self/fd"};
    return static_cast<std::size_t>(std::distance(begin(all), end(all)));
}

std::size_t resident_kilobytes() {
    std::ifstream in{"/proc/self/status"};
    for (std::string word; in >> word;) {
        if (word != "VmRSS:") continue;
        std::size_t kilobytes = 0;
        in >> kilobytes;
        return kilobytes;
    }
    return 0;
}

TEST_F(Joins, TwoHundredInARowLeakNothing) {
    auto own = settings();
    own.join_devices_all = true;
    own.reconnect_spread = own.backoff_base = own.backoff_cap = 1ms;
    Agent agent{io, own, token(), backend.anon_key()};
    agent.start();
    std::uint64_t joins = 0;
    const auto join_and_drop = [&](int times) {
        for (int i = 0; i < times; ++i) {
            ++joins;
            ASSERT_TRUE(until([&] { return agent.status().counters.joins == joins && agent.joined(); }));
            ASSERT_TRUE(agent.publish(joins, std::string(2000, '1')));
            ASSERT_TRUE(until([&] { return agent.recorder.settled.size() == joins; }));
            backend.drop_all();
        }
    };
    join_and_drop(40);  // buffers and pools have their size then
    const auto settle = [&] { return backend.tenant().sockets().size() <= 1 && agent.joined(); };
    ASSERT_TRUE(until([&] { return agent.status().counters.joins == joins + 1 && settle(); }));
    const std::size_t descriptors = open_descriptors();
    [[maybe_unused]] const std::size_t kilobytes = resident_kilobytes();
    join_and_drop(200);
    ASSERT_TRUE(until([&] { return agent.status().counters.joins == joins + 1 && settle(); }));
    EXPECT_EQ(open_descriptors(), descriptors);
#ifndef __SANITIZE_ADDRESS__
    // The recorder and the stand-in remember something of each; a socket's buffers that stayed would be 13 MB.
    EXPECT_LE(resident_kilobytes(), kilobytes + 3000);
#endif
}

}  // namespace
