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

TEST_F(ClientsStatus, SaysNothingToPeopleWhereThereWasNone) {
    EXPECT_THAT(metrics(), Not(HasSubstr("bmc_agent_clients")));
    report.clients = control::ClientCounters{.ended = {{"closed", 0}}};
    EXPECT_THAT(words(), Not(HasSubstr("clients")));
}

}  // namespace
