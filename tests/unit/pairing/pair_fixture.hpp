// What tests of one part of a pairing begin with: a loop, a store of the test's own, and a person who writes down what
// is said and answers what is asked.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <vector>

#include "agent/pairing/pair.hpp"
#include "tests/support/temp_folder.hpp"

namespace tests {

struct PairFixture : testing::Test {
    PairFixture() {
        // Nothing answers there, and nothing is asked: an address that is none.
        settings.rest_url = settings.resource = "nowhere:";
    }

    pairing::PairNeeds needs() {
        return {network, files, keeps ? &store : nullptr, settings, realtime, "configured-key", {}, person};
    }
    struct Scripted final : pairing::Person {
        explicit Scripted(PairFixture& it) : test{it} {}
        void say(std::string_view line) override { test.said.emplace_back(line); }
        bool can_confirm() const override { return test.answer.has_value(); }
        awaitable<bool> confirm(std::string question) override {
            test.asked.push_back(std::move(question));
            co_return *test.answer;
        }
        PairFixture& test;
    };

    /// Runs `make()`'s coroutine to its end.
    template <class Make>
    std::optional<pairing::PairResult> run(Make make) {
        std::optional<pairing::PairResult> ended;
        net::io_context io{1};
        auto work = [&]() -> awaitable<void> {
            auto working = make();
            ended = co_await std::move(working);
        };
        net::co_spawn(io, work, rethrow);
        io.run();
        return ended;
    }

    std::string all_said() const {
        std::string text;
        for (const auto& line : said) text += line + "\n";
        return text;
    }

    TempFolder home;
    credentials::Store store{credentials::StoreSettings{.folder = home / "store", .bind = false}};
    platform::Worker network{"network"};
    platform::Worker files{"files"};
    pairing::Settings settings;
    realtime::Settings realtime;
    pairing::PairRequest request;
    std::vector<std::string> said, asked;
    std::optional<bool> answer;  // what the person says; nothing: nobody is there
    bool keeps = true;
    Scripted person{*this};
};

inline void expect_ended(const std::optional<pairing::PairResult>& result, pairing::PairOutcome outcome,
                         const std::string& words) {
    ASSERT_TRUE(result);
    EXPECT_EQ(result->outcome, outcome) << result->problem;
    EXPECT_THAT(result->problem, testing::HasSubstr(words));
    EXPECT_FALSE(result->credential);
}

}  // namespace tests
