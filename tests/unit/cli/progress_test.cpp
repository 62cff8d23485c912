// The line on the terminal while bytes go from one machine to the other.
#include "agent/cli/progress.hpp"

#include <gtest/gtest.h>

namespace {

using bridge::Transfer;

TEST(TransferLine, TellsWhatAndHowFar) {
    const Transfer upload{.kind = Transfer::Kind::upload, .name = "a.bin", .done = 12'340'000, .total = 45'600'000};
    EXPECT_EQ(cli::transfer_line(upload, 80), "upload of a.bin: 12.3 of 45.6 MB (27 %)");
    EXPECT_EQ(cli::transfer_line({.kind = Transfer::Kind::download, .name = "b", .done = 50'000}, 80),
              "download of b: 0.1 MB");
    EXPECT_EQ(cli::transfer_line({.done = 3'000'000, .total = 3'000'000}, 80), "result: 3.0 of 3.0 MB (100 %)");
}

TEST(TransferLine, ANameFromOutsideIsCleanAndFits) {
    const Transfer transfer{.kind = Transfer::Kind::upload, .name = "\x1b[2J" + std::string(200, 'n'), .done = 1};
    const auto line = cli::transfer_line(transfer, 60);
    EXPECT_EQ(line.find('\x1b'), std::string::npos);
    EXPECT_LE(line.size(), 59U + 2) << "an ellipsis is three bytes in one column";
    EXPECT_TRUE(line.ends_with(": 0.0 MB")) << line;
    EXPECT_TRUE(cli::transfer_line(transfer, 0).starts_with("upload of "));
}

TEST(TransferLine, NothingIsShownWhereThereIsNoTerminal) {
    testing::internal::CaptureStderr();
    EXPECT_FALSE(cli::show_transfers());
    EXPECT_EQ(testing::internal::GetCapturedStderr(), "");
}

}  // namespace
