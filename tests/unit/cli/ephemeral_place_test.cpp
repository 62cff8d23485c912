// Where an --ephemeral agent keeps its files when its user has no folder.
#include "agent/cli/ephemeral_place.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>
#include <map>
#include <optional>

#include "tests/support/temp_folder.hpp"

namespace {

namespace fs = std::filesystem;

struct EphemeralPlaceTest : testing::Test {
    EphemeralPlaceTest() {
        ::setenv("TMPDIR", home.path().c_str(), 1);
        input.uid = 1000;
        input.environment = [this](const char* name) -> std::optional<std::string> {
            const auto found = variables.find(name);
            return found == variables.end() ? std::nullopt : std::optional{found->second};
        };
    }
    ~EphemeralPlaceTest() override { ::unsetenv("TMPDIR"); }

    tests::TempFolder home;
    std::map<std::string, std::string> variables;
    platform::PathInput input;
};

TEST_F(EphemeralPlaceTest, AUserWithAHomeKeepsHisOwnFolders) {
    variables = {{"HOME", (home / "user").string()}, {"XDG_RUNTIME_DIR", (home / "run").string()}};
    const auto before = platform::find_paths(input);
    cli::EphemeralPlace place;
    EXPECT_EQ(place.find(input), "");
    const auto after = platform::find_paths(input);
    ASSERT_TRUE(before && after);
    EXPECT_EQ(after->state, before->state);
    EXPECT_EQ(after->runtime, before->runtime);
}

TEST_F(EphemeralPlaceTest, WithoutAHomeItIsAFolderOfThisRunThatGoesWithIt) {
    home.put("file", "");  // a home that is none, whoever runs the test
    variables = {{"HOME", (home / "file").string()}};
    fs::path made;
    {
        cli::EphemeralPlace place;
        EXPECT_EQ(place.find(input), "");
        const auto paths = platform::find_paths(input);
        ASSERT_TRUE(paths);
        made = paths->state.parent_path();
        EXPECT_EQ(made.parent_path(), home.path());
        EXPECT_EQ(paths->runtime.parent_path(), made);
        EXPECT_TRUE(fs::is_directory(made));
        EXPECT_EQ(fs::status(made).permissions() & fs::perms::mask, fs::perms::owner_all);
    }
    EXPECT_FALSE(fs::exists(made));
}

}  // namespace
