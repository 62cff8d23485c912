#include "agent/daemon/pausing.hpp"

#include <future>

#include "tests/unit/daemon/parts.hpp"

namespace agent::daemon {
namespace {

using namespace std::chrono_literals;

class PausingTest : public parts::Parts, public PauseListener {
  protected:
    void on_pause() override { ++told; }

    Pausing pausing{io.get_executor(), files, config.paths.state, *this};
    int told = 0;
};

TEST_F(PausingTest, APauseBeginsAndIsToldOf) {
    EXPECT_FALSE(pausing.current());
    EXPECT_EQ(pausing.for_people(), "");
    EXPECT_TRUE(result_of(pausing.pause(std::nullopt)).ok);
    EXPECT_TRUE(pausing.current());
    EXPECT_EQ(pausing.for_people(), "until it is resumed");
    EXPECT_EQ(told, 1);
}

TEST_F(PausingTest, AnotherOneReplacesIt) {
    result_of(pausing.pause(std::nullopt));
    const auto answer = result_of(pausing.pause(10min));
    EXPECT_TRUE(answer.ok);
    EXPECT_NE(answer.text.find("Paused for 10 min"), std::string::npos) << answer.text;
    EXPECT_TRUE(pausing.current()->until);
    EXPECT_EQ(told, 2);
}

TEST_F(PausingTest, IsToldAsItWasAskedForHoweverLongTheDiskTakes) {
    std::promise<void> disk_goes_on;
    files.post([&](std::stop_token) { disk_goes_on.get_future().wait(); });
    control::Answer answer;
    start([&]() -> awaitable<void> { answer = co_await pausing.pause(1s); });
    const auto over = platform::wall_now() + 1s;
    EXPECT_TRUE(until([&] { return platform::wall_now() > over; }));
    disk_goes_on.set_value();
    EXPECT_TRUE(until([this] { return ended == 1; }));
    EXPECT_TRUE(answer.ok);
    EXPECT_NE(answer.text.find("Paused for 1 s: "), std::string::npos) << answer.text;
}

TEST_F(PausingTest, OneThatIsTooLongIsRefused) {
    EXPECT_FALSE(result_of(pausing.pause(relay::max_pause + 1s)).ok);
    EXPECT_FALSE(pausing.current());
    EXPECT_TRUE(result_of(pausing.pause(relay::max_pause)).ok);
    EXPECT_EQ(told, 1);
}

TEST_F(PausingTest, ResumingEndsIt) {
    result_of(pausing.pause(1h));
    EXPECT_EQ(result_of(pausing.resume()).text, "Relaying again.");
    EXPECT_FALSE(pausing.current());
    EXPECT_EQ(told, 2);
    EXPECT_EQ(result_of(pausing.resume()).text, "It was not paused.");
    EXPECT_EQ(told, 3) << "who resumes wants the browser: one that waits for consent is asked again";
}

TEST_F(PausingTest, OutlivesTheRun) {
    result_of(pausing.pause(1h));
    Pausing next{io.get_executor(), files, config.paths.state, *this};
    EXPECT_FALSE(next.current());
    next.recall();
    ASSERT_TRUE(next.current());
    EXPECT_EQ(next.current()->until, pausing.current()->until);
    EXPECT_EQ(told, 1) << "nobody serves yet who could be told";
    result_of(next.resume());
    Pausing later{io.get_executor(), files, config.paths.state, *this};
    later.recall();
    EXPECT_FALSE(later.current());
}

TEST_F(PausingTest, EndsByTime) {
    start([this] { return pausing.run(); });
    result_of(pausing.pause(1s));
    EXPECT_EQ(told, 1);
    EXPECT_TRUE(until([this] { return told == 2; }));
    EXPECT_FALSE(pausing.current());
    EXPECT_TRUE(until([this] { return !std::filesystem::exists(relay::pause_file(config.paths.state)); }));
    pausing.stop();
    EXPECT_TRUE(until([this] { return ended == 1; }));
}

TEST_F(PausingTest, WhatCannotBeKeptIsNoPause) {
    std::filesystem::remove_all(config.paths.state);
    home.put("state", "a file in the folder's place");
    const auto answer = result_of(pausing.pause(1h));
    EXPECT_FALSE(answer.ok);
    EXPECT_EQ(answer.text.find("not paused: "), 0u) << answer.text;
    EXPECT_FALSE(pausing.current());
    EXPECT_EQ(told, 0);
}

}  // namespace
}  // namespace agent::daemon
