// Each call that writes the audit trail fails once: no line that was there is lost, none is half, and how many are
// missing is said exactly.
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_future.hpp>
#include <filesystem>
#include <fstream>
#include <future>
#include <nlohmann/json.hpp>

#include "agent/relay/audit.hpp"
#include "platform/worker.hpp"
#include "tests/support/temp_folder.hpp"
#include "tests/unit/failing_calls/failing_calls.hpp"

namespace {

namespace fs = std::filesystem;
using failing_calls::failed_call;
using nlohmann::json;
using namespace std::chrono_literals;

constexpr int earlier = 3;     // lines of an earlier run
constexpr int of_a_round = 5;  // lines that are gathered and written together
constexpr int rounds = 3;

class FailingAudit : public testing::TestWithParam<failing_calls::Failure> {
  protected:
    /// All lines, the oldest first.
    static std::vector<json> lines_of(const relay::AuditSettings& settings) {
        std::vector<json> all;
        for (int number = settings.keep; number >= 0; --number) {
            std::ifstream file{settings.file + (number > 0 ? '.' + std::to_string(number) : "")};
            for (std::string line; std::getline(file, line);) {
                all.push_back(json::parse(line, nullptr, false));
                EXPECT_FALSE(all.back().is_discarded()) << line << " after " << failed_call();
            }
        }
        return all;
    }

    relay::AuditSettings fresh() {
        const fs::path folder = temp / std::to_string(++turns);
        fs::create_directory(folder);
        relay::AuditSettings settings;
        settings.file = (folder / "audit.jsonl").string();
        settings.max_bytes = 400;  // four lines
        settings.keep = 7;
        std::ofstream file{settings.file};
        fs::permissions(settings.file, fs::perms{0600});
        for (int id = 1; id <= earlier; ++id) file << R"({"id":)" << id << "}\n";
        return settings;
    }

    template <class Predicate>
    bool run_until(Predicate&& so) {
        io.restart();
        while (!so()) {
            if (io.run_one_for(4s) == 0) return false;
        }
        return true;
    }

    /// All lines between two jobs of the worker: while one runs, half a line may be there that it is about to take
    /// back.
    std::vector<json> settled_lines_of(const relay::AuditSettings& settings) {
        auto read = [settings] { return lines_of(settings); };
        auto lines = net::co_spawn(io, platform::run_blocking(files, std::move(read)), net::use_future);
        const auto there = [&lines] { return lines.wait_for(0s) == std::future_status::ready; };
        if (run_until(there)) return lines.get().value();
        ADD_FAILURE() << "the worker does not answer after " << failed_call();
        return {};
    }

    /// Records lines with the ids after `last`; true: it is known what became of all.
    bool record(relay::Audit& audit, const relay::AuditSettings& settings, int& last, int count) {
        for (int i = 0; i < count; ++i) {
            const std::string id = std::to_string(++last);
            audit.record({.id = id, .outcome = "ok"});
        }
        const auto end = std::chrono::steady_clock::now() + 4s;
        while (std::chrono::steady_clock::now() < end) {
            const auto lines = settled_lines_of(settings);
            const auto gaps = std::count_if(lines.begin(), lines.end(),
                                            [](const json& line) { return line.value("outcome", "") == "lost"; });
            if (std::ssize(lines) - gaps + static_cast<long>(audit.lost()) >= last) return true;
        }
        return false;
    }

    const tests::TempFolder temp;  // goes after the worker that writes there
    boost::asio::io_context io;
    platform::Worker files{"files"};
    int turns = 0;
};

TEST_P(FailingAudit, KeepsItsLinesAndSaysHowManyAreMissing) {
    const auto write = [&](const auto& begin) {
        const auto settings = fresh();
        begin(fs::path{settings.file}.parent_path().string());
        relay::Audit audit{io.get_executor(), settings, files};
        bool told = false;
        audit.on_change([&] { told = told || !audit.trouble().empty(); });
        const auto run = [&]() -> awaitable<void> { co_await audit.run(); };
        net::co_spawn(io, run, rethrow);
        int last = earlier;
        for (int round = 0; round < rounds; ++round)
            EXPECT_TRUE(record(audit, settings, last, of_a_round)) << failed_call();
        // With one more it is seen that the disk takes lines again.
        EXPECT_TRUE(record(audit, settings, last, 1)) << failed_call();
        if (!audit.trouble().empty()) {
            EXPECT_TRUE(record(audit, settings, last, 1)) << failed_call();
        }
        EXPECT_TRUE(run_until([&] { return audit.trouble().empty(); }))
            << audit.trouble() << " after " << failed_call();
        audit.stop();
        io.run();

        std::size_t missing = 0;
        int written = 0;
        int newest = 0;
        for (const json& line : lines_of(settings)) {
            if (line.value("outcome", "") == "lost") {
                missing += line["lines"].get<std::size_t>();
                continue;
            }
            ++written;
            EXPECT_GT(line["id"], newest) << failed_call();
            newest = line["id"];
            if (written <= earlier) {
                EXPECT_EQ(newest, written) << failed_call();
            }
        }
        EXPECT_EQ(audit.lost(), missing) << failed_call();
        EXPECT_EQ(written + static_cast<int>(missing), last) << failed_call();
        EXPECT_TRUE(told || missing == 0) << failed_call();
    };
    EXPECT_GE(failing_calls::walk(GetParam(), write), 20U) << "the walk saw no calls";
}

INSTANTIATE_TEST_SUITE_P(Disk, FailingAudit, failing_calls::all_failures(), failing_calls::name_of);

}  // namespace
