#include "platform/process/program.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>

#include "tests/support/temp_folder.hpp"

namespace platform {
namespace {

class FindProgram : public testing::Test {
  protected:
    std::string make(const std::string& name, unsigned mode) {
        const auto file = folder_.path() / name;
        std::filesystem::create_directories(file.parent_path());
        std::ofstream{file} << "#!/bin/sh\n";
        ::chmod(file.c_str(), mode);
        return file.string();
    }
    std::string at(const std::string& name) const { return (folder_.path() / name).string(); }

    tests::TempFolder folder_;
};

TEST_F(FindProgram, TakesTheFirstThatCanBeExecuted) {
    make("one/tool", 0644);
    const auto second = make("two/tool", 0755);
    make("three/tool", 0755);
    const auto path = at("none") + ":" + at("one") + ":" + at("two") + ":" + at("three");
    EXPECT_EQ(*find_program("tool", path), second);
}

TEST_F(FindProgram, LooksUpNoPath) {
    const auto file = make("tool", 0755);
    EXPECT_EQ(*find_program(file, ""), file);
    EXPECT_EQ(find_program(at("other"), folder_.path().string()).error().value(), ENOENT);
}

TEST_F(FindProgram, SaysWhyThereIsNone) {
    make("one/tool", 0644);
    std::filesystem::create_directories(folder_.path() / "two/tool");
    EXPECT_EQ(find_program("tool", at("one")).error().value(), EACCES);
    EXPECT_EQ(find_program("tool", at("two")).error().value(), EACCES);
    EXPECT_EQ(find_program("tool", at("none") + ":").error().value(), ENOENT);
    EXPECT_EQ(find_program("", at("one")).error().value(), ENOENT);
}

TEST_F(FindProgram, AnEmptyFolderIsTheWorkingDirectory) {
    make("tool", 0755);
    const auto before = std::filesystem::current_path();
    std::filesystem::current_path(folder_.path());
    EXPECT_EQ(*find_program("tool", ":/nowhere"), "./tool");
    EXPECT_EQ(*find_program("tool", ""), "./tool");
    std::filesystem::current_path(before);
}

TEST_F(FindProgram, NamesWhatAnArgumentListRuns) {
    using Paths = std::vector<std::filesystem::path>;
    const auto script = make("script", 0644), tool = make("tool", 0755), data = make("data", 0644);
    EXPECT_EQ(programs_of({}), Paths{});
    const char* path = std::getenv("PATH");
    EXPECT_EQ(programs_of({"sh", "-c", "exit"}), Paths{*find_program("sh", path != nullptr ? path : usual_path)});
    EXPECT_EQ(programs_of({tool, script, data, "relative"}), (Paths{tool, script}));
    EXPECT_EQ(programs_of({tool, "-x", tool}), (Paths{tool, tool})) << "what may be run, wherever it stands";
    EXPECT_EQ(programs_of({at("none"), script}), Paths{script});
}

}  // namespace
}  // namespace platform
