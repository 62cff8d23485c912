// How many round trips a file costs between the two machines: pieces go several at a time.
#include <algorithm>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>

#include "agent/bridge/file_download.hpp"
#include "agent/bridge/file_upload.hpp"
#include "agent/bridge/incoming_file.hpp"
#include "platform/crypto.hpp"
#include "tests/support/child.hpp"

namespace bridge::test {
namespace {

using namespace std::chrono_literals;
using nlohmann::json;

/// The far machine, a long way off: it keeps one file as the agent does, and its answers go when the test says so, as
/// those of one round trip.
class FarSpool final : public FarBrowser {
  public:
    explicit FarSpool(net::any_io_executor executor) : executor_{std::move(executor)} {}

    std::unique_ptr<FarClient> open(const OpenWish&, ClientListener&) override { return nullptr; }
    awaitable<Answer> call(Call call) override {
        Answer answer = call.method == "Agent.filePut" ? put(json::parse(call.params)) : read(json::parse(call.params));
        platform::Timer wait{executor_, TimePoint::max()};
        waiting_.push_back(&wait);
        co_await wait.async_wait(no_throw);
        co_return answer;
    }
    /// So many commands are under way, and get their answers.
    std::size_t waiting() const { return waiting_.size(); }
    void answer_all() {
        for (platform::Timer* const one : std::exchange(waiting_, {})) one->cancel();
    }

    std::string file;
    std::size_t most = read_bytes;         // of one answer, in bytes
    std::size_t lost = std::string::npos;  // a piece at that offset is not taken, once
    bool refused = false;
    std::size_t shrink_after = std::string::npos;  // reads, after which an answer has less room

  private:
    Answer put(const json& params) {
        const std::size_t offset = params["offset"];
        if (offset == lost) {
            lost = std::string::npos;
            return {.error = R"({"code":-32000,"message":"It came too late."})"};
        }
        if (refused) return {.error = R"({"code":-32000,"message":"The spool has no room for it."})"};
        if (offset > file.size()) return {.error = R"({"code":-32000,"message":"The offset is beyond the end."})"};
        file.resize(offset);
        file += platform::from_base64(params["data"].get<std::string>()).value();
        return {.ok = true, .result = "{}"};
    }
    Answer read(const json& params) {
        if (shrink_after-- == 0) most = 100'000;
        const std::size_t offset = params["offset"];
        const std::string piece =
            file.substr(std::min(offset, file.size()), std::min(params["size"].get<std::size_t>(), most));
        const json result{{"data", platform::base64(piece)},
                          {"eof", offset + piece.size() >= file.size()},
                          {"base64Encoded", true},
                          {"size", file.size()}};
        return {.ok = true, .result = result.dump()};
    }

    net::any_io_executor executor_;
    std::vector<platform::Timer*> waiting_;
};

struct OneClient final : FarClient {
    bool send(std::string_view) override { return true; }
    const std::string& name() const noexcept override { return called; }
    const std::string called = "c1";
};

struct FileWindow : ::testing::Test {
    /// How many commands each of the round trips has that `work` takes.
    template <class Work>
    std::vector<std::size_t> round_trips(Work work) {
        bool over = false;
        const auto run = [&]() -> awaitable<void> {
            co_await work();
            over = true;
        };
        net::co_spawn(io, run, rethrow);
        std::vector<std::size_t> all;
        while (!over) {
            settle();
            if (far.waiting() > 0) all.push_back(far.waiting());
            far.answer_all();
            support::run_until(
                io, [&] { return over || far.waiting() > 0; }, 5s);
        }
        return all;
    }
    /// Lets everybody who can send a command do so: the disk has answered all that it was asked.
    void settle() {
        for (int turn = 0; turn < 16; ++turn) {
            bool passed = false;
            disk.post([&](std::stop_token) { net::post(io, [&passed] { passed = true; }); });
            support::run_until(
                io, [&] { return passed; }, 5s);
        }
    }
    std::string write_file(std::size_t bytes) {
        std::string text(bytes, '\0');
        for (std::size_t i = 0; i < bytes; ++i) text[i] = static_cast<char>('a' + i / 1000 % 26);
        std::ofstream{folder / "file", std::ios::binary} << text;
        return text;
    }
    std::vector<std::size_t> upload() {
        return round_trips([this]() -> awaitable<void> {
            FileUpload upload{{far, client, disk, show}, folder / "file", "file"};
            problem = co_await upload.run();
        });
    }
    std::vector<std::size_t> download() {
        return round_trips([this]() -> awaitable<void> {
            auto file = *IncomingFile::create(folder.path());
            FileDownload download{{far, client, disk, show}, "G", "file"};
            here = co_await download.into(file);
            if (here) here = static_cast<bool>(file->finish("came", true));
        });
    }
    std::string came() const {
        std::ostringstream out;
        out << std::ifstream{folder / "came", std::ios::binary}.rdbuf();
        return out.str();
    }

    net::io_context io;
    support::TemporaryFolder folder;
    FarSpool far{io.get_executor()};
    OneClient client;
    platform::Worker disk{"files"};
    const ShowTransfer show;
    std::string problem = "not run";
    bool here = false;
};

using Trips = std::vector<std::size_t>;

TEST_F(FileWindow, AnUploadTakesARoundTripForManyPiecesAndOneForTheLast) {
    const std::string text = write_file(20 * put_bytes + 7);
    EXPECT_EQ(upload(), (Trips{8, 8, 4, 1}));
    EXPECT_EQ(problem, "");
    EXPECT_TRUE(far.file == text);
}

TEST_F(FileWindow, AnUploadOfOnePieceTakesOneRoundTrip) {
    for (const std::size_t bytes : {std::size_t{0}, std::size_t{5}, put_bytes}) {
        const std::string text = write_file(bytes);
        far.file = "older and longer";
        EXPECT_EQ(upload(), (Trips{1})) << bytes;
        EXPECT_TRUE(far.file == text) << bytes;
    }
}

TEST_F(FileWindow, APieceThatWentAstrayIsPutAgainWithAllBehindIt) {
    const std::string text = write_file(10 * put_bytes);
    far.lost = 3 * put_bytes;
    upload();
    EXPECT_EQ(problem, "");
    EXPECT_TRUE(far.file == text);
}

TEST_F(FileWindow, AnUploadThatIsRefusedSaysWhy) {
    write_file(10 * put_bytes);
    far.file.clear();
    far.refused = true;
    upload();
    EXPECT_NE(problem.find("no room"), std::string::npos) << problem;
}

TEST_F(FileWindow, ADownloadTakesARoundTripForManyPieces) {
    far.file = write_file(10 * read_bytes + 7);
    EXPECT_EQ(download(), (Trips{1, 4, 4, 2}));
    EXPECT_TRUE(here);
    EXPECT_TRUE(came() == far.file);
}

TEST_F(FileWindow, ADownloadWhosePiecesAreCutToAPayloadLimitTakesNoMore) {
    far.most = 190'000;
    far.file = write_file(9 * far.most);
    EXPECT_EQ(download(), (Trips{1, 4, 4}));
    EXPECT_TRUE(came() == far.file);
}

TEST_F(FileWindow, ADownloadOfOnePieceTakesOneRoundTrip) {
    far.file = "";
    EXPECT_EQ(download(), (Trips{1}));
    EXPECT_TRUE(here);
    EXPECT_EQ(came(), "");
}

TEST_F(FileWindow, ADownloadGoesOnWhereThePiecesBecomeShorter) {
    far.file = write_file(6 * read_bytes);
    far.shrink_after = 2;
    download();
    EXPECT_TRUE(here);
    EXPECT_TRUE(came() == far.file);
}

}  // namespace
}  // namespace bridge::test
