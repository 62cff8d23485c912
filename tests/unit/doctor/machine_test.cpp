// What the doctor says of the machine: files that others may read or write, room on the disk.
#include "agent/doctor/machine.hpp"

#include <sys/stat.h>

#include "tests/support/temp_folder.hpp"
#include "tests/unit/doctor/findings.hpp"

namespace {

using doctor::Outcome;
using tests::expect_finding;

struct DoctorHost : testing::Test {
    DoctorHost() {
        config.paths.state = home / "state";
        config.paths.config_file = home / "agent.toml";
        config.paths.config_dropins = home / "agent.toml.d";
        ::chmod(home.path().c_str(), 0700);
    }
    void make(const std::string& name, mode_t mode) {
        home.put(name, "x");
        ::chmod((home / name).c_str(), mode);
    }
    void pair() {
        make("state/credential.json", 0600);
        ::chmod((home / "state").c_str(), 0700);
    }

    tests::TempFolder home;
    config::Config config;
};

TEST_F(DoctorHost, NothingIsThereYet) {
    expect_finding(doctor::look_at_modes(config), Outcome::skipped, "state is not there yet");
}

TEST_F(DoctorHost, PrivateFilesAreWell) {
    pair();
    make("agent.toml", 0644);
    make("agent.toml.d/10.toml", 0644);
    expect_finding(doctor::look_at_modes(config), Outcome::ok, "secrets are private");
}

TEST_F(DoctorHost, EachSecretIsLookedAt) {
    pair();
    make("key", 0640);
    make("token", 0644);
    config.credentials.token_file = home / "token";
    expect_finding(doctor::look_at_modes(config), Outcome::failed, "token has mode 0644", "chmod 0600");
    config.credentials.key_file = home / "key";
    expect_finding(doctor::look_at_modes(config), Outcome::failed, "key has mode 0640", "chmod 0600");
    make("state/credential.json", 0604);
    expect_finding(doctor::look_at_modes(config), Outcome::failed, "credential.json has mode 0604", "chmod 0600");
    ::chmod((home / "state").c_str(), 0750);
    expect_finding(doctor::look_at_modes(config), Outcome::failed, "state has mode 0750", "chmod 0700");
}

TEST_F(DoctorHost, ASecretThatIsNotThereIsNoFault) {
    pair();
    config.credentials.key_file = home / "no key yet";
    expect_finding(doctor::look_at_modes(config), Outcome::ok, "secrets are private");
}

TEST_F(DoctorHost, EachFileOfTheConfigurationIsLookedAt) {
    pair();
    make("agent.toml", 0644);
    make("agent.toml.d/10.toml", 0666);
    expect_finding(doctor::look_at_modes(config), Outcome::failed, "10.toml", "chmod go-w");
    ::chmod((home / "agent.toml.d/10.toml").c_str(), 0644);
    ::chmod((home / "agent.toml").c_str(), 0622);
    expect_finding(doctor::look_at_modes(config), Outcome::failed, "agent.toml", "chmod go-w");
}

TEST_F(DoctorHost, TheDiskIsThatOfTheNearestFolderThatIsThere) {
    config.paths.state = home / "not/yet/made";
    const auto found = doctor::look_at_disk(config);
    EXPECT_EQ(found.check, "disk");
    EXPECT_THAT(found.what, testing::HasSubstr(" MiB free in " + home.path().string()));
    EXPECT_THAT(found.what, testing::Not(testing::HasSubstr("not/yet")));
}

TEST_F(DoctorHost, WhatABrowserNeedsIsNotAskedWhereSomebodyElseRunsIt) {
    config.browser.mode = cdp::BrowserMode::attach;
    expect_finding(doctor::look_at_shared_memory(config), Outcome::skipped, "somebody else runs the browser");
    expect_finding(doctor::look_at_user_namespaces(config), Outcome::skipped, "somebody else runs the browser");
}

}  // namespace
