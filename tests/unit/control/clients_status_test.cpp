// What status and metrics say of clients.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "agent/control/status.hpp"

namespace {

using ::testing::HasSubstr;
using ::testing::Not;

struct ClientsStatus : testing::Test {
    ClientsStatus() { report.paired = true; }
    std::string json() const { return control::status_json(report, {}); }
    std::string words() const { return control::status_for_people(json(), {}); }
    std::string metrics() const { return control::metrics_text(report, {}); }

    control::Report report;
};

TEST_F(ClientsStatus, TellsHowManyThereAreAndWhyTheyEnded) {
    report.clients =
        control::ClientCounters{.count = 2, .bytes = 1234, .disk_bytes = 34, .ended = {{"closed", 0}, {"lease", 3}}};
    EXPECT_THAT(words(), HasSubstr("clients   2, 1234 bytes held for them (34 in files); ended: 3 lease\n"));
    EXPECT_EQ(nlohmann::json::parse(json())["clients"],
              nlohmann::json::parse(R"({"count":2,"bytes":1234,"disk_bytes":34,"ended":{"closed":0,"lease":3}})"));
    EXPECT_THAT(metrics(), HasSubstr("bmc_agent_clients 2\n"));
    EXPECT_THAT(metrics(), HasSubstr("bmc_agent_client_bytes 1234\n"));
    EXPECT_THAT(metrics(), HasSubstr("bmc_agent_client_disk_bytes 34\n"));
    EXPECT_THAT(metrics(), HasSubstr("bmc_agent_clients_ended_total{reason=\"lease\"} 3\n"));
    EXPECT_THAT(metrics(), HasSubstr("bmc_agent_clients_ended_total{reason=\"closed\"} 0\n"));
}

TEST_F(ClientsStatus, TellsTheDevicesKeyAndWhoMayCommand) {
    report.fingerprint = "SHA256:abc";
    report.trust_require = "off";
    EXPECT_THAT(words(), HasSubstr("key       SHA256:abc\n"));
    EXPECT_THAT(words(), Not(HasSubstr("trust")));
    report.trust_require = "all";
    report.trusted_keys = 2;
    EXPECT_THAT(words(), HasSubstr("trust     sealed clients alone may command; 2 keys are listed\n"));
    report.trust_require = "clients";
    report.trusted_keys = 1;
    EXPECT_THAT(words(),
                HasSubstr("trust     clients must be sealed, other commands may look alone; 1 key is listed\n"));
    report.trust_require = "off";
    EXPECT_THAT(words(), HasSubstr("trust     everybody who may broadcast on the channel may command"));
    report.clients = control::ClientCounters{.sealed_ignored = 7};
    EXPECT_THAT(metrics(), HasSubstr("bmc_agent_sealed_posts_ignored_total 7\n"));
}

TEST_F(ClientsStatus, SaysNothingToPeopleWhereThereWasNone) {
    EXPECT_THAT(metrics(), Not(HasSubstr("bmc_agent_clients")));
    report.clients = control::ClientCounters{.ended = {{"closed", 0}}};
    EXPECT_THAT(words(), Not(HasSubstr("clients")));
}

}  // namespace
