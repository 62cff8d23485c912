// Every recorded trace is played at the hub: what the recorded server answered the hub must answer, times and ids
// aside.
#include <gtest/gtest.h>

#include <cstdio>
#include <filesystem>
#include <set>

#include "tests/hub/conformance/replay.hpp"

namespace conformance {
namespace {

namespace fs = std::filesystem;

/// What the hub does not model, or answers otherwise than recorded, and why that is so. Printed by the test.
struct Difference {
    const char* trace;  ///< its name
    const char* part;   ///< of the report about it; "" only for the print
    const char* reason;
};
constexpr Difference differences[] = {
    {"06-payload-size", "recorded: close 1006\n      hub: close 1009",
     "over the frame limit the server closes while the client still sends: the recording client saw the reset first, "
     "the replaying one reads the close frame (06b has the bytes)"},
    {"06-payload-size", "",
     "the frames of the bisection are not in the recording; the limits that it found have tests of their own"},
    {"07-rate-limit", "", "of each burst the recording holds every 150th message: those between are put back"},
    {"12-postgres-changes", "",
     "subscription ids are Erlang hashes: compared one to one; filters know eq and neq, and row security is not "
     "applied"},
    {"13-server-stop", "", "the server ends its process; the hub in the same process only stops listening"},
    {"14-bad-messages", "",
     "the error of an impossible subscription comes at once, not after the server's 0.01 to 3 s"},
    {"16-replay-and-database-broadcast", "", "rows of one transaction come back in order, not reversed"},
    {"18-database-down", "", "the first join after the outage waits 5 s, not the 15 s of the pool's time-out"},
    {"*", "",
     "text is encoded anew as the server does (keys sorted), but a number beyond 64 bits or in exponent form may be "
     "spelt otherwise, and objects of more than 32 keys are sorted too"},
    {"*", "",
     "tokens: HS256 alone; one tenant; no long-poll transport; no process heap limits, so no 1006 or phx_error "
     "for their sake"},
};

const fs::path folder = fs::path{BMC_TEST_DATA} / "traces";

std::vector<std::string> traces() {
    std::vector<std::string> names;
    for (const auto& entry : fs::directory_iterator{folder})
        if (entry.path().extension() == ".jsonl") names.push_back(entry.path().stem().string());
    std::sort(names.begin(), names.end());
    return names;
}

std::string test_name(const testing::TestParamInfo<std::string>& info) {
    auto name = info.param;
    for (char& c : name)
        if (std::isalnum(static_cast<unsigned char>(c)) == 0) c = '_';
    return "trace_" + name;
}

class TraceConformance : public testing::TestWithParam<std::string> {};

TEST_P(TraceConformance, AnswersAsRecorded) {
    const auto name = GetParam();
    Replay replay{Trace{folder / (name + ".jsonl")}};
    std::set<const Difference*> seen;
    for (const auto& problem : replay.run()) {
        const auto known = std::find_if(std::begin(differences), std::end(differences), [&](const Difference& one) {
            return name == one.trace && *one.part != 0 && problem.find(one.part) != std::string::npos;
        });
        if (known == std::end(differences))
            ADD_FAILURE() << problem;
        else
            seen.insert(known);
    }
    for (const auto& one : differences) {
        if (name != one.trace) continue;
        std::printf("not modelled in %s: %s\n", one.trace, one.reason);
        EXPECT_TRUE(*one.part == 0 || seen.count(&one) != 0) << "no longer differs, strike it off: " << one.reason;
    }
}

TEST(Conformance, SaysWhatIsNotModelledAnywhere) {
    EXPECT_GT(traces().size(), 20U) << "the recordings are not where they should be";
    for (const auto& one : differences)
        if (std::string_view{one.trace} == "*") std::printf("not modelled: %s\n", one.reason);
}

INSTANTIATE_TEST_SUITE_P(Traces, TraceConformance, testing::ValuesIn(traces()), test_name);

}  // namespace
}  // namespace conformance
