// What --pair makes of its arguments, and what it prints at its end.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <cstdlib>

#include "agent/cli/pair.hpp"
#include "tests/support/temp_folder.hpp"

namespace {

using cli::arguments::Pair;
using cli::arguments::TokenFrom;
using control::Exit;
using pairing::PairOutcome;
using ::testing::HasSubstr;
using namespace std::chrono_literals;

TEST(PairWords, EachOutcomeHasItsExitCode) {
    const std::pair<PairOutcome, Exit> rows[] = {{PairOutcome::paired, Exit::ok},
                                                 {PairOutcome::refused, Exit::refused},
                                                 {PairOutcome::unavailable, Exit::unavailable},
                                                 {PairOutcome::wrong_input, Exit::usage},
                                                 {PairOutcome::not_stored, Exit::failure},
                                                 {PairOutcome::misconfigured, Exit::bad_configuration}};
    for (const auto& [outcome, code] : rows) EXPECT_EQ(cli::commands::exit_of(outcome), code);
}

TEST(PairWords, TheRequestSaysWhatWasWished) {
    Pair wished;
    wished.device = "uuid";
    wished.name = "lab";
    wished.force = true;
    wished.renew_before = 24h;
    wished.expect_account = "ada";
    ::setenv("USER", "me", 1);
    auto request = cli::commands::request_of(wished);
    EXPECT_EQ(request.device_uuid, "uuid");
    EXPECT_EQ(request.device_name, "lab");
    EXPECT_TRUE(request.force && !request.rotate && !request.login && request.prove);
    EXPECT_EQ(request.renew_before, 24h);
    EXPECT_EQ(request.expect_account, "ada");
    EXPECT_TRUE(request.machine.starts_with("me@")) << request.machine;
    ::unsetenv("USER");
    request = cli::commands::request_of(wished);
    EXPECT_EQ(request.machine.find('@'), std::string::npos) << request.machine;
    EXPECT_NE(request.machine, "");
}

TEST(PairWords, ATokenComesFromItsFileOrTheServiceManager) {
    const tests::TempFolder folder;
    folder.put("token", " the-token\n");
    folder.put("bmc-token", "of the manager");
    ::chmod((folder / "token").c_str(), 0600);
    std::string problem;
    const auto given = cli::commands::fetch_token({false, folder / "token"}, problem);
    ASSERT_TRUE(given.has_value()) << problem;
    EXPECT_EQ(given->reveal(), "the-token");
    ::unsetenv("CREDENTIALS_DIRECTORY");
    EXPECT_FALSE(cli::commands::is_handed_in({}));
    EXPECT_TRUE(cli::commands::is_handed_in({true, {}}));
    EXPECT_TRUE(cli::commands::is_handed_in({false, "/t"}));
    ::setenv("CREDENTIALS_DIRECTORY", folder.path().c_str(), 1);
    EXPECT_TRUE(cli::commands::is_handed_in({}));
    EXPECT_EQ(cli::commands::fetch_token({}, problem)->reveal(), "of the manager");
    ::unsetenv("CREDENTIALS_DIRECTORY");
}

TEST(PairWords, AFileThatCannotBeTakenIsNamed) {
    const tests::TempFolder folder;
    folder.put("open", "token");
    ::chmod((folder / "open").c_str(), 0644);
    for (const char* name : {"none", "open"}) {
        std::string problem;
        EXPECT_FALSE(cli::commands::fetch_token({false, folder / name}, problem).has_value());
        EXPECT_THAT(problem, HasSubstr((folder / name).string())) << name;
    }
}

TEST(PairWords, TheLastWordIsForPeopleOrTools) {
    const auto printed = [](bool json, bool changed) {
        ::testing::internal::CaptureStdout();
        cli::commands::print_paired(json, "uuid",
                                    "la\x1b"
                                    "b",
                                    changed);
        return ::testing::internal::GetCapturedStdout();
    };
    EXPECT_EQ(printed(false, true), "Paired: device uuid (lab).\n");
    EXPECT_EQ(printed(false, false), "Paired already: device uuid (lab).\n");
    EXPECT_EQ(printed(true, true), "{\"changed\":true,\"device\":\"uuid\"}\n");
}

}  // namespace
