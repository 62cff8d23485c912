// The doctor's lines: their order, their two texts, whether one failed.
#include "agent/doctor/report.hpp"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace {

using doctor::Outcome;
using doctor::Report;
using nlohmann::json;

TEST(DoctorReport, KeepsTheOrderInWhichItWasFound) {
    Report report;
    report.add("one", Outcome::ok, "a");
    report.skip({"two", "three"}, "why");
    report.add({"four", Outcome::failed, "d", "mend it"});
    const auto found = report.take();
    ASSERT_EQ(found.size(), 4U);
    EXPECT_EQ(found[0].check, "one");
    EXPECT_EQ(found[1].check, "two");
    EXPECT_EQ(found[2].check, "three");
    EXPECT_EQ(found[2].outcome, Outcome::skipped);
    EXPECT_EQ(found[2].what, "why");
    EXPECT_EQ(found[3].remedy, "mend it");
}

TEST(DoctorReport, FindsTheFirstOfACheckSoThatALaterOneCanCorrectIt) {
    Report report;
    report.add("proxy", Outcome::ok, "first");
    report.add("proxy", Outcome::ok, "second");
    auto* found = report.find("proxy");
    ASSERT_NE(found, nullptr);
    EXPECT_EQ(found->what, "first");
    found->outcome = Outcome::failed;
    EXPECT_EQ(report.findings().front().outcome, Outcome::failed);
    EXPECT_EQ(report.find("tls"), nullptr);
}

TEST(DoctorReport, ForPeopleItIsALineACheckWithTheRemedyBelow) {
    Report report;
    report.add("dns", Outcome::ok, "two addresses");
    report.add("tls", Outcome::warning, "old", "renew it");
    report.add("join", Outcome::failed, "no", "pair");
    report.add("write", Outcome::skipped, "not joined");
    EXPECT_EQ(doctor::for_people(report.findings()),
              "ok      dns: two addresses\n"
              "warning tls: old\n"
              "        -> renew it\n"
              "failed  join: no\n"
              "        -> pair\n"
              "skipped write: not joined\n");
}

TEST(DoctorReport, ForProgramsItIsAnArrayOfObjectsInOneLine) {
    Report report;
    report.add("tls", Outcome::warning, "old", "renew it");
    const auto text = doctor::as_json(report.findings());
    EXPECT_EQ(text.find('\n'), text.size() - 1);
    EXPECT_EQ(json::parse(text),
              (json::array({{{"check", "tls"}, {"outcome", "warning"}, {"what", "old"}, {"remedy", "renew it"}}})));
    EXPECT_EQ(doctor::as_json({}), "[]\n");
}

TEST(DoctorReport, ASentenceFromElsewhereNeitherBreaksTheLineNorFillsTheScreen) {
    Report report;
    report.add("join", Outcome::failed, "one\ntwo\x1b[31m" + std::string(5000, 'x'), "a\nb");
    const auto text = doctor::for_people(report.findings());
    EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), 2);
    EXPECT_EQ(text.find('\x1b'), std::string::npos);
    EXPECT_LT(text.size(), 1000U);
}

TEST(DoctorReport, OnlyAFailureCountsAsOne) {
    Report report;
    EXPECT_FALSE(doctor::any_failed(report.findings()));
    report.add("a", Outcome::ok, "x");
    report.add("b", Outcome::warning, "x", "y");
    report.skip({"c"}, "x");
    EXPECT_FALSE(doctor::any_failed(report.findings()));
    report.add("d", Outcome::failed, "x", "y");
    EXPECT_TRUE(doctor::any_failed(report.findings()));
}

}  // namespace
