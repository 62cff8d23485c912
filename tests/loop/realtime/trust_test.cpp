// A certificate that is not trusted is somebody's to mend, here or there: the agent says what is wrong and goes on
// trying, and is back by itself.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "tests/hub/hub.hpp"
#include "tests/loop/realtime/cloud.hpp"
#include "tests/support/authority.hpp"
#include "tests/support/temp_folder.hpp"

namespace {

using namespace std::chrono_literals;
using ::testing::Each;
using ::testing::HasSubstr;

TEST(Trust, IsAskedForAgainUntilSomebodyMendsIt) {
    tests::TempFolder folder;
    const tests::Authority authority;
    const auto identity = authority.issue({.names = {"localhost"}, .addresses = {"127.0.0.1"}});
    std::ofstream{folder / "cert.pem"} << identity.certificate;
    std::ofstream{folder / "key.pem"} << identity.key;
    std::ofstream{folder / "ca.pem"} << authority.certificate();
    net::io_context io;
    hub::Settings served;
    served.tls_cert = folder / "cert.pem";
    served.tls_key = folder / "key.pem";
    hub::Hub backend{io, served};
    ASSERT_FALSE(backend.start());
    const auto settings = cloud::quick_settings(backend.base() + "/realtime/v1");
    cloud::Agent agent{io, settings, backend.device_token(cloud::device_uuid), backend.anon_key()};
    agent.start();
    ASSERT_TRUE(cloud::run_until(io, [&] { return agent.recorder.reasons.size() >= 3; }));
    EXPECT_THAT(agent.recorder.reasons, Each(HasSubstr("ca_file"))) << "what is wrong, and the remedy";
    EXPECT_EQ(agent.status().counters.connections, 0u);
    agent.settings.net.ca_file = folder / "ca.pem";
    EXPECT_TRUE(cloud::run_until(io, [&] { return agent.joined(); }));
    agent.stop();
    backend.stop();
    io.restart();
    io.poll();
}

}  // namespace
