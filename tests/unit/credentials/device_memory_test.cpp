// What is remembered of the paired device besides its credential.
#include "agent/credentials/device_memory.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include "agent/credentials/store_errors.hpp"
#include "agent/credentials/store_files.hpp"
#include "tests/support/temp_folder.hpp"

namespace {

using namespace credentials;

struct DeviceMemoryTest : testing::Test {
    static WallTime at(int seconds) { return WallTime(std::chrono::seconds(seconds)); }

    tests::TempFolder home;
    WipeMarker marker{home.path(), {}};
    DeviceMemory memory{home.path(), marker};
};

TEST_F(DeviceMemoryTest, KnowsNothingAtFirst) {
    EXPECT_FALSE(memory.last_joined());
    EXPECT_FALSE(memory.last_device());
    EXPECT_FALSE(memory.facts(100));
}

TEST_F(DeviceMemoryTest, KeepsTheLastJoinAndAsWhichDevice) {
    ASSERT_FALSE(memory.note_joined(at(5), "device-1"));
    ASSERT_FALSE(memory.note_joined(at(9), "device-2"));
    const DeviceMemory after_a_restart{home.path(), marker};
    EXPECT_EQ(after_a_restart.last_joined(), at(9));
    EXPECT_EQ(after_a_restart.last_device(), "device-2");
}

TEST_F(DeviceMemoryTest, ReadsWhatAnEarlierReleaseKept) {
    home.put(files::state, R"({"joined_at":5})");
    EXPECT_EQ(memory.last_joined(), at(5));
    EXPECT_EQ(memory.last_device(), "");
}

TEST_F(DeviceMemoryTest, AFileThatIsNotWholeSaysNothing) {
    for (const auto* text : {"", "{", "[]", "5"}) {
        home.put(files::state, text);
        EXPECT_FALSE(memory.last_joined()) << text;
    }
    home.put(files::state, R"({"joined_at":"5"})");
    EXPECT_FALSE(memory.last_joined());
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
    EXPECT_EQ(memory.note_joined(at(5), "device-1"), Errc::wiped);
    EXPECT_EQ(memory.save_facts("{}"), Errc::wiped);
    EXPECT_FALSE(memory.last_joined());
    EXPECT_FALSE(memory.facts(100));
    ASSERT_FALSE(marker.remove());
    EXPECT_FALSE(memory.note_joined(at(5), "device-1"));
}

}  // namespace
