// What the recorded server said, said to the agent: the test asserts what the agent does next.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <ostream>
#include <set>

#include "tests/loop/realtime/cloud.hpp"
#include "tests/loop/realtime/scripted_server.hpp"
#include "tests/support/recorded.hpp"

namespace {

using namespace std::chrono_literals;
using cloud::Agent;
using realtime::Class;
using realtime::State;
using scripted::Peer;
using scripted::Said;

/// What the agent does after the last frame.
enum class Next {
    serves,      // still joined: the next command is heard
    rejoins,     // joins again on the same socket, soon
    waits,       // on the same socket, for at least `least`, for a failure of `what`
    reconnects,  // on another socket, soon
    stays_away,  // disconnected, for at least `least`, for a failure of `what`
};

struct Case {
    const char* trace;
    const char* connection;
    Next next;
    Class what = Class::unknown;
    std::chrono::seconds least{0};
    int close = 0;  // sent after the frames; 1006: the socket goes without a word
};

std::ostream& operator<<(std::ostream& out, const Case& one) {
    return out << one.trace << " " << one.connection;
}

void replace_all(std::string& text, std::string_view from, std::string_view to) {
    for (auto at = text.find(from); at != std::string::npos; at = text.find(from, at + to.size())) {
        text.replace(at, from.size(), to);
    }
}

/// The frames that the server sent on a connection after its client's first join, and what they are about.
struct Recording {
    std::string topic;
    std::string join_ref;
    realtime::Vsn vsn = realtime::Vsn::v2;
    std::vector<recorded::Line> frames;
};

/// What the tests look at of a text frame of either version; refs as they are written, without quotes.
struct Head {
    std::string join_ref, ref, topic, event;
    bool v2 = false;
};

Head head_of(const recorded::Line& line) {
    const auto json = nlohmann::json::parse(line.data, nullptr, false);
    const bool object = json.is_object() && json.contains("event") && json.contains("topic");
    if (!object && !(json.is_array() && json.size() == 5)) return {};
    const auto word = [](const nlohmann::json& value) {
        return value.is_string() ? value.get<std::string>() : value.dump();
    };
    if (!object) return {word(json[0]), word(json[1]), word(json[2]), word(json[3]), true};
    auto ref = word(json.value("ref", nlohmann::json{}));
    return {ref, ref, word(json["topic"]), word(json["event"]), false};
}

/// Without the answers to what its client sent on a channel that it had lost: the agent says nothing
/// there, and it may have joined again by then, with a ref that such an answer looks younger than.
Recording read(const Case& one) {
    Recording made;
    bool lost = false;
    std::set<std::string> sent_in_vain;
    for (const auto& line : recorded::lines(one.trace)) {
        if (line.connection != one.connection) continue;
        const Head head = line.kind == "text" ? head_of(line) : Head{};
        const bool on_topic = !made.topic.empty() && head.topic == made.topic;
        if (line.direction == "c2s") {
            if (made.topic.empty() && head.event == "phx_join") {
                made.vsn = head.v2 ? realtime::Vsn::v2 : realtime::Vsn::v1;
                made.topic = head.topic;
                made.join_ref = head.join_ref;
            } else if (lost && on_topic && head.event != "phx_join") {
                sent_in_vain.insert(head.ref);
            }
        }
        const bool in_vain = on_topic && head.event == "phx_reply" && sent_in_vain.contains(head.ref);
        if (line.direction == "s2c" && (line.kind == "text" || line.kind == "binary") && !line.cut &&
            !made.topic.empty() && !in_vain) {
            made.frames.push_back(line);
            const bool end = head.event == "phx_close" || head.event == "phx_error";
            lost = lost || (on_topic && end && head.ref == made.join_ref);
        }
    }
    return made;
}

/// The recorded frame with the agent's own topic and join_ref.
std::string translate(std::string frame, const Recording& recording, const Said& join) {
    if (frame.size() > 5 && frame[0] == '\4') {
        if (frame.compare(5, recording.topic.size(), recording.topic) != 0) return frame;
        frame.replace(5, recording.topic.size(), join.topic);
        frame[1] = static_cast<char>(join.topic.size());
        return frame;
    }
    replace_all(frame, "\"" + recording.topic + "\"", "\"" + join.topic + "\"");
    const std::string theirs = "\"" + recording.join_ref + "\"";
    const std::string ours = "\"" + join.ref + "\"";
    if (recording.vsn == realtime::Vsn::v1) {
        replace_all(frame, "\"ref\":" + theirs, "\"ref\":" + ours);
    } else if (frame.starts_with("[" + theirs + "," + theirs)) {
        frame.replace(1, 2 * theirs.size() + 1, ours + "," + ours);
    } else if (frame.starts_with("[" + theirs + ",")) {
        frame.replace(1, theirs.size(), ours);
    }
    return frame;
}

class Traces : public ::testing::TestWithParam<Case> {};

TEST_P(Traces, AreFollowedByWhatTheAgentShouldDo) {
    const Case& one = GetParam();
    const Recording recording = read(one);
    ASSERT_FALSE(recording.frames.empty());
    net::io_context io;
    scripted::Server server{io};
    bool played = false;
    bool joined_elsewhere = false;
    Said second;
    server.then([&](Peer& peer) -> awaitable<void> {
        const Said join = co_await peer.expect("phx_join");
        for (const auto& line : recording.frames) {
            std::string frame = translate(line.data, recording, join);
            if (line.kind == "binary") {
                co_await peer.binary(std::move(frame));
            } else {
                co_await peer.text(std::move(frame));
            }
        }
        if (one.next == Next::serves) {
            std::string marker = R"({"type":"broadcast","event":"marker","payload":{}})";
            marker =
                recording.vsn == realtime::Vsn::v2
                    ? "[null,null,\"" + join.topic + "\",\"broadcast\"," + marker + "]"
                    : R"({"ref":null,"event":"broadcast","topic":")" + join.topic + R"(","payload":)" + marker + "}";
            co_await peer.text(std::move(marker));
        }
        if (one.close == 1006) {
            peer.drop();
        } else if (one.close != 0) {
            co_await peer.close(one.close);
        }
        played = true;
        second = co_await peer.expect("phx_join");
        co_await peer.wait_for_end();
    });
    server.then([&](Peer& peer) -> awaitable<void> {
        const Said join = co_await peer.expect("phx_join");
        joined_elsewhere = !join.over;
        co_await peer.wait_for_end();
    });
    auto settings = cloud::quick_settings(server.url());
    settings.vsn = recording.vsn;
    settings.heartbeat = 1h;  // the recordings hold no answers to ours
    settings.silence = settings.silence_joining = 2h;
    Agent agent{io, settings, "token"};
    agent.start();
    const auto until = [&](const std::function<bool()>& done) { return cloud::run_until(io, done); };
    ASSERT_TRUE(until([&] { return played; }));
    switch (one.next) {
        case Next::serves:
            ASSERT_TRUE(
                until([&] { return !agent.recorder.heard.empty() && agent.recorder.heard.back().event == "marker"; }));
            EXPECT_TRUE(agent.joined());
            EXPECT_EQ(agent.status().counters.closes, 0u);
            break;
        case Next::rejoins:
            ASSERT_TRUE(until([&] { return second.event == "phx_join"; }));
            EXPECT_EQ(agent.recorder.reasons.size(), 1u);
            break;
        case Next::reconnects:
            ASSERT_TRUE(until([&] { return joined_elsewhere; }));
            EXPECT_EQ(server.connections(), 2);
            break;
        case Next::waits:
        case Next::stays_away:
            ASSERT_TRUE(until([&] {
                return agent.status().state == State::waiting && agent.status().failure == one.what;
            })) << agent.status().reason;
            ASSERT_TRUE(agent.status().next_try);
            EXPECT_GE(*agent.status().next_try - platform::BootClock::now(), one.least - 1s);
            if (one.next == Next::waits) {
                EXPECT_FALSE(second.over);
            } else {
                EXPECT_TRUE(until([&] { return second.over && server.idle(); })) << "the connection is closed";
            }
            break;
    }
    const bool stays = one.next == Next::serves || one.next == Next::rejoins || one.next == Next::waits;
    EXPECT_TRUE(!stays || server.connections() == 1);
}

INSTANTIATE_TEST_SUITE_P(
    Recorded, Traces,
    ::testing::Values(
        Case{"01-join-private-ok", "A-v1", Next::serves}, Case{"01-join-private-ok", "A-v2", Next::serves},
        Case{"02-join-denied", "A-v1", Next::waits, Class::rights, 60s},
        Case{"02-join-denied", "A-v2", Next::waits, Class::rights, 60s},
        Case{"02-join-denied", "S", Next::waits, Class::rights, 60s}, Case{"02-join-denied", "W", Next::serves},
        Case{"03-bad-credentials", "J0-v1", Next::waits, Class::reauthenticate, 30s},
        Case{"03-bad-credentials", "J0-v2", Next::waits, Class::reauthenticate, 30s},
        Case{"03-bad-credentials", "J1-v1", Next::waits, Class::rights, 60s},
        Case{"03-bad-credentials", "J2-v1", Next::waits, Class::rights, 60s},
        Case{"03-bad-credentials", "J3-v1", Next::waits, Class::rights, 60s},
        Case{"03-bad-credentials", "J1-v2", Next::waits, Class::rights, 60s},
        Case{"03-bad-credentials", "K", Next::serves}, Case{"04-broadcast", "A1", Next::serves},
        Case{"04-broadcast", "B1", Next::serves}, Case{"04-broadcast", "A2", Next::serves},
        Case{"04-broadcast", "B2", Next::serves}, Case{"04b-broadcast-supabase-js", "D", Next::serves},
        Case{"04b-broadcast-supabase-js", "E", Next::serves}, Case{"04b-broadcast-supabase-js", "S", Next::rejoins},
        Case{"05-self-broadcast", "A-v1-acktrue", Next::serves},
        Case{"05-self-broadcast", "A-v2-acktrue", Next::serves}, Case{"06-payload-size", "A-v1", Next::serves},
        Case{"06-payload-size", "A-v2", Next::serves}, Case{"06-payload-size", "B-v2", Next::serves},
        Case{"06-payload-size", "A-v2", Next::reconnects, Class::transient, 0s, 1006},
        Case{"06-payload-size", "B-v2", Next::reconnects, Class::transient, 0s, 1009}));

INSTANTIATE_TEST_SUITE_P(
    RecordedLimitsAndTokens, Traces,
    ::testing::Values(Case{"07-rate-limit", "A", Next::waits, Class::limit, 30s},
                      Case{"07-rate-limit", "C", Next::waits, Class::limit, 30s},
                      Case{"07-rate-limit", "S", Next::waits, Class::limit, 30s},
                      Case{"07-rate-limit", "S2", Next::waits, Class::limit, 30s},
                      Case{"08-token", "A-v1", Next::serves}, Case{"08-token", "A-v2", Next::serves},
                      Case{"08-token", "B-v1", Next::waits, Class::reauthenticate, 30s},
                      Case{"08-token", "B-v2", Next::waits, Class::reauthenticate, 30s},
                      Case{"08-token", "C-v1", Next::waits, Class::rights, 60s},
                      Case{"08-token", "C-v2", Next::waits, Class::rights, 60s},
                      Case{"08-token", "D-v2", Next::waits, Class::rights, 60s},
                      Case{"08-token", "E-v2", Next::waits, Class::rights, 60s}, Case{"08-token", "F-v2", Next::serves},
                      Case{"08-token", "H-v1", Next::waits, Class::reauthenticate, 30s},
                      Case{"08-token", "H-v2", Next::waits, Class::reauthenticate, 30s},
                      Case{"08-token", "I", Next::serves}, Case{"09-leave-and-duplicate-join", "A-v1", Next::rejoins},
                      Case{"09-leave-and-duplicate-join", "A-v2", Next::rejoins},
                      Case{"09-leave-and-duplicate-join", "W-v1", Next::serves},
                      Case{"10-http-broadcast", "D", Next::serves}, Case{"10-http-broadcast", "E", Next::serves},
                      Case{"11-presence", "A", Next::serves}, Case{"11-presence", "B", Next::serves},
                      Case{"11-presence", "D", Next::waits, Class::limit, 30s},
                      Case{"12-postgres-changes", "A", Next::serves}, Case{"12-postgres-changes", "B", Next::serves},
                      Case{"12-postgres-changes", "C", Next::serves}));

INSTANTIATE_TEST_SUITE_P(
    RecordedEndsAndOddities, Traces,
    ::testing::Values(
        Case{"13-server-stop", "A", Next::reconnects, Class::restart, 0s, 1012},
        Case{"13-server-stop", "B", Next::reconnects, Class::restart, 0s, 1012},
        Case{"13b-server-kill", "A", Next::reconnects, Class::transient, 0s, 1006},
        Case{"13b-server-kill", "B", Next::reconnects, Class::transient, 0s, 1006},
        Case{"14-bad-messages", "A-v1", Next::serves}, Case{"14-bad-messages", "A-v2", Next::serves},
        Case{"14-bad-messages", "N-v1", Next::serves}, Case{"14b-join-ref", "B", Next::serves},
        Case{"15-no-heartbeat", "A", Next::reconnects, Class::transient, 0s, 1000},
        Case{"15-no-heartbeat", "C", Next::reconnects, Class::transient, 0s, 1000},
        Case{"15b-no-channel-joined", "B", Next::rejoins}, Case{"16-replay-and-database-broadcast", "A", Next::serves},
        Case{"16-replay-and-database-broadcast", "B", Next::serves},
        Case{"16-replay-and-database-broadcast", "C", Next::serves},
        Case{"16-replay-and-database-broadcast", "E", Next::rejoins}, Case{"17-tenant-limits", "A", Next::serves},
        Case{"17-tenant-limits", "P", Next::reconnects, Class::restart, 0s, 1012},
        Case{"17-tenant-limits", "R2", Next::reconnects, Class::restart, 0s, 1012},
        Case{"17-tenant-limits", "U1", Next::stays_away, Class::limit, 10s, 1001},
        Case{"17-tenant-limits", "P2", Next::waits, Class::configuration, 60s},
        Case{"18-database-down", "A", Next::rejoins}, Case{"18-database-down", "B", Next::serves},
        Case{"18-database-down", "D", Next::rejoins}, Case{"19-stalls-and-odd-joins", "A", Next::serves},
        Case{"19-stalls-and-odd-joins", "W", Next::serves}, Case{"19-stalls-and-odd-joins", "A1", Next::serves},
        Case{"19-stalls-and-odd-joins", "A2", Next::rejoins}));

INSTANTIATE_TEST_SUITE_P(
    RecordedOthers, Traces,
    ::testing::Values(
        Case{"03-bad-credentials", "J4-v1", Next::waits, Class::rights, 60s},
        Case{"03-bad-credentials", "J5-v1", Next::waits, Class::rights, 60s},
        Case{"03-bad-credentials", "J6-v1", Next::waits, Class::rights, 60s},
        Case{"05-self-broadcast", "A-v1-ackfalse", Next::serves},
        Case{"05-self-broadcast", "A-v2-ackfalse", Next::serves}, Case{"05-self-broadcast", "P", Next::rejoins},
        Case{"06-payload-size", "B-v1", Next::serves}, Case{"06-payload-size", "C-v1", Next::serves},
        Case{"07-rate-limit", "B", Next::waits, Class::limit, 30s},
        Case{"08-token", "D-v1", Next::waits, Class::rights, 60s},
        Case{"08-token", "E-v1", Next::waits, Class::rights, 60s}, Case{"08-token", "F-v1", Next::serves},
        Case{"08-token", "G-v1", Next::waits, Class::reauthenticate, 30s},
        Case{"08-token", "G-v2", Next::waits, Class::reauthenticate, 30s},
        Case{"09-leave-and-duplicate-join", "D-v1", Next::serves},
        Case{"09-leave-and-duplicate-join", "D-v2", Next::serves},
        Case{"09-leave-and-duplicate-join", "W-v2", Next::serves}, Case{"10-http-broadcast", "P", Next::serves},
        Case{"11-presence", "C", Next::serves}, Case{"13-server-stop", "S", Next::reconnects, Class::restart, 0s, 1012},
        Case{"13b-server-kill", "S", Next::reconnects, Class::transient, 0s, 1006},
        Case{"14b-join-ref", "A", Next::serves},
        Case{"15-no-heartbeat", "D", Next::reconnects, Class::transient, 0s, 1000},
        Case{"15-no-heartbeat", "E", Next::serves}, Case{"16-replay-and-database-broadcast", "D", Next::serves},
        Case{"17-tenant-limits", "U2", Next::serves},
        Case{"17-tenant-limits", "J", Next::stays_away, Class::limit, 10s, 1001},
        Case{"17-tenant-limits", "R1", Next::reconnects, Class::restart, 0s, 1012},
        Case{"17-tenant-limits", "S1", Next::reconnects, Class::restart, 0s, 1012},
        Case{"18-database-down", "C", Next::rejoins}, Case{"19-stalls-and-odd-joins", "C", Next::rejoins}));

}  // namespace
