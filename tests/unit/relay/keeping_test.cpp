// What the relay keeps on disk: streams, the audit trail, a pause.
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>

#include "agent/relay/audit.hpp"
#include "agent/relay/io_streams.hpp"
#include "agent/relay/pause.hpp"
#include "cdp/core/streams.hpp"
#include "platform/file.hpp"
#include "platform/log/log.hpp"
#include "platform/worker.hpp"
#include "tests/support/temp_folder.hpp"
#include "tests/unit/relay/spilled.hpp"

namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;
using nlohmann::json;

class Keeping : public testing::Test {
  protected:
    static std::string text_of(const fs::path& path) {
        std::ostringstream out;
        out << std::ifstream{path}.rdbuf();
        return out.str();
    }

    // Runs the loop until it is so; the test's own limit ends what never comes.
    template <class Predicate>
    bool run_until(Predicate&& so) {
        io.restart();
        while (!so()) {
            if (io.run_one_for(4s) == 0) return false;
        }
        return true;
    }

    const tests::TempFolder temp;  // goes after the worker that writes there
    const fs::path folder = temp.path();
    boost::asio::io_context io;
    platform::Worker files{"files"};
};

TEST_F(Keeping, StreamsSpillToAFileWithoutANameAndReadBack) {
    relay::StreamSettings settings;
    settings.folder = folder.string();
    settings.memory_bytes = 1000;
    relay::IoStreams streams{io.get_executor(), settings, files};
    const std::string text = std::string(3000, 'a') + std::string(3000, '"') + std::string(3000, 'b');
    const TimePoint now = platform::BootClock::now();
    const std::string handle = streams.keep(text, now);
    EXPECT_TRUE(tests::in_memory(streams, handle));
    std::string first;
    streams.read({handle, {}, 10, 2002}, now, [&](const relay::Piece& piece) { first = piece.data; });
    EXPECT_EQ(first, text.substr(0, 10)) << "read at once while it is in memory";
    const auto run = [&]() -> awaitable<void> { co_await streams.run(); };
    net::co_spawn(io, run, rethrow);
    ASSERT_TRUE(run_until([&] { return !tests::in_memory(streams, handle); }));
    std::string read = first;
    bool eof = false;
    const std::function<void(const relay::Piece&)> next = [&](const relay::Piece& piece) {
        ASSERT_TRUE(piece.known && !piece.failed);
        read += piece.data;
        eof = piece.eof;
        if (!eof) streams.read({handle, {}, {}, 2002}, platform::BootClock::now(), next);
    };
    streams.read({handle, {}, {}, 2002}, now, next);
    EXPECT_TRUE(run_until([&] { return eof; }));
    EXPECT_EQ(read, text);
    EXPECT_TRUE(fs::is_empty(folder)) << "the file has no name";
    streams.stop();
    io.run();
}

TEST_F(Keeping, StreamsStayInMemoryWhereTheFolderCannotTakeThem) {
    relay::StreamSettings settings;
    settings.folder = (folder / "nowhere").string();
    settings.memory_bytes = 10;
    relay::IoStreams streams{io.get_executor(), settings, files};
    const std::string handle = streams.keep(std::string(100, 'x'), platform::BootClock::now());
    const auto run = [&]() -> awaitable<void> { co_await streams.run(); };
    net::co_spawn(io, run, rethrow);
    platform::Timer later{io};
    bool passed = false;
    later.expires_after(50ms);
    later.async_wait([&](Error) { passed = true; });
    ASSERT_TRUE(run_until([&] { return passed; }));
    EXPECT_TRUE(tests::in_memory(streams, handle));
    streams.stop();
    io.run();
}

TEST(StreamTable, BoundsNumberAndBytesAndForgets) {
    cdp::StreamTable table{{2, 100, 5min, 30s}};
    const TimePoint t{};
    ASSERT_TRUE(table.add("a", 40, t));
    ASSERT_TRUE(table.add("b", 40, t + 1s));
    EXPECT_FALSE(table.add("c", 10, t + 30s - 1ns)) << "both are in use";
    EXPECT_FALSE(table.add("c", 101, t + 1min)) << "larger than all room";
    EXPECT_EQ(table.count(), 2u) << "who cannot come in pushes nobody out";
    ASSERT_TRUE(table.add("c", 10, t + 30s)) << "the longest untouched goes";
    EXPECT_EQ(table.take_gone().size(), 1u);
    EXPECT_EQ(table.find("a"), nullptr);
    EXPECT_EQ(table.bytes(), 50u);
    EXPECT_EQ(table.next_expiry(), t + 1s + 5min);
    table.expire(t + 1s + 5min - 1ns);
    EXPECT_EQ(table.count(), 2u);
    table.expire(t + 1s + 5min);
    EXPECT_EQ(table.count(), 1u);
    EXPECT_TRUE(table.close("c"));
    EXPECT_FALSE(table.close("c"));
    EXPECT_EQ(table.bytes(), 0u);
    EXPECT_FALSE(table.next_expiry());
}

TEST(FitQuoted, CountsWhatQuotingAddsAndTearsNoCharacter) {
    EXPECT_EQ(relay::fit_quoted("abc", 5), 3u);
    EXPECT_EQ(relay::fit_quoted("abc", 4), 2u);
    EXPECT_EQ(relay::fit_quoted("\"\"\"", 7), 2u);
    EXPECT_EQ(relay::fit_quoted("\n\x01", 8), 1u);
    EXPECT_EQ(relay::fit_quoted("\n\x01", 10), 2u);
    EXPECT_EQ(relay::fit_quoted("aé", 4), 1u);
    EXPECT_EQ(relay::fit_quoted("aé", 5), 3u);
    EXPECT_EQ(relay::fit_quoted("abc", 1), 0u);
}

relay::AuditRecord record() {
    relay::AuditRecord out;
    out.id = "\"x\\u000a\\u202e\"";
    out.method = "Page.navigate";
    out.session = "S";
    out.outcome = "ok";
    out.rule = "test";
    out.origin = "https://a";
    out.command_bytes = 10;
    out.result_bytes = 20;
    out.took = 1500us;
    return out;
}

TEST(AuditLine, SaysWhatHappenedAndNothingThatCommandsATerminal) {
    const std::string line =
        relay::write_audit_line(record(), std::chrono::sys_time<std::chrono::milliseconds>{1'700'000'000'123ms});
    EXPECT_EQ(line.back(), '\n');
    EXPECT_EQ(line.find('\n'), line.size() - 1);
    EXPECT_EQ(json::parse(line), (json{{"time", "2023-11-14T22:13:20.123Z"},
                                       {"id", "x"},
                                       {"method", "Page.navigate"},
                                       {"session", "S"},
                                       {"outcome", "ok"},
                                       {"rule", "test"},
                                       {"origin", "https://a"},
                                       {"bytes_in", 10},
                                       {"bytes_out", 20},
                                       {"ms", 1.5}}));
    relay::AuditRecord numbered = record();
    numbered.id = "1e2";
    EXPECT_NE(relay::write_audit_line(numbered, {}).find("\"id\":1e2,"), std::string::npos);
    numbered.id = "null";
    EXPECT_EQ(json::parse(relay::write_audit_line(numbered, {}))["id"], nullptr);
}

// Runs while a command is recorded; what was logged meanwhile, a JSON object a line.
std::vector<json> logged_by(const relay::AuditSettings& settings, boost::asio::io_context& io,
                            platform::Worker& files) {
    relay::Audit audit{io.get_executor(), settings, files};
    platform::log::set_format(platform::log::Format::json);  // and so with the lines of earlier tests out of the way
    testing::internal::CaptureStderr();
    audit.record(record());
    audit.record({.id = "7", .outcome = "bad_request", .command_bytes = 3});
    const auto run = [&]() -> awaitable<void> { co_await audit.run(); };
    net::co_spawn(io, run, rethrow);
    audit.stop();
    io.restart();
    io.run();
    platform::log::set_format(platform::log::Format::automatic);
    std::vector<json> lines;
    std::istringstream text{testing::internal::GetCapturedStderr()};
    for (std::string line; std::getline(text, line);) lines.push_back(json::parse(line));
    return lines;
}

TEST_F(Keeping, AuditGoesToTheJournalWhereTheOwnerSaysSo) {
    EXPECT_TRUE(logged_by({}, io, files).empty()) << "nobody wants it";
    relay::AuditSettings settings;
    settings.journal = true;
    auto lines = logged_by(settings, io, files);
    ASSERT_EQ(lines.size(), 2u);
    for (auto& line : lines) EXPECT_EQ(line.erase("time"), 1u);
    EXPECT_EQ(lines[0], (json{{"level", "info"},
                              {"message", "command x Page.navigate: ok after 1 ms"},
                              {"bmc_command_id", "x"},
                              {"bmc_method", "Page.navigate"},
                              {"bmc_session", "S"},
                              {"bmc_outcome", "ok"},
                              {"bmc_rule", "test"},
                              {"bmc_origin", "https://a"},
                              {"bmc_bytes_in", "10"},
                              {"bmc_bytes_out", "20"},
                              {"bmc_ms", "1.500"}}));
    EXPECT_EQ(lines[1]["message"], "command 7 (unreadable): bad_request after 0 ms");
    settings.file = (folder / "audit.jsonl").string();
    EXPECT_EQ(logged_by(settings, io, files).size(), 2u);
    const std::string text = text_of(settings.file);
    EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), 2) << "both";
}

TEST_F(Keeping, AuditRotatesBySize) {
    relay::AuditSettings settings;
    settings.file = (folder / "audit.jsonl").string();
    settings.max_bytes = 400;
    settings.keep = 2;
    relay::Audit audit{io.get_executor(), settings, files};
    int left = 12;
    const auto write = [&]() -> awaitable<void> {
        platform::Timer timer{io};
        while (left-- > 0) {
            audit.record(record());
            timer.expires_after(1ms);
            co_await timer.async_wait(no_throw);
        }
        audit.stop();
    };
    const auto run = [&]() -> awaitable<void> { co_await audit.run(); };
    net::co_spawn(io, run, rethrow);
    net::co_spawn(io, write, rethrow);
    io.run();
    EXPECT_EQ(audit.lost(), 0u);
    for (const char* name : {"audit.jsonl", "audit.jsonl.1", "audit.jsonl.2"}) {
        const std::string text = text_of(folder / name);
        EXPECT_FALSE(text.empty()) << name;
        EXPECT_LE(text.size(), settings.max_bytes) << name;
        std::istringstream lines{text};
        for (std::string line; std::getline(lines, line);) EXPECT_EQ(json::parse(line)["method"], "Page.navigate");
        struct stat status {};
        ::stat((folder / name).c_str(), &status);
        EXPECT_EQ(status.st_mode & 0777u, 0600u) << name;
    }
    EXPECT_FALSE(fs::exists(folder / "audit.jsonl.3"));
}

TEST_F(Keeping, AuditRefusesOnlyWhereTheOwnerSaysSo) {
    for (const auto on_error : {relay::AuditSettings::OnError::proceed, relay::AuditSettings::OnError::refuse}) {
        relay::AuditSettings settings;
        settings.file = (folder / "missing" / "audit.jsonl").string();
        settings.on_error = on_error;
        relay::Audit audit{io.get_executor(), settings, files};
        const auto run = [&]() -> awaitable<void> { co_await audit.run(); };
        net::co_spawn(io, run, rethrow);
        const bool refuses = on_error == relay::AuditSettings::OnError::refuse;
        audit.record(record());
        ASSERT_TRUE(run_until([&] { return audit.lost() == 1; }));
        EXPECT_EQ(audit.refusal().empty(), !refuses);
        fs::create_directory(folder / "missing");
        audit.record(record());
        ASSERT_TRUE(run_until([&] { return fs::exists(settings.file) && audit.refusal().empty(); }));
        audit.record(record());
        audit.stop();
        io.run();
        EXPECT_EQ(text_of(settings.file).empty(), false);
        fs::remove_all(folder / "missing");
    }
}

TEST_F(Keeping, AuditSaysThatItStoppedAndGoesOnByItself) {
    relay::AuditSettings settings;
    settings.file = (folder / "missing" / "audit.jsonl").string();
    relay::Audit audit{io.get_executor(), settings, files};
    std::vector<bool> told;
    audit.on_change([&] { told.push_back(!audit.trouble().empty()); });
    const auto run = [&]() -> awaitable<void> { co_await audit.run(); };
    net::co_spawn(io, run, rethrow);
    audit.record(record());
    ASSERT_TRUE(run_until([&] { return audit.lost() == 1; }));
    EXPECT_EQ(told, std::vector<bool>{true});
    EXPECT_NE(audit.trouble().find("No such file or directory; 1 lines were lost"), std::string::npos)
        << audit.trouble();
    fs::create_directory(folder / "missing");
    audit.record(record());
    ASSERT_TRUE(run_until([&] { return audit.trouble().empty(); }));
    EXPECT_EQ(told, (std::vector<bool>{true, false}));
    audit.stop();
    io.run();
    std::istringstream lines{text_of(settings.file)};
    std::string line;
    ASSERT_TRUE(std::getline(lines, line));
    auto gap = json::parse(line);
    EXPECT_EQ(gap.erase("time"), 1u);
    EXPECT_EQ(gap, (json{{"outcome", "lost"}, {"lines", 1}}));
    ASSERT_TRUE(std::getline(lines, line));
    EXPECT_EQ(json::parse(line)["method"], "Page.navigate");
    EXPECT_EQ(audit.lost(), 1u) << "since the start";
}

TEST_F(Keeping, AuditFollowsItsNameWhenTheFileIsTakenAway) {
    relay::AuditSettings settings;
    settings.file = (folder / "audit.jsonl").string();
    relay::Audit audit{io.get_executor(), settings, files};
    const auto run = [&]() -> awaitable<void> { co_await audit.run(); };
    net::co_spawn(io, run, rethrow);
    ASSERT_TRUE(run_until([&] { return fs::exists(settings.file); }));
    for (int time = 0; time < 2; ++time) {
        fs::remove(settings.file);
        audit.record(record());
        ASSERT_TRUE(run_until([&] { return fs::exists(settings.file) && !text_of(settings.file).empty(); }));
    }
    audit.stop();
    io.run();
    EXPECT_EQ(audit.lost(), 0u);
}

TEST_F(Keeping, PauseSurvivesRestartsAndEnds) {
    const relay::WallTime now{1'700'000'000s};
    EXPECT_FALSE(relay::load_pause(folder, now));
    ASSERT_FALSE(relay::store_pause(folder, {now + 60s}));
    ASSERT_TRUE(relay::load_pause(folder, now));
    EXPECT_EQ(relay::load_pause(folder, now)->until, now + 60s);
    EXPECT_TRUE(relay::load_pause(folder, now + 59s));
    EXPECT_FALSE(relay::load_pause(folder, now + 60s));
    ASSERT_FALSE(relay::store_pause(folder, {}));
    ASSERT_TRUE(relay::load_pause(folder, now));
    EXPECT_FALSE(relay::load_pause(folder, now)->until);
    ASSERT_FALSE(relay::clear_pause(folder));
    EXPECT_FALSE(relay::load_pause(folder, now));
    EXPECT_FALSE(relay::clear_pause(folder)) << "again";
    ASSERT_FALSE(platform::write_file(relay::pause_file(folder), "scribble"));
    ASSERT_TRUE(relay::load_pause(folder, now)) << "somebody wanted a pause";
    EXPECT_FALSE(relay::load_pause(folder, now)->until);
}

TEST(PauseTime, IsReadWithItsUnit) {
    EXPECT_EQ(relay::read_pause_time("90"), 90s);
    EXPECT_EQ(relay::read_pause_time("90s"), 90s);
    EXPECT_EQ(relay::read_pause_time("10m"), 10min);
    EXPECT_EQ(relay::read_pause_time("10min"), 10min);
    EXPECT_EQ(relay::read_pause_time("2h"), 2h);
    EXPECT_EQ(relay::read_pause_time("30d"), 30 * 24h);
    for (const char* bad : {"", "0", "-1", "31d", "721h", "1w", "m", "1.5h", "99999999999999999999", "10 m"}) {
        EXPECT_FALSE(relay::read_pause_time(bad)) << bad;
    }
    EXPECT_EQ(relay::Pause{}.for_people(relay::WallTime{}), "until it is resumed");
    EXPECT_EQ((relay::Pause{relay::WallTime{90s}}.for_people(relay::WallTime{30s})), "for 1 min");
}

}  // namespace
