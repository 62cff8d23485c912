#include "platform/paths.hpp"

#include <gtest/gtest.h>

#include <map>

#include "tests/support/temp_folder.hpp"

namespace {

using namespace platform;

PathInput input(unsigned uid, std::map<std::string, std::string> environment, std::string profile = {}) {
    PathInput in;
    in.uid = uid;
    in.profile = std::move(profile);
    in.environment = [environment](const char* name) -> std::optional<std::string> {
        const auto found = environment.find(name);
        if (found == environment.end()) return std::nullopt;
        return found->second;
    };
    return in;
}

TEST(Paths, RootUsesTheSystemsFolders) {
    const auto paths = find_paths(input(0, {{"HOME", "/root"}}));
    EXPECT_EQ(paths->config_file, "/etc/bmc-agent/agent.toml");
    EXPECT_EQ(paths->state, "/var/lib/bmc-agent");
    EXPECT_EQ(paths->control_socket(), "/run/bmc-agent/control.sock");
}

TEST(Paths, OrdinaryUsersMayReadTheSystemsService) {
    EXPECT_EQ(find_paths(input(1000, {{"HOME", "/home/u"}}))->system_socket, "/run/bmc-agent/control.sock");
    EXPECT_EQ(find_paths(input(1000, {{"HOME", "/home/u"}}, "two"))->system_socket, "/run/bmc-agent@two/control.sock");
    EXPECT_EQ(find_paths(input(0, {{"HOME", "/root"}}))->system_socket, "");
    EXPECT_EQ(find_paths(input(1000, {{"HOME", "/home/u"}, {"RUNTIME_DIRECTORY", "/run/x"}}))->system_socket, "");
    auto own = input(1000, {{"HOME", "/home/u"}});
    own.user_scope = true;
    EXPECT_EQ(find_paths(own)->system_socket, "");
}

TEST(Paths, ARuntimeFolderOfSomebodyElsesIsIgnored) {
    auto in = input(1000, {{"HOME", "/home/u"}, {"XDG_RUNTIME_DIR", "/run/user/0"}});
    in.is_ours = [](const std::filesystem::path& folder) { return folder != "/run/user/0"; };
    EXPECT_EQ(find_paths(in)->runtime, "/home/u/.local/state/bmc-agent");
    in = input(1000, {{"HOME", "/home/u"}, {"XDG_RUNTIME_DIR", "/run/user/1000"}});
    in.is_ours = [](const std::filesystem::path& folder) { return folder != "/run/user/0"; };
    EXPECT_EQ(find_paths(in)->runtime, "/run/user/1000/bmc-agent");
    const auto process = path_input_of_process();
    const tests::TempFolder ours;
    EXPECT_TRUE(process.is_ours(ours.path()));
    EXPECT_FALSE(process.is_ours(ours.path() / "missing"));
}

TEST(Paths, UsersUseTheirOwn) {
    const auto plain = find_paths(input(1000, {{"HOME", "/home/u"}}));
    EXPECT_EQ(plain->config_dropins, "/home/u/.config/bmc-agent/agent.toml.d");
    EXPECT_EQ(plain->state, "/home/u/.local/state/bmc-agent");
    const auto given =
        find_paths(input(1000, {{"HOME", "/home/u"}, {"XDG_STATE_HOME", "/s"}, {"XDG_RUNTIME_DIR", "/r"}}));
    EXPECT_EQ(given->state, "/s/bmc-agent");
    EXPECT_EQ(given->runtime, "/r/bmc-agent");
    const auto relative = find_paths(input(1000, {{"HOME", "/home/u"}, {"XDG_STATE_HOME", "s"}}));
    EXPECT_EQ(relative->state, "/home/u/.local/state/bmc-agent");
    auto as_root = input(0, {{"HOME", "/root"}});
    as_root.user_scope = true;
    EXPECT_EQ(find_paths(as_root)->state, "/root/.local/state/bmc-agent");
    EXPECT_FALSE(find_paths(input(1000, {})));
}

TEST(Paths, TheManagersFoldersWin) {
    const auto paths =
        find_paths(input(1000, {{"STATE_DIRECTORY", "/var/lib/x:/other"}, {"RUNTIME_DIRECTORY", "/run/x"}}));
    EXPECT_EQ(paths->state, "/var/lib/x");
    EXPECT_EQ(paths->runtime, "/run/x");
}

TEST(Paths, ProfilesAreKeptApart) {
    const auto paths = find_paths(input(0, {}, "lab-2"));
    EXPECT_EQ(paths->config_file, "/etc/bmc-agent@lab-2/agent.toml");
    EXPECT_EQ(paths->state, "/var/lib/bmc-agent@lab-2");
    EXPECT_TRUE(is_profile_name("lab-2"));
    for (const auto* bad : {"", "../x", "a/b", ".x", "-x", "a b"}) EXPECT_FALSE(is_profile_name(bad)) << bad;
    const tests::TempFolder home;
    home.put(".local/state/bmc-agent/x", "");
    home.put(".config/bmc-agent@b/agent.toml", "");
    home.put(".local/state/bmc-agent@a/x", "");
    const std::vector<std::string> all{"", "a", "b"};
    EXPECT_EQ(list_profiles(input(1000, {{"HOME", home.path().string()}})), all);
}

}  // namespace
