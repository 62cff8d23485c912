// A client that is slower than the browser: what waits for it goes to files beyond a bound, and all of it arrives.
#include <filesystem>

#include "clients_fixture.hpp"
#include "tests/support/temp_folder.hpp"

namespace {

using namespace clients_test;
namespace fs = std::filesystem;

class SlowClient : public ClientsTest {
  protected:
    SlowClient() {
        settings.clients.spill_folder = folder;
        settings.clients.spill_beyond = bound;
    }
    ~SlowClient() override {
        if (router) router->stop();
        io.restart();
        io.run_for(5s);
        EXPECT_TRUE(ended_) << "the router's loops did not end";
    }
    void begin() {
        start();
        const auto run = [this]() -> awaitable<void> {
            co_await router->run();
            ended_ = true;
        };
        ended_ = false;
        net::co_spawn(io, run, rethrow);
    }
    template <class Predicate>
    bool until(Predicate&& so) {
        io.restart();
        while (!so()) {
            if (io.run_one_for(4s) == 0) return false;
        }
        return true;
    }
    void emit(std::size_t size = piece) {
        browser.tell("A", "Target.a",
                     R"({"n":)" + std::to_string(++sent_) + R"(,"text":")" + std::string(size, 'x') + "\"}");
    }
    void emit_until_ended(const std::string& client) {
        while (ended(client).empty() && sent_ < 1000) {
            emit();
            io.restart();
            io.run_for(1ms);
            wrote_files_ = wrote_files_ || has_open_files();
        }
    }
    /// Whether this process has a file of that folder open.
    bool has_open_files() const {
        for (const auto& one : fs::directory_iterator{"/proc/self/fd"}) {
            std::error_code ec;
            if (fs::read_symlink(one, ec).string().starts_with(folder)) return true;
        }
        return false;
    }
    std::size_t held() const { return router->status().client_bytes - router->status().client_bytes_on_disk; }

    /// The numbers behind each `key`: parsing megabytes would take longer than the test.
    static std::vector<int> all_after(const std::string& text, const std::string& key) {
        std::vector<int> all;
        for (auto at = text.find(key); at != std::string::npos; at = text.find(key, at + 1)) {
            all.push_back(std::atoi(text.c_str() + at + key.size()));
        }
        return all;
    }

    /// The channel sends what it was given and the client acknowledges it, until all has come; the numbers in order.
    std::vector<int> read_all(const std::string& client) {
        std::vector<int> numbers;
        int seq = 0;
        std::size_t next = 0;
        const auto take = [&] {
            for (; next < published.size(); ++next) {
                const realtime::Message message = published[next];
                if (message.event != "cdp-event") continue;
                router->on_sent(message.ticket);
                router->on_settled(message.ticket, Settled::acknowledged);
                const int number = all_after(message.payload, R"("seq":)").front();
                for (const int n : all_after(message.payload, R"("n":)")) numbers.push_back(n);
                command("Agent.post", R"({"client":")" + client + R"(","ack":)" + std::to_string(number) + "}");
                EXPECT_EQ(number, ++seq);
            }
            return std::ssize(numbers) >= sent_;
        };
        EXPECT_TRUE(until(take)) << numbers.size() << " of " << sent_;
        return numbers;
    }
    std::vector<int> all_numbers() const {
        std::vector<int> all;
        for (int n = 1; n <= sent_; ++n) all.push_back(n);
        return all;
    }

    static constexpr std::size_t bound = 200'000;
    static constexpr std::size_t piece = 20'000;
    const tests::TempFolder temp_;
    const std::string folder = temp_.path().string();
    int sent_ = 0;
    bool wrote_files_ = false;  // seen by emit_until_ended()
    bool ended_ = true;
};

TEST_F(SlowClient, GetsAllOfItOnceAndInOrderWhileMemoryStaysSmall) {
    begin();
    room = 100'000;
    const std::string client = open("A");
    limit = 300'000;
    const std::size_t most = 2 * bound + 5 * limit + 4 * relay::Overflow::chunk_bytes;
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
        const auto text = [](std::size_t size) { return std::string(size - relay::NumberedOut::overhead, 'x'); };
        EXPECT_TRUE(spilling.add(client, text(400), false));
        EXPECT_TRUE(spilling.add(client, text(600 + beyond), false));
        EXPECT_EQ(client.overflow.empty(), beyond == 0);
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
    EXPECT_TRUE(client.overflow.empty());
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
