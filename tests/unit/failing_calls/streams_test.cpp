// Each call that writes what memory shall not hold fails once: large results, and what waits for a slow client. It
// stays in memory, which is said, and all of it is read in the end.
#include <filesystem>

#include "agent/relay/io_streams.hpp"
#include "tests/unit/failing_calls/failing_calls.hpp"
#include "tests/unit/relay/slow_client.hpp"
#include "tests/unit/relay/spilled.hpp"

namespace {

namespace fs = std::filesystem;
using failing_calls::failed_call;
using namespace std::chrono_literals;

constexpr std::string_view said = "(nothing is lost)";

/// Whether a call has failed in whose place there is no other: a file that cannot be opened without a name is made with
/// one, which is taken from it at once.
bool has_consequences() {
    const std::string call = failed_call();
    return !call.empty() && call != "open of (no name)";
}

/// A client that reads when all has been said, in a world of its own.
class Listener final : public clients_test::SlowClient {
  public:
    template <class Begin>
    void hear_all(const Begin& begin_failing) {
        begin();
        room = 100'000;
        const std::string client = open("A");
        limit = 300'000;
        begin_failing(folder);
        for (int i = 0; i < 90; ++i) emit(60'000);
        // One chunk is read next, one is being filled, and of the three between them one may not be written.
        EXPECT_TRUE(until([&] {
            return router->status().client_bytes_on_disk > 2 * relay::SpilledMessages::chunk_bytes;
        })) << failed_call();
        EXPECT_EQ(read_all(client), all_numbers()) << failed_call();
        EXPECT_EQ(ended(client), "") << failed_call();
        EXPECT_TRUE(until([&] { return router->status().client_bytes == 0; })) << failed_call();
        EXPECT_TRUE(fs::is_empty(folder)) << failed_call();
    }

  private:
    void TestBody() override {}
};

class FailingFiles : public testing::TestWithParam<failing_calls::Failure> {};

TEST_P(FailingFiles, CostAClientNoMessage) {
    const auto hear = [&](const auto& begin) {
        testing::internal::CaptureStderr();
        {
            Listener listener;
            listener.hear_all(begin);
        }
        const std::string log = testing::internal::GetCapturedStderr();
        EXPECT_EQ(log.find(said) != std::string::npos, has_consequences()) << log << failed_call();
    };
    EXPECT_GE(failing_calls::walk(GetParam(), hear), 3U) << "the walk saw no calls";
}

/// Keeps a few large results, and reads them when they were written or could not be.
class Keeper {
  public:
    explicit Keeper(const std::string& folder) {
        settings_.folder = folder;
        settings_.memory_bytes = 1000;
    }
    template <class Begin>
    void keep_all(const Begin& begin_failing) {
        relay::IoStreams streams{io_.get_executor(), settings_, files_};
        const auto run = [&]() -> awaitable<void> { co_await streams.run(); };
        net::co_spawn(io_, run, rethrow);
        begin_failing(settings_.folder);
        for (const char letter : {'a', 'b', 'c'}) {
            const std::string handle = streams.keep(std::string(5000, letter), platform::BootClock::now());
            EXPECT_TRUE(until([&] { return !tests::in_memory(streams, handle) || !failed_call().empty(); }));
            EXPECT_EQ(read(streams, handle), std::string(5000, letter)) << failed_call();
            EXPECT_TRUE(streams.close(handle));
        }
        EXPECT_EQ(streams.bytes(), 0U);
        streams.stop();
        io_.run();
    }

  private:
    template <class Predicate>
    bool until(Predicate&& so) {
        io_.restart();
        while (!so()) {
            if (io_.run_one_for(4s) == 0) return false;
        }
        return true;
    }
    std::string read(relay::IoStreams& streams, const std::string& handle) {
        std::string text;
        bool over = false;
        const auto take = [&](const relay::Piece& piece) {
            over = true;
            EXPECT_TRUE(piece.known && !piece.failed && piece.eof) << failed_call();
            text = piece.data;
        };
        streams.read({handle, 0, {}, 10'000}, platform::BootClock::now(), take);
        EXPECT_TRUE(until([&] { return over; }));
        return text;
    }

    relay::StreamSettings settings_;
    boost::asio::io_context io_;
    platform::Worker files_{"files"};
};

TEST_P(FailingFiles, CostNoLargeResult) {
    const auto keep = [&](const auto& begin) {
        const tests::TempFolder folder;
        testing::internal::CaptureStderr();
        Keeper{folder.path().string()}.keep_all(begin);
        const std::string log = testing::internal::GetCapturedStderr();
        EXPECT_EQ(log.find(said) != std::string::npos, has_consequences()) << log << failed_call();
        EXPECT_TRUE(fs::is_empty(folder.path())) << failed_call();
    };
    EXPECT_GE(failing_calls::walk(GetParam(), keep), 6U) << "the walk saw no calls";
}

INSTANTIATE_TEST_SUITE_P(Disk, FailingFiles, failing_calls::all_failures(), failing_calls::name_of);

}  // namespace
