// What the doctor says of the credential: whether there is one, how long it lasts, whether it travels in the address.
#include "agent/doctor/credential.hpp"

#include <sys/stat.h>

#include "agent/credentials/store.hpp"
#include "platform/crypto.hpp"
#include "tests/support/temp_folder.hpp"
#include "tests/unit/doctor/findings.hpp"

namespace {

using namespace std::chrono_literals;
using credentials::Secret;
using doctor::Outcome;
using doctor::Report;
using doctor::Subject;
using tests::expect_finding;

std::string token_with(const std::string& claims) {
    return "e30." + platform::base64url(claims) + ".sig";
}

struct DoctorToken : testing::Test {
    DoctorToken() {
        subject.credential.emplace();
        subject.credential->access_token = Secret(std::string_view("opaque-token"));
        subject.credential->api_key = Secret(std::string_view("public"));
    }
    void runs_out_in(std::chrono::seconds left) {
        subject.credential->expires_at =
            std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now() + left);
    }
    const doctor::Finding& token() {
        report = {};
        look_at_token(subject, report);
        return report.findings().front();
    }
    const doctor::Finding& address() {
        token();
        return report.findings().back();
    }

    config::Loaded loaded;
    Subject subject{loaded};
    Report report;
};

TEST_F(DoctorToken, NoneCannotBeLookedAt) {
    subject.credential.reset();
    expect_finding(token(), Outcome::skipped, "there is none");
    EXPECT_EQ(address().check, "address");
    EXPECT_EQ(address().outcome, Outcome::skipped);
}

TEST_F(DoctorToken, WhatItIsAndWhoseItIs) {
    expect_finding(token(), Outcome::ok, "an opaque token, not refreshable");
    subject.credential->access_token = Secret(token_with(R"({"role":"authenticated","sub":"somebody"})"));
    expect_finding(token(), Outcome::ok, "a user token, role authenticated");
    subject.credential->access_token =
        Secret(token_with(R"({"device_uuid":"6f1c2a3b-0000-4000-8000-000000000001","role":"authenticated"})"));
    expect_finding(token(), Outcome::ok, "a device token, role authenticated");
}

TEST_F(DoctorToken, OneThatNobodyRefreshesIsJudgedByItsEnd) {
    runs_out_in(-1min);
    expect_finding(token(), Outcome::failed, "it has run out", "agent --pair --rotate");
    runs_out_in(1h);
    expect_finding(token(), Outcome::warning, "valid until", "before it runs out");
    runs_out_in(10 * 24h);
    expect_finding(token(), Outcome::ok, "valid until");
}

TEST_F(DoctorToken, OneThatIsRefreshedMayHaveRunOut) {
    runs_out_in(-1min);
    subject.credential->refresh.emplace();
    expect_finding(token(), Outcome::ok, "refreshed by itself");
}

TEST_F(DoctorToken, OneFromAFileIsReplacedThere) {
    subject.credential->origin = credentials::Origin::file;
    subject.token_file = "/etc/bmc/token";
    runs_out_in(-1min);
    expect_finding(token(), Outcome::failed, "it has run out", "put another token into /etc/bmc/token");
}

TEST_F(DoctorToken, AKeyInItsPlaceIsNone) {
    subject.credential->access_token = Secret(token_with(R"({"role":"service_role"})"));
    expect_finding(token(), Outcome::failed, "service_role", "with a device token");
}

TEST_F(DoctorToken, WithoutAPublicKeyItTravelsInTheAddress) {
    expect_finding(address(), Outcome::ok, "the token is not");
    subject.credential->api_key = Secret();
    expect_finding(address(), Outcome::warning, "the token travels in the address", "set api.key");
    subject.config.api.key = "public";
    expect_finding(address(), Outcome::ok, "the token is not");
}

struct DoctorPairing : testing::Test {
    DoctorPairing() {
        loaded.config.paths.state = home / "state";
        ::chmod(home.path().c_str(), 0700);
    }
    void put_token(const std::string& text) {
        home.put("token", text);
        ::chmod((home / "token").c_str(), 0600);
        loaded.config.credentials.token_file = home / "token";
    }
    /// Looks, and gives the first line.
    doctor::Finding look(const std::string& device = {}) {
        subject.emplace(loaded, device);
        Report report;
        look_at_pairing(*subject, report);
        return report.findings().front();
    }

    tests::TempFolder home;
    config::Loaded loaded;
    std::optional<Subject> subject;
    const std::string uuid = "6f1c2a3b-0000-4000-8000-000000000001";
    const std::string token = token_with(R"({"device_uuid":"6f1c2a3b-0000-4000-8000-000000000001"})");
};

TEST_F(DoctorPairing, AMachineWithoutACredential) {
    expect_finding(look(), Outcome::failed, "not paired", "agent --pair");
    EXPECT_FALSE(subject->credential);
}

TEST_F(DoctorPairing, ATokenThatOthersPutThere) {
    put_token(token);
    expect_finding(look(), Outcome::ok, "device " + uuid + ", by " + (home / "token").string());
    ASSERT_TRUE(subject->credential);
    EXPECT_EQ(subject->token_file, home / "token");
    put_token(token_with(R"({"sub":"ada"})"));
    expect_finding(look(), Outcome::failed, "names no device", "put a device token there");
    expect_finding(look(uuid), Outcome::ok, "device " + uuid);
}

TEST_F(DoctorPairing, ATokenThatTheAgentDoesNotUseIsNoCredential) {
    put_token("");
    expect_finding(look(), Outcome::failed, "is empty", "put a device token there");
    EXPECT_FALSE(subject->credential);
    put_token(token);
    credentials::Store store{home / "state"};
    ASSERT_FALSE(store.open());
    ASSERT_FALSE(store.wipe({token}));
    expect_finding(look(), Outcome::failed, "was unpaired", "put another token there");
    EXPECT_FALSE(subject->credential);
    ::chmod((home / "token").c_str(), 0644);
    expect_finding(look(), Outcome::failed, "token", "chmod 0600");
}

}  // namespace
