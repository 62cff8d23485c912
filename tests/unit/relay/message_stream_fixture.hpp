// Two ends of a message stream with a channel between them that does to each broadcast what a test wants, on a clock
// that jumps from one event to the next.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "agent/relay/core/message_stream.hpp"

namespace message_stream_test {

using namespace std::chrono_literals;
using relay::MessageStream;

/// What becomes of one broadcast: it arrives once after each of these delays.
using Deliveries = std::vector<Duration>;

inline constexpr Duration usual = 30ms;

inline MessageStream::Settings settings_of(std::string_view out, std::string_view in) {
    MessageStream::Settings settings;
    settings.out.list_name = out;
    settings.list_name_in = in;
    return settings;
}

struct End {
    MessageStream stream;
    std::vector<std::string> to_send;  // the next one last
    std::vector<std::string> got;
    std::string bytes = {};  // of a stream of bytes: what came
    std::size_t most_bytes = 0;
    TimePoint in_hand_until = TimePoint::max();  // of the broadcast that the link has not sent yet
};

class Channel {
  public:
    static constexpr std::size_t payload_limit = 2000;
    static constexpr std::size_t envelope = 100;

    Channel() : Channel{settings_of("items", "messages"), settings_of("messages", "items")} {}
    Channel(const MessageStream::Settings& a, const MessageStream::Settings& b)
        : ends{End{MessageStream{a, payload_limit, envelope}, {}, {}},
               End{MessageStream{b, payload_limit, envelope}, {}, {}}} {}

    /// Both ends carry bytes from now on, and send them so: raw, or in base64.
    void carry_bytes(bool first_raw, bool second_raw) {
        for (End& one : ends) one.stream.carry_bytes();
        if (first_raw) ends[0].stream.send_raw();
        if (second_raw) ends[1].stream.send_raw();
    }

    /// A message that is told from all others.
    static std::string message(std::size_t number, std::size_t size) {
        return R"({"id":)" + std::to_string(number) + R"(,"text":")" + std::string(size, 'x') + R"("})";
    }

    void send(int from, std::string text) { EXPECT_TRUE(ends[from].stream.add(text)); }

    /// Lets time pass until nothing happens any more by itself, or `limit` is over.
    void run(Duration limit = 1h) {
        const TimePoint end = now + limit;
        for (;;) {
            for (End& one : ends) pump(one);
            const TimePoint next = next_event();
            if (next > end) return;
            now = std::max(now, next);
            for (End& one : ends) {
                if (one.in_hand_until > now) continue;
                one.in_hand_until = TimePoint::max();
                one.stream.left(now);
            }
            deliver();
            ASSERT_LT(++events, 2'000'000) << "it goes on for ever";
        }
    }

    bool quiet() const { return arrivals.empty() && ends[0].stream.drained() && ends[1].stream.drained(); }

    End ends[2];
    TimePoint now{};
    /// Decides what becomes of broadcast number `count`, from that end.
    std::function<Deliveries(int from, int count)> fate = [](int, int) { return Deliveries{usual}; };
    /// How long the link keeps a broadcast before it is on its way.
    std::function<Duration()> hand = [] { return Duration::zero(); };
    /// What is offered to each end while it holds less than this.
    std::size_t offered = 10'000;
    int broadcasts = 0;
    int events = 0;
    std::vector<std::string> wrongs;

  private:
    struct Arrival {
        int to;
        std::string text;
        std::string raw;
    };

    void pump(End& one) {
        const int from = static_cast<int>(&one - ends);
        while (!one.to_send.empty() && one.stream.bytes() < offered) {
            EXPECT_TRUE(one.stream.add(one.to_send.back()));
            one.to_send.pop_back();
        }
        for (;;) {
            const bool has_next = one.stream.has_next(now);
            const auto broadcast = one.stream.next(now);
            EXPECT_EQ(has_next, broadcast.has_value());
            if (!broadcast) break;
            const std::string text = "{" + broadcast->members + "}";
            const std::string raw{broadcast->raw};
            EXPECT_LE(text.size() + 1 + raw.size() + envelope, payload_limit);
            const Duration kept = hand();
            for (const Duration delay : fate(from, broadcasts)) {
                arrivals.emplace(now + kept + delay, Arrival{1 - from, text, raw});
            }
            ++broadcasts;
            one.in_hand_until = now + kept;
            if (kept > Duration::zero()) break;
            one.in_hand_until = TimePoint::max();
            one.stream.left(now);
        }
        one.most_bytes = std::max(one.most_bytes, one.stream.bytes());
    }

    TimePoint next_event() const {
        TimePoint next = arrivals.empty() ? TimePoint::max() : arrivals.begin()->first;
        for (const End& one : ends) next = std::min({next, one.stream.due_at(), one.in_hand_until});
        return next;
    }

    void deliver() {
        while (!arrivals.empty() && arrivals.begin()->first <= now) {
            const Arrival arrival = std::move(arrivals.begin()->second);
            arrivals.erase(arrivals.begin());
            End& one = ends[arrival.to];
            const auto received = one.stream.receive(arrival.text, now, arrival.raw);
            if (!received.wrong.empty()) wrongs.emplace_back(received.wrong);
            one.bytes += received.bytes();
            for (const auto message : received.messages) one.got.emplace_back(message);
            one.most_bytes = std::max(one.most_bytes, one.stream.bytes());
        }
    }

    std::multimap<TimePoint, Arrival> arrivals;
};

}  // namespace message_stream_test
