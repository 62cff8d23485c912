// Variables that Kubernetes makes of a service called bmc-agent are no settings.
#include "agent/config/service_links.hpp"

#include <gtest/gtest.h>

namespace {

using config::is_service_link;

TEST(ServiceLinks, AreKnownByTheirEndings) {
    EXPECT_TRUE(is_service_link("BMC_AGENT_SERVICE_HOST", "10.0.0.1"));
    EXPECT_TRUE(is_service_link("BMC_AGENT_SERVICE_PORT", "9100"));
    EXPECT_TRUE(is_service_link("BMC_AGENT_SERVICE_PORT_METRICS", "9100"));
    EXPECT_TRUE(is_service_link("BMC_AGENT_PORT", "tcp://10.0.0.1:9100"));
    EXPECT_TRUE(is_service_link("BMC_AGENT_PORT", "sctp://10.0.0.1:9100"));
    for (const char* end : {"", "_ADDR", "_PORT", "_PROTO"}) {
        EXPECT_TRUE(is_service_link(std::string("BMC_AGENT_PORT_9100_TCP") + end, "x")) << end;
        EXPECT_TRUE(is_service_link(std::string("BMC_AGENT_PORT_53_UDP") + end, "x")) << end;
    }
}

TEST(ServiceLinks, OfAServiceWithPortInItsName) {
    EXPECT_TRUE(is_service_link("BMC_AGENT_PORT_EU_PORT_80_TCP_ADDR", "10.0.0.1"));
}

TEST(ServiceLinks, ASettingOrASlipOfThePenIsNone) {
    EXPECT_FALSE(is_service_link("BMC_AGENT_CONTROL_METRICS_PORT", "9100")) << "a setting";
    EXPECT_FALSE(is_service_link("BMC_AGENT_PAIRING_CALLBACK_PORT", "8765")) << "a setting";
    EXPECT_FALSE(is_service_link("BMC_AGENT_SERVICE_PORT", "many"));
    EXPECT_FALSE(is_service_link("BMC_AGENT_SERVICE_PORTS", "9100"));
    EXPECT_FALSE(is_service_link("BMC_AGENT_PORT", "9100"));
    EXPECT_FALSE(is_service_link("BMC_AGENT_PORT_TCP", "x"));
    EXPECT_FALSE(is_service_link("BMC_AGENT_PORT_9100", "x"));
    EXPECT_FALSE(is_service_link("BMC_AGENT_PORT_9100_TCP_NAME", "x"));
    EXPECT_FALSE(is_service_link("BMC_AGENT_SERVICE_STOP_GRACE", "2s"));
}

}  // namespace
