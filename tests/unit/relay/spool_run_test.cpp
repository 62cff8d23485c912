// The spool while it runs: what is in the folder is seen without asking, and what is too much ends.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "agent/relay/spool.hpp"
#include "platform/clock.hpp"
#include "platform/worker.hpp"
#include "tests/support/temp_folder.hpp"

namespace {

using namespace std::chrono_literals;
using relay::DownloadStep;
using ::testing::HasSubstr;
namespace fs = std::filesystem;

struct SpoolRunTest : ::testing::Test {
    SpoolRunTest() {
        settings.folder = (root / "spool").string();
        settings.quota = 100'000;
        settings.max_files = 40;
        settings.max_downloads = 2;
        settings.check_downloads_every = 10ms;
        settings.check_every = 50ms;
        EXPECT_FALSE(relay::prepare_spool(settings.folder));
    }
    ~SpoolRunTest() override {
        if (!spool) return;
        spool->stop();
        EXPECT_TRUE(comes_true([this] { return over; }));
    }
    void serve() {
        spool.emplace(io.get_executor(), settings, files,
                      [this](const std::string& guid, DownloadStep step) { ends.emplace_back(guid, step); });
        spool->on_change([this] { ++changes; });
        const auto run = [this]() -> awaitable<void> {
            const Error ec = co_await spool->run();
            EXPECT_FALSE(ec);
            over = true;
        };
        net::co_spawn(io, run, rethrow);
    }
    void put(const std::string& name, std::size_t bytes) const {
        std::ofstream{fs::path{settings.folder} / name} << std::string(bytes, 'x');
    }
    bool comes_true(const std::function<bool()>& condition) {
        const auto until = std::chrono::steady_clock::now() + 4s;
        while (!condition() && std::chrono::steady_clock::now() < until) io.run_one_for(100ms);
        return condition();
    }

    tests::TempFolder root;
    relay::SpoolSettings settings;
    net::io_context io;
    platform::Worker files{"files"};
    std::optional<relay::Spool> spool;
    std::vector<std::pair<std::string, DownloadStep>> ends;
    int changes = 0;
    bool over = false;
};

TEST_F(SpoolRunTest, SeesWhatIsPutThere) {
    put("a", 100);
    serve();
    EXPECT_TRUE(comes_true([this] { return spool->use().files == 1 && spool->use().bytes == 100; }));
    put("b", 50);
    EXPECT_TRUE(comes_true([this] { return spool->use().files == 2 && spool->use().bytes == 150; }));
    fs::remove(fs::path{settings.folder} / "a");
    EXPECT_TRUE(comes_true([this] { return spool->use().bytes == 50; }));
    EXPECT_EQ(spool->trouble(), "");
    EXPECT_EQ(changes, 0);
}

TEST_F(SpoolRunTest, RemovesWhatIsTooMuchAndSaysWhenThereIsNoRoom) {
    serve();
    put("a", 60'000);
    EXPECT_TRUE(comes_true([this] { return spool->use().bytes == 60'000; }));
    put("b", 60'000);
    EXPECT_TRUE(comes_true([this] { return spool->use().files == 1 && spool->use().bytes == 60'000; }));
    put("c", 38'000);
    EXPECT_TRUE(comes_true([this] { return changes == 1; }));
    EXPECT_NE(spool->trouble(), "");
    fs::remove(fs::path{settings.folder} / "c");
    EXPECT_TRUE(comes_true([this] { return changes == 2; }));
    EXPECT_EQ(spool->trouble(), "");
}

TEST_F(SpoolRunTest, TooManyDownloadsAreCancelledTheLargestFirst) {
    put("small.crdownload", 1000);
    put("large.crdownload", 50'000);
    put("middle.crdownload", 20'000);
    serve();
    ASSERT_TRUE(comes_true([this] { return !ends.empty(); }));
    EXPECT_EQ(ends.front().first, "large");
    EXPECT_EQ(ends.front().second, DownloadStep::cancel);
    EXPECT_TRUE(fs::exists(fs::path{settings.folder} / "large.crdownload")) << "the browser removes it";
    fs::remove(fs::path{settings.folder} / "large.crdownload");
    EXPECT_TRUE(comes_true([this] { return spool->use().in_work.size() == 2; }));
    EXPECT_EQ(ends.size(), 1u);
}

TEST_F(SpoolRunTest, AFolderThatWentAwayIsSaidAndFoundAgain) {
    serve();
    put("a", 10);
    EXPECT_TRUE(comes_true([this] { return spool->use().files == 1; }));
    fs::remove_all(settings.folder);
    EXPECT_TRUE(comes_true([this] { return changes == 1; }));
    EXPECT_THAT(spool->trouble(), HasSubstr(settings.folder));
    EXPECT_FALSE(relay::prepare_spool(settings.folder));
    EXPECT_TRUE(comes_true([this] { return changes == 2; }));
    EXPECT_EQ(spool->trouble(), "");
    put("b", 20);
    EXPECT_TRUE(comes_true([this] { return spool->use().bytes == 20; }));
}

TEST_F(SpoolRunTest, WithoutAFolderItWaitsForItsStop) {
    settings.folder.clear();
    settings.refused = "no folder is shared";
    serve();
    io.poll();
    EXPECT_EQ(spool->trouble(), "no folder is shared");
    EXPECT_FALSE(over);
    spool->stop();
    io.restart();
    io.poll();
    EXPECT_TRUE(over);
}

}  // namespace
