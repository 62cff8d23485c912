#include "platform/log/log.hpp"

#include <gtest/gtest.h>

namespace {

namespace log = platform::log;

/// Turns the log up for a test, and back.
struct Loud {
    log::Level before = log::level();
    Loud() { log::set_level(log::Level::debug); }
    ~Loud() {
        log::set_level(before);
        log::set_format(log::Format::automatic);
    }
};

TEST(Log, ALineIsOneLineWhateverItQuotes) {
    const Loud loud;
    testing::internal::CaptureStderr();
    log::set_format(log::Format::text);
    log::info("said {}", "x\ny\x1b[2J");
    const auto text = testing::internal::GetCapturedStderr();
    EXPECT_NE(text.find("Z info: said xy[2J\n"), std::string::npos) << text;
}

TEST(Log, JsonLinesCarryTheFields) {
    const Loud loud;
    testing::internal::CaptureStderr();
    log::set_format(log::Format::json);
    log::set_common_field("BMC_DEVICE", "6f1c");
    log::write(log::Level::warning, "odd", {{"BMC_STATE", "joined"}});
    log::set_common_field("BMC_DEVICE", "");
    const auto text = testing::internal::GetCapturedStderr();
    EXPECT_NE(text.find(R"("bmc_device":"6f1c","bmc_state":"joined","level":"warning","message":"odd")"),
              std::string::npos)
        << text;
}

TEST(Log, FieldsAndAddressesAreCleanToo) {
    const Loud loud;
    testing::internal::CaptureStderr();
    log::set_format(log::Format::json);
    log::write(log::Level::warning, "by http://ann:secret@proxy:1", {{"BMC_REASON", "x\n\x1b[2J\xE2\x80\xAE"}});
    const auto text = testing::internal::GetCapturedStderr();
    EXPECT_NE(text.find(R"("bmc_reason":"x[2J")"), std::string::npos) << text;
    EXPECT_NE(text.find("by http://(not shown)@proxy:1"), std::string::npos) << text;
}

TEST(Log, TheSameLineAgainIsCounted) {
    const Loud loud;
    testing::internal::CaptureStderr();
    log::set_format(log::Format::text);
    for (int i = 0; i < 50; ++i) {
        log::warning("the same");
        log::warning("and another between");
    }
    const auto text = testing::internal::GetCapturedStderr();
    EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), 2) << text;
}

TEST(Log, ALineWithFieldsOfItsOwnIsAlwaysWritten) {
    const Loud loud;
    testing::internal::CaptureStderr();
    log::set_format(log::Format::json);
    log::set_common_field("BMC_STATE", "waiting");
    for (int i = 0; i < 3; ++i) log::write(log::Level::info, "realtime: joined", {{"BMC_STATE", "joined"}});
    log::set_common_field("BMC_STATE", "");
    const auto text = testing::internal::GetCapturedStderr();
    EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), 3) << text;
    EXPECT_EQ(text.find("waiting"), std::string::npos) << "its own field wins over the common one: " << text;
}

TEST(Log, LinesThatAreAlikeAreCountedWhateverElseTheySay) {
    const Loud loud;
    testing::internal::CaptureStderr();
    log::set_format(log::Format::json);
    for (int i = 0; i < 50; ++i) {
        const std::string text = "refused; next try in " + std::to_string(i) + " s";
        log::write(log::Level::info, text, {{"BMC_STATE", "waiting"}}, "refused");
    }
    const auto text = testing::internal::GetCapturedStderr();
    EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), 1) << text;
    EXPECT_NE(text.find("refused; next try in 0 s"), std::string::npos) << text;
    EXPECT_NE(text.find("waiting"), std::string::npos) << text;
}

// Among them, those of another test of the same process.
TEST(Log, AnOutputThatIsChosenAnewHasWhatWasHeldBackBefore) {
    const Loud loud;
    for (int i = 0; i < 3; ++i) log::info("the disk is full");
    testing::internal::CaptureStderr();
    log::set_format(log::Format::json);
    log::info("the disk is full");
    log::info("and more");
    const auto text = testing::internal::GetCapturedStderr();
    EXPECT_EQ(text.find("{"), text.find('\n') + 1) << "the count is the last line of the old output: " << text;
    EXPECT_NE(text.find("came 2 more times"), std::string::npos) << text;
    EXPECT_EQ(std::count(text.begin(), text.end(), '{'), 2) << text;
}

TEST(Log, BelowTheLevelNothingIsFormatted) {
    log::set_level(log::Level::error);
    testing::internal::CaptureStderr();
    log::warning("not {}", "seen");
    EXPECT_EQ(testing::internal::GetCapturedStderr(), "");
    log::set_level(log::Level::info);
}

}  // namespace
