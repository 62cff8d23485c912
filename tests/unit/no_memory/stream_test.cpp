// A client's stream where an allocation fails: the call throws, and the same call again goes on as if nothing had been.
#include <gtest/gtest.h>

#include <deque>
#include <string>
#include <vector>

#include "agent/relay/core/message_stream.hpp"
#include "tests/unit/no_memory/allocations.hpp"

namespace {

using no_memory::again_where_refused;
using relay::MessageStream;
using namespace std::chrono_literals;

constexpr std::size_t payload_limit = 600;
constexpr std::size_t envelope = 100;

MessageStream::Settings settings_of(std::string_view out, std::string_view in) {
    MessageStream::Settings settings;
    settings.out.list_name = out;
    settings.list_name_in = in;
    return settings;
}

std::vector<std::string> messages() {
    std::vector<std::string> all;
    for (const std::size_t size : {3U, 40U, 300U, 2000U, 5U, 700U}) {
        all.push_back(R"({"n":)" + std::to_string(all.size()) + R"(,"t":")" + std::string(size, 'x') + "\"}");
    }
    return all;
}

/// Their numbers, for whoever reads a failure.
std::string named(const std::vector<std::string>& all) {
    std::string names;
    for (const auto& one : all) names += one.substr(0, one.find(','));
    return names;
}

/// What one side has sent arrives at the other, once and in order.
class Exchange {
  public:
    explicit Exchange(bool of_raw_bytes = false) {
        if (!of_raw_bytes) return;
        for (MessageStream* const end : {&from_, &to_}) {
            end->carry_bytes();
            end->send_raw();
        }
    }
    void add(const std::string& message) {
        EXPECT_TRUE(again_where_refused([&] { return from_.add(message); }));
    }
    void run() {
        for (int turn = 0; turn < 200 && !from_.drained(); ++turn, now_ += 300ms) {
            carry(from_, to_);
            carry(to_, from_);
        }
    }
    const std::vector<std::string>& arrived() const { return arrived_; }
    const std::string& bytes() const { return bytes_; }

  private:
    void carry(MessageStream& from, MessageStream& to) {
        while (auto broadcast = again_where_refused([&] { return from.next(now_); })) {
            const std::string packet = "{" + broadcast->members + "}";
            const std::string raw{broadcast->raw};
            from.left(now_);
            const auto received = again_where_refused([&] { return to.receive(packet, now_, raw); });
            EXPECT_EQ(received.wrong, "");
            for (const auto message : received.messages) arrived_.emplace_back(message);
            bytes_ += received.bytes();
        }
    }

    MessageStream from_{settings_of("items", "messages"), payload_limit, envelope};
    MessageStream to_{settings_of("messages", "items"), payload_limit, envelope};
    TimePoint now_{};
    std::vector<std::string> arrived_;
    std::string bytes_;
};

TEST(NoMemoryStream, EachMessageArrivesOnceAndInOrderWhicheverAllocationFails) {
    const auto sent = messages();
    const auto failures = no_memory::walk([&](std::size_t n) {
        try {
            Exchange exchange;
            for (const auto& message : sent) exchange.add(message);
            exchange.run();
            EXPECT_EQ(named(exchange.arrived()), named(sent)) << "allocation " << n;
            EXPECT_EQ(exchange.arrived() == sent, named(exchange.arrived()) == named(sent));
        } catch (const std::bad_alloc&) {
            // Of the streams' constructors, or one of the test's own.
        }
    });
    EXPECT_GT(failures, 30U) << "the walk saw no allocations";
}

TEST(NoMemoryStream, EachByteArrivesOnceAndInOrderWhicheverAllocationFails) {
    const auto sent = messages();
    std::string all;
    for (const auto& message : sent) all += message;
    const auto failures = no_memory::walk([&](std::size_t n) {
        try {
            Exchange exchange{true};
            for (const auto& message : sent) exchange.add(message);
            exchange.run();
            EXPECT_TRUE(exchange.bytes() == all) << "allocation " << n;
        } catch (const std::bad_alloc&) {
            // Of the streams' constructors, or one of the test's own.
        }
    });
    EXPECT_GT(failures, 20U) << "the walk saw no allocations";
}

}  // namespace
