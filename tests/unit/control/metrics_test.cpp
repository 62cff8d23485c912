// The metrics are OpenMetrics that any scraper reads, whatever the agent has to tell.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <charconv>
#include <map>
#include <set>

#include "agent/control/health_report.hpp"
#include "agent/control/status.hpp"

namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;
using ::testing::Not;

struct MetricFamily {
    std::string type;
    std::string help;
    std::vector<std::pair<std::string, double>> samples;  // name with labels, value

    double value(const std::string& name) const {
        for (const auto& [one, value] : samples) {
            if (one == name) return value;
        }
        ADD_FAILURE() << "there is no sample " << name;
        return -1;
    }
};

/// Reads the text by the format's rules, and fails where it breaks one.
std::map<std::string, MetricFamily> read_metrics(const std::string& text) {
    std::map<std::string, MetricFamily> families;
    std::string family;
    std::size_t at = 0;
    bool ended = false;
    while (at < text.size()) {
        const auto end = text.find('\n', at);
        EXPECT_NE(end, std::string::npos) << "each line has its end";
        const std::string line = text.substr(at, end - at);
        at = end + 1;
        EXPECT_FALSE(ended) << "nothing stands behind EOF";
        if (line == "# EOF") {
            ended = true;
        } else if (line.starts_with("# TYPE ")) {
            const auto space = line.find(' ', 7);
            family = line.substr(7, space - 7);
            EXPECT_FALSE(families.contains(family)) << family << " comes twice";
            families[family].type = line.substr(space + 1);
        } else if (line.starts_with("# HELP ")) {
            EXPECT_TRUE(line.starts_with("# HELP " + family + " ")) << line;
            families[family].help = line.substr(8 + family.size());
        } else {
            const auto space = line.rfind(' ');
            double value = 0;
            const auto [stop, ec] = std::from_chars(line.data() + space + 1, line.data() + line.size(), value);
            EXPECT_TRUE(ec == std::errc{} && stop == line.data() + line.size()) << line;
            families[family].samples.emplace_back(line.substr(0, space), value);
        }
    }
    EXPECT_TRUE(ended);
    return families;
}

struct MetricsTest : ::testing::Test {
    MetricsTest() {
        report.paired = true;
        report.link = &link;
        report.browser = &browser;
        report.hooks = &hooks;
        report.commands = control::CommandCounters{.received = 7,
                                                   .outcomes = {{"result", 4}, {"error", 2}, {"denied", 1}},
                                                   .latency = {{0.005, 3}, {0.1, 2}, {30, 1}, {1e9, 1}},
                                                   .latency_sum = 1.25,
                                                   .in_flight = 2};
        report.clients = control::ClientCounters{.count = 1, .bytes = 10, .ended = {{"closed", 1}, {"lease", 0}}};
        link.round_trip = 250ms;
        link.state = realtime::State::joined;
    }
    std::map<std::string, MetricFamily> read() const { return read_metrics(control::metrics_text(report, now)); }

    TimePoint now{1h};
    realtime::Status link;
    cdp::BrowserStatus browser;
    hooks::HookCounters hooks;
    control::Report report;
};

TEST_F(MetricsTest, EachSampleIsOfItsFamilyAndType) {
    const std::map<std::string, std::set<std::string>> endings{
        {"gauge", {""}}, {"counter", {"_total"}}, {"histogram", {"_bucket", "_sum", "_count"}}};
    for (const auto& [name, family] : read()) {
        ASSERT_TRUE(endings.contains(family.type)) << name << " " << family.type;
        EXPECT_FALSE(family.samples.empty()) << name;
        EXPECT_TRUE(name.starts_with("bmc_agent_")) << name;
        EXPECT_FALSE(name.ends_with("_total")) << name;
        std::set<std::string> seen;
        for (const auto& [sample, value] : family.samples) {
            EXPECT_TRUE(seen.insert(sample).second) << sample << " comes twice";
            const std::string ending = sample.substr(0, sample.find('{')).substr(name.size());
            EXPECT_TRUE(sample.starts_with(name) && endings.at(family.type).contains(ending)) << sample;
            if (family.type != "gauge") {
                EXPECT_GE(value, 0) << sample;
            }
            const auto labels = sample.find('{');
            if (labels == std::string::npos) continue;
            EXPECT_THAT(sample.substr(labels), ::testing::MatchesRegex(R"(\{[a-z]+="[A-Za-z0-9_.+ -]+"\})"));
        }
    }
}

TEST_F(MetricsTest, EachHelpIsReadAlone) {
    for (const auto& [name, family] : read()) {
        ASSERT_FALSE(family.help.empty()) << name;
        const char first = family.help.front();
        EXPECT_TRUE((first >= 'A' && first <= 'Z') || first == '1') << name << ": " << family.help;
        for (const char* leaning : {" them", " that comes", "Since the start", "the same"}) {
            EXPECT_THAT(family.help, Not(HasSubstr(leaning))) << name;
        }
    }
}

TEST_F(MetricsTest, OneStateOfTheLinkHolds) {
    for (const auto state :
         {realtime::State::gate, realtime::State::connecting, realtime::State::joining, realtime::State::joined,
          realtime::State::waiting, realtime::State::draining, realtime::State::stopped}) {
        link.state = state;
        const auto states = read().at("bmc_agent_state");
        double holding = 0;
        for (const auto& [sample, value] : states.samples) holding += value;
        EXPECT_EQ(holding, 1);
        EXPECT_EQ(states.value("bmc_agent_state{state=\"" + std::string{to_string(state)} + "\"}"), 1);
    }
    report.paired = false;
    EXPECT_EQ(read().at("bmc_agent_state").value("bmc_agent_state{state=\"gate\"}"), 1);
}

TEST_F(MetricsTest, EachClosedSetHasOneThatHolds) {
    link.budget_why = realtime::Budget::Why::ceiling;
    link.twin = realtime::Twin::yielding;
    const auto families = read();
    for (const char* name : {"bmc_agent_budget_why", "bmc_agent_twin"}) {
        double holding = 0;
        for (const auto& [sample, value] : families.at(name).samples) holding += value;
        EXPECT_EQ(holding, 1) << name;
        EXPECT_EQ(families.at(name).samples.size(), 3u);
    }
}

TEST_F(MetricsTest, TheHistogramCountsUpToInfinity) {
    const auto seconds = read().at("bmc_agent_command_seconds");
    EXPECT_EQ(seconds.value("bmc_agent_command_seconds_bucket{le=\"0.005\"}"), 3);
    EXPECT_EQ(seconds.value("bmc_agent_command_seconds_bucket{le=\"0.1\"}"), 5);
    EXPECT_EQ(seconds.value("bmc_agent_command_seconds_bucket{le=\"30.0\"}"), 6);
    EXPECT_EQ(seconds.value("bmc_agent_command_seconds_bucket{le=\"+Inf\"}"), 7);
    EXPECT_EQ(seconds.value("bmc_agent_command_seconds_count"), 7);
    EXPECT_EQ(seconds.value("bmc_agent_command_seconds_sum"), 1.25);
    report.commands->latency.clear();
    EXPECT_FALSE(read().contains("bmc_agent_command_seconds"));
}

TEST_F(MetricsTest, ClosuresAreByReason) {
    link.counters.closes = 5;
    link.counters.rate_closures = 2;
    link.counters.failures[static_cast<std::size_t>(realtime::Class::rights)] = 3;
    const auto families = read();
    const auto& closures = families.at("bmc_agent_channel_closures");
    EXPECT_EQ(closures.value("bmc_agent_channel_closures_total{reason=\"rate\"}"), 2);
    EXPECT_EQ(closures.value("bmc_agent_channel_closures_total{reason=\"other\"}"), 3);
    const auto rights = "{reason=\"" + std::string{to_string(realtime::Class::rights)} + "\"}";
    EXPECT_EQ(families.at("bmc_agent_reconnects").value("bmc_agent_reconnects_total" + rights), 3);
}

TEST_F(MetricsTest, EachCauseOfBadHealthIsThere) {
    report.spool_trouble = "no room";
    browser.state = cdp::BrowserState::attached;
    const auto families = read();
    EXPECT_EQ(families.at("bmc_agent_healthy").value("bmc_agent_healthy"), 0);
    EXPECT_EQ(families.at("bmc_agent_health_cause").samples.size(), control::troubles);
    EXPECT_EQ(families.at("bmc_agent_health_cause").value("bmc_agent_health_cause{cause=\"spool_full\"}"), 1);
}

TEST_F(MetricsTest, WhatIsNotThereIsLeftOut) {
    report.link = nullptr;
    report.browser = nullptr;
    report.hooks = nullptr;
    report.commands.reset();
    report.clients.reset();
    const auto families = read();
    for (const char* name : {"bmc_agent_connections", "bmc_agent_browser_attached", "bmc_agent_hooks_started",
                             "bmc_agent_commands", "bmc_agent_clients", "bmc_agent_heartbeat_seconds"}) {
        EXPECT_FALSE(families.contains(name)) << name;
    }
    EXPECT_EQ(families.at("bmc_agent_state").value("bmc_agent_state{state=\"gate\"}"), 1);
}

TEST_F(MetricsTest, NumbersPassAsTheyAre) {
    report.uptime = 90'500ms;
    report.resident_bytes = 123'456'789'012;
    link.budget = 0.25;
    link.counters.bytes_in = std::uint64_t{1} << 52;
    const auto families = read();
    EXPECT_EQ(families.at("bmc_agent_uptime_seconds").value("bmc_agent_uptime_seconds"), 90.5);
    EXPECT_EQ(families.at("bmc_agent_resident_bytes").value("bmc_agent_resident_bytes"), 123'456'789'012.0);
    EXPECT_EQ(families.at("bmc_agent_budget").value("bmc_agent_budget"), 0.25);
    EXPECT_EQ(families.at("bmc_agent_received_bytes").value("bmc_agent_received_bytes_total"), 4503599627370496.0);
    EXPECT_EQ(families.at("bmc_agent_heartbeat_seconds").value("bmc_agent_heartbeat_seconds"), 0.25);
}

}  // namespace
