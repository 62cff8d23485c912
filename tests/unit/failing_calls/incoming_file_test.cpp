// Each call that receives a download fails once: a name of the folder has the whole file or what it had before, and
// what stays of half a file is only what could not be removed.
#include "agent/bridge/incoming_file.hpp"

#include <filesystem>
#include <fstream>
#include <iterator>

#include "tests/support/temp_folder.hpp"
#include "tests/unit/failing_calls/failing_calls.hpp"

namespace {

namespace fs = std::filesystem;
using bridge::IncomingFile;
using failing_calls::failed_call;

class FailingDownload : public testing::TestWithParam<failing_calls::Failure> {
  protected:
    static std::string content_of(const fs::path& path) {
        std::ifstream file{path, std::ios::binary};
        return {std::istreambuf_iterator<char>{file}, {}};
    }
    fs::path fresh() {
        const fs::path folder = temp / std::to_string(++turns);
        fs::create_directory(folder);
        std::ofstream{folder / "a.txt"} << "mine";
        return folder;
    }
    static Result<std::string> receive(const fs::path& folder, bool exact) {
        const auto file = IncomingFile::create(folder);
        if (!file) return file.error();
        for (const char* part : {"one ", "two"}) {
            const Error ec = (*file)->append(part);
            if (ec) return ec;
        }
        return (*file)->finish("a.txt", exact);
    }
    static std::size_t entries(const fs::path& folder) {
        return static_cast<std::size_t>(std::distance(fs::directory_iterator{folder}, {}));
    }

    tests::TempFolder temp;
    int turns = 0;
};

TEST_P(FailingDownload, NoNameHasHalfAFile) {
    const std::size_t failures = failing_calls::walk(GetParam(), [this](const auto& begin) {
        const fs::path folder = fresh();
        begin(folder);
        const auto path = receive(folder, false);
        const std::string failed = failed_call();
        EXPECT_EQ(content_of(folder / "a.txt"), "mine") << failed;
        if (path) {
            EXPECT_EQ(*path, folder / "a (1).txt");
        }
        EXPECT_EQ(content_of(folder / "a (1).txt"), path ? "one two" : "") << failed;
        EXPECT_EQ(fs::exists(folder / "a (1).txt"), path.has_value()) << failed;
        if (!failed.starts_with("unlink")) {
            EXPECT_EQ(entries(folder), path ? 2U : 1U) << failed;
        }
    });
    EXPECT_GE(failures, 5U) << "open, two writes, link twice";
}

INSTANTIATE_TEST_SUITE_P(Disks, FailingDownload, failing_calls::all_failures(), failing_calls::name_of);

/// File systems without links say so.
class NoLinks : public FailingDownload {};

TEST_P(NoLinks, TheFileIsRenamedThen) {
    constexpr std::size_t link_is = 4;  // after open and two writes
    const fs::path folder = fresh();
    fs::remove(folder / "a.txt");
    failing_calls::fail_at(link_is, folder, GetParam());
    const auto path = receive(folder, true);
    EXPECT_EQ(failed_call(), "link of a.txt");
    failing_calls::fail_at(0, {}, {});
    ASSERT_TRUE(path.has_value()) << path.error().message();
    EXPECT_EQ(content_of(folder / "a.txt"), "one two");
    EXPECT_EQ(entries(folder), 1U);
}

INSTANTIATE_TEST_SUITE_P(Kinds, NoLinks,
                         testing::Values(failing_calls::Failure{EPERM, false},
                                         failing_calls::Failure{EOPNOTSUPP, false}));

}  // namespace
