// Each call that writes in the spool fails once: it is said, no half put is left, and no other file is touched.
#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <sstream>
#include <vector>

#include "agent/relay/spool_file.hpp"
#include "agent/relay/spool_trim.hpp"
#include "tests/support/temp_folder.hpp"
#include "tests/unit/failing_calls/failing_calls.hpp"

namespace {

namespace fs = std::filesystem;
using failing_calls::failed_call;
using relay::put_spool_file;
using relay::PutMode;

class FailingSpool : public testing::TestWithParam<failing_calls::Failure> {
  protected:
    /// Nothing: there is no such file.
    static std::string text_of(const fs::path& path) {
        std::ostringstream out;
        out << std::ifstream{path}.rdbuf();
        return fs::exists(path) ? out.str() : "(none)";
    }

    /// Another folder for each turn.
    relay::SpoolSettings fresh() {
        relay::SpoolSettings settings;
        settings.folder = (temp / std::to_string(++turns)).string();
        fs::create_directory(settings.folder);
        ::chmod(settings.folder.c_str(), 0770);  // shared by group, as its files are then
        std::ofstream{fs::path{settings.folder} / "other"} << "another's";
        return settings;
    }

    const tests::TempFolder temp;
    int turns = 0;
};

struct Put {
    std::size_t offset;
    std::string_view bytes;
    PutMode mode;
    std::string_view whole;  // what the file holds afterwards
};
constexpr Put puts[] = {{0, "hello ", PutMode::fresh, "hello "},
                        {6, "world", PutMode::again, "hello world"},
                        {0, "another", PutMode::again, "another"},
                        {2, "d", PutMode::again, "and"}};

TEST_P(FailingSpool, LeavesNoPartOfAPutAndTakesItTheNextTime) {
    const auto put_all = [&](const auto& begin) {
        const auto settings = fresh();
        const fs::path folder = settings.folder;
        begin(settings.folder);
        std::string before = "(none)";
        for (const Put& put : puts) {
            const auto once = [&] { return put_spool_file(settings, "a", put.offset, put.bytes, put.mode); };
            if (const Error failed = once()) {
                EXPECT_EQ(failed.value(), GetParam().error) << failed_call();
                const std::string left = text_of(folder / "a");
                const std::string kept = put.offset > 0 ? before.substr(0, put.offset) : "(none)";
                EXPECT_TRUE(left == before || left == kept) << left << " after " << failed_call();
                const Error again = once();
                EXPECT_FALSE(again) << again.message() << " after " << failed_call();
            }
            before = text_of(folder / "a");
            EXPECT_EQ(before, put.whole) << failed_call();
            EXPECT_EQ(fs::status(folder / "a").permissions(), fs::perms{0660}) << failed_call();
        }
        EXPECT_EQ(text_of(folder / "other"), "another's") << failed_call();
    };
    EXPECT_GE(failing_calls::walk(GetParam(), put_all), 12U) << "the walk saw no calls";
}

TEST_P(FailingSpool, ComesBelowItsQuotaAndSaysWhatIsThere) {
    const auto trim = [&](const auto& begin) {
        const auto settings = fresh();
        const fs::path folder = settings.folder;
        for (const char* name : {"b", "c", "d"}) std::ofstream{folder / name} << std::string(100, 'x');
        begin(settings.folder);
        const auto use = relay::trim_spool(folder, 200, 10);
        ASSERT_TRUE(use) << failed_call();
        std::size_t there = 0;
        for (const auto& one : fs::directory_iterator{folder}) there += one.file_size();
        EXPECT_EQ(use->bytes, there) << failed_call();
        EXPECT_LE(there, 200U) << failed_call();
    };
    EXPECT_GE(failing_calls::walk(GetParam(), trim), 2U) << "the walk saw no calls";
}

TEST_P(FailingSpool, SaysThatADownloadWasNotCut) {
    const auto cut = [&](const auto& begin) {
        const auto settings = fresh();
        const fs::path file = fs::path{settings.folder} / "guid.crdownload";
        std::ofstream{file} << "bytes";
        begin(settings.folder);
        const Error failed = relay::cut_download(settings.folder, "guid");
        EXPECT_EQ(text_of(file), failed ? "bytes" : "") << failed_call();
        EXPECT_EQ(static_cast<bool>(failed), !failed_call().empty()) << failed_call();
        EXPECT_EQ(text_of(fs::path{settings.folder} / "other"), "another's") << failed_call();
    };
    EXPECT_GE(failing_calls::walk(GetParam(), cut), 2U) << "the walk saw no calls";
}

INSTANTIATE_TEST_SUITE_P(Disk, FailingSpool, failing_calls::all_failures(), failing_calls::name_of);

}  // namespace
