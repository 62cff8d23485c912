// A client that is slower than the browser: what waits for it goes to files beyond a bound, and all of it arrives.
#include "slow_client.hpp"

namespace {

using namespace clients_test;
using namespace std::chrono_literals;
namespace fs = std::filesystem;

TEST_F(SlowClient, GetsAllOfItOnceAndInOrderWhileMemoryStaysSmall) {
    begin();
    room = 100'000;
    const std::string client = open("A");
    limit = 300'000;
    const std::size_t most = 2 * bound + 5 * limit + 4 * relay::SpilledMessages::chunk_bytes;
    for (int i = 0; i < 600; ++i) {
        emit();
        ASSERT_TRUE(until([&] { return held() < most; })) << "it is not written";
    }
    EXPECT_EQ(ended(client), "");
    EXPECT_GT(router->status().client_bytes_on_disk, 100 * piece);
    EXPECT_TRUE(fs::is_empty(folder)) << "the files have no names";
    EXPECT_TRUE(has_open_files());
    EXPECT_EQ(read_all(client), all_numbers());
    EXPECT_TRUE(until([&] { return router->status().client_bytes == 0; }));
}

struct NoOwner final : relay::SpillOwner {
    void on_read_back(relay::Client&) override {}
    void on_lost(const std::string&) override {}
};

TEST(Spilling, BeginsAByteBeyondTheBound) {
    boost::asio::io_context io;
    platform::Worker files{"files"};
    NoOwner owner;
    relay::ClientSettings settings;
    settings.spill_folder = "/nowhere";
    settings.spill_beyond = 1000;
    for (const std::size_t beyond : {0U, 1U}) {
        relay::ClientTable clients;
        relay::Spilling spilling{io.get_executor(), settings, files, clients, owner};
        auto made = relay::make_client({}, settings, {.payload_limit = 3'000'000, .now = platform::BootClock::now()});
        relay::Client& client = *clients.emplace("c", std::move(made)).first->second;
        const auto text = [](std::size_t size) { return std::string(size - relay::StreamSender::overhead, 'x'); };
        EXPECT_TRUE(spilling.add(client, text(400), false));
        EXPECT_TRUE(spilling.add(client, text(600 + beyond), false));
        EXPECT_EQ(client.spilled.empty(), beyond == 0);
        EXPECT_TRUE(spilling.add(client, text(100), false));
        EXPECT_EQ(client.stream.waiting_bytes(), beyond == 0 ? 1000U : 400U) << "none passes another";
    }
}

TEST(Spilling, LeavesRoomOnTheDisk) {
    using relay::Spilling;
    EXPECT_TRUE(Spilling::fits(Spilling::left_free + 10, 10));
    EXPECT_FALSE(Spilling::fits(Spilling::left_free + 10, 11));
    EXPECT_TRUE(Spilling::fits(Spilling::left_free, 0));
    EXPECT_FALSE(Spilling::fits(Spilling::left_free - 1, 0));
}

TEST(Spilling, OneMessageAloneMayBeGreaterThanTheBound) {
    boost::asio::io_context io;
    platform::Worker files{"files"};
    NoOwner owner;
    relay::ClientSettings settings;
    settings.spill_folder = "/nowhere";
    settings.spill_beyond = 1000;
    relay::ClientTable clients;
    relay::Spilling spilling{io.get_executor(), settings, files, clients, owner};
    auto made = relay::make_client({}, settings, {.payload_limit = 3'000'000, .now = platform::BootClock::now()});
    relay::Client& client = *clients.emplace("c", std::move(made)).first->second;
    EXPECT_TRUE(spilling.add(client, std::string(5000, 'x'), false));
    EXPECT_TRUE(client.spilled.empty());
}

TEST_F(SlowClient, EndsWhereTheFilesOfAllWouldBeTooLarge) {
    settings.clients.max_spilled = 100 * piece;
    begin();
    const std::string client = open("A");
    emit_until_ended(client);
    EXPECT_EQ(ended(client), "overloaded");
    EXPECT_LT(sent_, 400);
    EXPECT_TRUE(until([&] { return !has_open_files(); })) << "the disk is not given back";
    EXPECT_EQ(router->status().client_bytes, 0U);
}

TEST_F(SlowClient, WithoutFilesEndsAtTheBoundOfMemory) {
    settings.clients.max_spilled = 0;
    settings.clients.max_bytes = 50 * piece;
    begin();
    const std::string client = open("A");
    emit_until_ended(client);
    EXPECT_FALSE(wrote_files_);
    EXPECT_EQ(ended(client), "overloaded");
    EXPECT_GT(sent_, 40);
    EXPECT_LT(sent_, 51);
}

TEST_F(SlowClient, EndsAtTheBoundOfMemoryWhereTheFolderTakesNothing) {
    settings.clients.spill_folder = folder + "/nowhere";
    settings.clients.max_bytes = 50 * piece;
    begin();
    const std::string client = open("A");
    emit_until_ended(client);
    EXPECT_EQ(ended(client), "overloaded");
    EXPECT_GT(sent_, 40);
    EXPECT_LT(sent_, 51);
}

}  // namespace
