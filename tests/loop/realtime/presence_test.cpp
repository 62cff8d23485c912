// Presence, twins and stored messages, against the stand-in of the backend.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "agent/credentials/store.hpp"
#include "tests/hub/hub.hpp"
#include "tests/hub/socket.hpp"
#include "tests/loop/realtime/cloud.hpp"
#include "tests/support/temp_folder.hpp"

namespace {

using namespace std::chrono_literals;
using cloud::Agent;
using ::testing::HasSubstr;

class PresenceLoop : public ::testing::Test {
  protected:
    static hub::Settings quick() {
        hub::Settings settings;
        settings.join_penalty = hub::milliseconds{50};
        settings.limits.events_per_second = 0;
        settings.limits.presence_window = hub::seconds{1};
        return settings;
    }
    PresenceLoop() : backend{io, quick()} { EXPECT_FALSE(backend.start()); }
    ~PresenceLoop() override {
        backend.stop();
        io.restart();
        io.poll();
    }
    bool until(const std::function<bool()>& done, std::chrono::milliseconds limit = 10s) {
        return cloud::run_until(io, done, limit);
    }
    realtime::Settings settings(std::string instance) const {
        auto made = cloud::quick_settings(backend.base() + "/realtime/v1");
        made.instance = std::move(instance);
        made.track_presence = true;
        made.presence_window = 1s;
        return made;
    }
    std::string token() const { return backend.device_token(cloud::device_uuid); }
    void command(int id = 1) {
        backend.tenant().database_send({{"id", id}}, "cdp-command", std::string{"device:"} + cloud::device_uuid, true);
    }

    /// What is tracked on a channel: a meta for each agent.
    std::vector<hub::Json> tracked(const std::string& name) {
        std::vector<hub::Json> found;
        for (auto* socket : backend.tenant().sockets()) {
            const auto channel = socket->channels().find("realtime:" + name);
            if (channel == socket->channels().end()) continue;
            for (const auto& [key, metas] : backend.tenant().room_of(*channel->second).presence) {
                for (const auto& meta : metas) found.push_back(meta.payload);
            }
            break;
        }
        return found;
    }
    bool shows(const std::string& name) {
        const auto list = tracked("devices:all");
        return list.size() == 1 && list[0].value("name", "") == name;
    }

    net::io_context io;
    hub::Hub backend;
};

TEST_F(PresenceLoop, TheYoungerOfTwoAgentsOnOneDeviceFallsSilentUntilTheElderGoes) {
    Agent elder{io, settings("elder"), token(), backend.anon_key()};
    elder.start();
    ASSERT_TRUE(until([&] { return elder.joined(); }));
    Agent younger{io, settings("younger"), token(), backend.anon_key()};
    younger.start();
    ASSERT_TRUE(until([&] { return younger.status().silenced; }));
    EXPECT_FALSE(elder.status().silenced);
    EXPECT_THAT(younger.status().warning, HasSubstr("another agent of this same device"));
    command();
    ASSERT_TRUE(until([&] { return !elder.recorder.heard.empty() && younger.status().counters.silenced == 1; }));
    EXPECT_TRUE(younger.recorder.heard.empty());
    // An unpairing reaches both.
    backend.tenant().database_send(hub::Json::object(), "unpair", std::string{"device:"} + cloud::device_uuid, true);
    ASSERT_TRUE(until([&] { return younger.recorder.heard.size() == 1; }));
    EXPECT_EQ(younger.recorder.heard[0].event, "unpair");
    elder.stop();
    ASSERT_TRUE(until([&] { return !younger.status().silenced; }));
    command();
    ASSERT_TRUE(until([&] { return younger.recorder.heard.size() == 2; }));
}

/// The elder is a real agent until it stops answering: from then on it is no more than a claim in presence.
TEST_F(PresenceLoop, TheYoungerRelaysAgainWhenNobodyAnswersAndGivesWayToNoNewClaim) {
    Agent elder{io, settings("elder"), token(), backend.anon_key()};
    bool answers = true;
    realtime::Ticket ticket = 0;
    elder.recorder.also = [&](const realtime::Broadcast& broadcast) {
        if (answers && broadcast.event == "cdp-command") {
            elder.publish(++ticket,
                          std::string{broadcast.payload.substr(0, broadcast.payload.size() - 1)} + ",\"ok\":true}");
        }
    };
    elder.start();
    ASSERT_TRUE(until([&] { return elder.joined(); }));
    Agent younger{io, settings("younger"), token(), backend.anon_key()};
    const auto commands = [&] {
        const auto is_it = [](const cloud::Heard& heard) { return heard.event == "cdp-command"; };
        return std::count_if(younger.recorder.heard.begin(), younger.recorder.heard.end(), is_it);
    };
    younger.start();
    ASSERT_TRUE(until([&] { return younger.status().twin == realtime::Twin::yielding; }));
    for (const int id : {1, 2, 3, 4}) command(id);
    ASSERT_TRUE(until([&] { return elder.recorder.settled.size() == 4 && younger.recorder.heard.size() == 4; }));
    EXPECT_EQ(younger.recorder.heard[0].event, "cdp-result") << "the elder's, for who counts what others send";
    answers = false;
    for (const int id : {5, 6, 7}) command(id);
    ASSERT_TRUE(until([&] { return younger.status().twin == realtime::Twin::empty; }, 15s));
    EXPECT_FALSE(younger.status().silenced);
    EXPECT_THAT(younger.status().warning, HasSubstr("answers no commands"));
    EXPECT_THAT(younger.recorder.left_over, ::testing::ElementsAre("5", "6", "7"));
    EXPECT_EQ(commands(), 0);
    command(8);
    ASSERT_TRUE(until([&] { return commands() == 1; }));
    // A claim that goes and comes back silences nobody.
    elder.supervisor->set_present(false);
    ASSERT_TRUE(until([&] { return younger.status().twin == realtime::Twin::none; }));
    elder.supervisor->set_present(true);
    ASSERT_TRUE(until([&] { return younger.status().twin == realtime::Twin::empty; }));
    EXPECT_EQ(elder.status().twin, realtime::Twin::none);
}

TEST_F(PresenceLoop, ItsOwnConnectionOfBeforeIsNoTwin) {
    auto own = settings("one");
    own.heartbeat = own.silence = own.silence_joining = 1h;
    Agent before{io, own, token(), backend.anon_key()};
    before.start();
    ASSERT_TRUE(
        until([&] { return before.joined() && tracked(std::string{"device:"} + cloud::device_uuid).size() == 1; }));
    Agent after{io, own, token(), backend.anon_key()};
    after.start();
    ASSERT_TRUE(until([&] { return tracked(std::string{"device:"} + cloud::device_uuid).size() == 2; }));
    command();
    ASSERT_TRUE(until([&] { return !after.recorder.heard.empty(); }));
    EXPECT_EQ(after.status().twin, realtime::Twin::none);
}

TEST_F(PresenceLoop, IsNotThereWhileItIsToldToBeAbsentAlsoAfterARejoin) {
    Agent elder{io, settings("elder"), token(), backend.anon_key()};
    elder.supervisor->set_present(false);
    elder.start();
    ASSERT_TRUE(until([&] { return elder.joined(); }));
    Agent younger{io, settings("younger"), token(), backend.anon_key()};
    younger.start();
    ASSERT_TRUE(until([&] { return younger.joined() && younger.status().round_trip; }));
    EXPECT_FALSE(younger.status().silenced);
    elder.supervisor->set_present(true);
    ASSERT_TRUE(until([&] { return younger.status().silenced; }));
    elder.supervisor->set_present(false);
    ASSERT_TRUE(until([&] { return !younger.status().silenced && elder.status().silenced; }));
    backend.drop_all();
    ASSERT_TRUE(until([&] { return elder.status().counters.joins == 2 && younger.status().counters.joins == 2; }));
    ASSERT_TRUE(until([&] { return elder.status().silenced; }));
    command();
    ASSERT_TRUE(until([&] { return !younger.recorder.heard.empty() && elder.status().counters.silenced == 1; }));
    EXPECT_FALSE(younger.status().silenced);
    EXPECT_TRUE(elder.recorder.heard.empty()) << "one command, one answer: the one who is there gives it";
}

TEST_F(PresenceLoop, TracksItselfAmongAllDevicesAndUntracksBeforeAnOrderlyStop) {
    auto own = settings("one");
    own.join_devices_all = true;
    own.optional_spread = 0s;
    Agent agent{io, own, backend.device_token(cloud::device_uuid), backend.anon_key()};
    agent.start();
    ASSERT_TRUE(until([&] { return !agent.status().channels.empty() && agent.status().channels[0].joined; }));
    EXPECT_EQ(agent.status().channels[0].topic, "devices:all");
    EXPECT_TRUE(agent.stop());
}

TEST_F(PresenceLoop, ANewNameIsShownAtOnceAndTheLastOfManyWithinTheServersLimit) {
    auto own = settings("one");
    own.join_devices_all = true;
    own.optional_spread = 0s;
    Agent agent{io, own, token(), backend.anon_key()};
    agent.start();
    ASSERT_TRUE(until([&] { return shows("a test"); }));
    const auto rename = [&](const std::string& name) {
        agent.tokens.rename(name);
        agent.supervisor->renamed();
    };
    rename("the oak");
    ASSERT_TRUE(until([&] { return shows("the oak"); }, 900ms)) << "no rejoin, no waiting";
    for (int number = 1; number <= 12; ++number) {
        rename(std::to_string(number));
        ASSERT_TRUE(until([&] { return shows(std::to_string(number)); }));
    }
    EXPECT_EQ(agent.status().counters.joins, 1u);
    EXPECT_EQ(backend.tenant().counters().joins, 2u) << "no channel was closed for too many calls";
    EXPECT_EQ(tracked(std::string{"device:"} + cloud::device_uuid).size(), 1u);
}

TEST_F(PresenceLoop, GoingAndComingOftenStaysWithinTheServersLimit) {
    Agent agent{io, settings("one"), token(), backend.anon_key()};
    agent.start();
    const std::string channel = std::string{"device:"} + cloud::device_uuid;
    ASSERT_TRUE(until([&] { return tracked(channel).size() == 1; }));
    for (int number = 0; number < 6; ++number) {
        agent.supervisor->set_present(false);
        ASSERT_TRUE(until([&] { return tracked(channel).empty(); }));
        agent.supervisor->set_present(true);
        ASSERT_TRUE(until([&] { return tracked(channel).size() == 1; }));
    }
    EXPECT_EQ(agent.status().counters.joins, 1u) << "the channel was not closed for too many calls";
    EXPECT_TRUE(agent.stop());
}

TEST_F(PresenceLoop, AnUnpairThatWasStoredWhileTheMachineWasOffComesAtTheJoin) {
    const auto now_ms = backend.clock().wall_ms();
    backend.tenant().database_send(hub::Json::object(), "unpair", std::string{"device:"} + cloud::device_uuid, true);
    auto own = settings("one");
    own.replay_since_ms = now_ms - 1000;
    Agent agent{io, own, token(), backend.anon_key()};
    agent.start();
    ASSERT_TRUE(until([&] { return agent.recorder.heard.size() == 1; }));
    EXPECT_TRUE(agent.recorder.heard[0].replayed);
    EXPECT_EQ(agent.recorder.heard[0].event, "unpair");
    // It comes again at the next join, and is known by its id.
    backend.drop_all();
    ASSERT_TRUE(until([&] { return agent.status().counters.joins == 2; }));
    agent.publish(1, "{}");
    ASSERT_TRUE(until([&] { return agent.recorder.settled.size() == 1; }));
    EXPECT_EQ(agent.recorder.heard.size(), 1u);
}

TEST_F(PresenceLoop, WhatWasStoredBeforeTheLastJoinOfAnEarlierRunDoesNotCount) {
    backend.tenant().database_send(hub::Json::object(), "unpair", std::string{"device:"} + cloud::device_uuid, true);
    const tests::TempFolder home;
    const credentials::Store store{home.path()};
    const credentials::WallMillis before{std::chrono::milliseconds{backend.clock().wall_ms() + 1}};
    ASSERT_FALSE(store.memory().note_join({before, before, {}}));
    auto own = settings("one");
    own.replay_since_ms = 0;
    own.catches_up = true;
    own.memory = &store.memory();
    Agent agent{io, own, token(), backend.anon_key()};
    agent.start();
    ASSERT_TRUE(until([&] { return agent.joined() && agent.status().round_trip.has_value(); }));
    EXPECT_TRUE(agent.recorder.heard.empty());
    EXPECT_TRUE(agent.stop());
    const auto kept = store.memory().last_join();
    ASSERT_TRUE(kept);
    EXPECT_EQ(kept->joined.time_since_epoch().count(), agent.status().last_joined_ms);
    EXPECT_EQ(kept->caught_up, kept->joined);
    EXPECT_EQ(kept->device, cloud::device_uuid);
}

}  // namespace
