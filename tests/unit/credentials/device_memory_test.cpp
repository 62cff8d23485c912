// What is remembered of the paired device besides its credential.
#include "agent/credentials/device_memory.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>

#include "agent/credentials/lock.hpp"
#include "agent/credentials/store_errors.hpp"
#include "agent/credentials/store_files.hpp"
#include "tests/support/temp_folder.hpp"

namespace {

using namespace credentials;
using namespace std::chrono_literals;

struct DeviceMemoryTest : testing::Test {
    static WallTime at(int seconds) { return WallTime(std::chrono::seconds(seconds)); }

    tests::TempFolder home;
    WipeMarker marker{home.path(), {}};
    DeviceMemory memory{home.path(), marker};
};

TEST_F(DeviceMemoryTest, KnowsNothingAtFirst) {
    EXPECT_FALSE(memory.last_join());
    EXPECT_FALSE(memory.facts(100));
}

TEST_F(DeviceMemoryTest, KeepsTheLastJoinAndAsWhichDevice) {
    ASSERT_FALSE(memory.note_join({at(5), at(4), "device-1"}));
    ASSERT_FALSE(memory.note_join({at(9) + 7ms, at(6) + 1ms, "device-2"}));
    const DeviceMemory after_a_restart{home.path(), marker};
    const auto join = after_a_restart.last_join();
    ASSERT_TRUE(join);
    EXPECT_EQ(join->joined, at(9) + 7ms);
    EXPECT_EQ(join->caught_up, at(6) + 1ms);
    EXPECT_EQ(join->device, "device-2");
}

TEST_F(DeviceMemoryTest, ReadsWhatAnEarlierReleaseKept) {
    home.put(files::state, R"({"joined_at":5})");
    ASSERT_TRUE(memory.last_join());
    EXPECT_EQ(memory.last_join()->joined, at(5));
    EXPECT_EQ(memory.last_join()->caught_up, at(5));
    EXPECT_EQ(memory.last_join()->device, "");
}

TEST_F(DeviceMemoryTest, ReadsTheOtherFileOfAnEarlierReleaseUntilTheNextJoinAndRemovesIt) {
    home.put(files::state, R"({"joined_at":5,"device":"device-1"})");
    home.put(files::last_heard, "8001");
    ASSERT_TRUE(memory.last_join());
    EXPECT_EQ(memory.last_join()->joined, at(8) + 1ms);
    EXPECT_EQ(memory.last_join()->caught_up, at(8) + 1ms);
    EXPECT_EQ(memory.last_join()->device, "device-1");
    ASSERT_FALSE(memory.note_join({at(9), at(7), "device-1"}));
    EXPECT_FALSE(std::filesystem::exists(home / files::last_heard));
    EXPECT_EQ(memory.last_join()->joined, at(9));
    EXPECT_EQ(memory.last_join()->caught_up, at(7));
}

TEST_F(DeviceMemoryTest, ReadsTheOtherFileWhereItIsAlone) {
    home.put(files::last_heard, "8001");
    ASSERT_TRUE(memory.last_join());
    EXPECT_EQ(memory.last_join()->joined, at(8) + 1ms);
    home.put(files::last_heard, "yesterday");
    EXPECT_FALSE(memory.last_join());
}

TEST_F(DeviceMemoryTest, AFileThatIsNotWholeSaysNothing) {
    for (const auto* text : {"", "{", "[]", "5"}) {
        home.put(files::state, text);
        EXPECT_FALSE(memory.last_join()) << text;
    }
    home.put(files::state, R"({"joined_at":"5"})");
    EXPECT_FALSE(memory.last_join());
}

TEST_F(DeviceMemoryTest, KeepsTheBackendsWordsPrivate) {
    ASSERT_FALSE(memory.save_facts("{\"name\":\"lab\"}"));
    EXPECT_EQ(memory.facts(100), "{\"name\":\"lab\"}");
    struct stat about {};
    ASSERT_EQ(::stat((home / files::facts).c_str(), &about), 0);
    EXPECT_EQ(about.st_mode & 0777U, 0600U);
}

TEST_F(DeviceMemoryTest, WritesNothingWhileAWipeGoesOn) {
    ASSERT_FALSE(marker.set({}));
    EXPECT_EQ(memory.note_join({at(5), at(5), "device-1"}), Errc::wiped);
    EXPECT_EQ(memory.save_facts("{}"), Errc::wiped);
    EXPECT_FALSE(memory.last_join());
    EXPECT_FALSE(memory.facts(100));
    ASSERT_FALSE(marker.remove());
    EXPECT_FALSE(memory.note_join({at(5), at(5), "device-1"}));
}

TEST_F(DeviceMemoryTest, WritesNothingWhileAnotherWriterHasTheLock) {
    {
        const auto held = Lock::try_take(home / files::lock);
        ASSERT_TRUE(held);
        EXPECT_EQ(memory.note_join({at(5), at(5), "device-1"}), Errc::locked);
        EXPECT_EQ(memory.save_facts("{}"), Errc::locked);
        EXPECT_FALSE(memory.last_join());
    }
    EXPECT_FALSE(memory.save_facts("{}"));
}

}  // namespace
