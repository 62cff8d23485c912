// What is kept in files runs and ends together.
#include "agent/relay/kept_files.hpp"

#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

#include "platform/worker.hpp"

namespace {

struct KeptFilesTest : testing::Test {
    boost::asio::io_context io;
    platform::Worker files{"files"};
    relay::Settings settings;
};

TEST_F(KeptFilesTest, RunUntilTheyAreStopped) {
    relay::KeptFiles kept{io.get_executor(), settings, files, [](const std::string&, relay::DownloadStep) {}};
    bool over = false;
    net::co_spawn(
        io, [&]() -> awaitable<Error> { co_return co_await kept.run(); },
        [&](std::exception_ptr, Error) { over = true; });
    io.poll();
    EXPECT_FALSE(over);
    kept.stop();
    while (!over && io.run_one_for(std::chrono::seconds{4}) > 0) {
    }
    EXPECT_TRUE(over);
}

TEST_F(KeptFilesTest, TellOfTheTroubleOfEach) {
    settings.audit.file = "/proc/nowhere/audit";
    settings.spool.folder = "/proc/nowhere/spool";
    relay::KeptFiles kept{io.get_executor(), settings, files, [](const std::string&, relay::DownloadStep) {}};
    int told = 0;
    kept.on_trouble([&] { ++told; });
    net::co_spawn(
        io, [&]() -> awaitable<Error> { co_return co_await kept.run(); }, [](std::exception_ptr, Error) {});
    kept.audit.record({.id = "1"});
    while ((kept.audit.trouble().empty() || kept.spool.trouble().empty()) &&
           io.run_one_for(std::chrono::seconds{4}) > 0) {
    }
    EXPECT_NE(kept.audit.trouble(), "");
    EXPECT_NE(kept.spool.trouble(), "");
    EXPECT_GE(told, 2);
    kept.stop();
    io.run_for(std::chrono::seconds{4});
}

}  // namespace
