// Files that clients of the bridge's port name: the far browser sees another disk.
#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include "agent/bridge/file_upload.hpp"
#include "tests/loop/bridge/local_fixture.hpp"

namespace bridge::test {
namespace {

struct LocalFiles : LocalSide {
    ScriptedBrowser::Client& client() { return *first.far.clients.at(0); }
    bool received(std::size_t messages) {
        return until([&] { return !first.far.clients.empty() && client().received.size() >= messages; });
    }
    static std::string content(const std::string& path) {
        std::ostringstream out;
        out << std::ifstream{path, std::ios::binary}.rdbuf();
        return out.str();
    }
    /// The client wants its downloads there.
    void direct(Websocket& socket, const std::string& behavior) {
        write(socket, R"({"id":1,"method":"Browser.setDownloadBehavior","params":{"behavior":")" + behavior +
                          R"(","downloadPath":")" + folder.path() + "\"}}");
        ASSERT_TRUE(received(1));
    }
    support::TemporaryFolder folder;
};

TEST_F(LocalFiles, AnUploadIsPutIntoTheFarSpoolFirst) {
    const std::string path = folder / "a b.txt";
    std::ofstream{path} << std::string(put_bytes + 1, 'x');
    first.far.answers["Agent.getInfo"] = {true, R"({"limits":{"spool":"/far"}})", {}};
    first.far.answers["Agent.filePut"] = {true, "{}", {}};
    serve();
    const auto opened = open(first.browser());
    write(*opened.socket, R"({"id":1,"method":"DOM.setFileInputFiles","params":{"files":[")" + path + "\"]}}");
    ASSERT_TRUE(received(1));
    EXPECT_EQ(client().received.front(),
              R"({"id":1,"method":"DOM.setFileInputFiles","params":{"files":["/far/a_b.txt"]}})");
    ASSERT_EQ(first.far.calls.size(), 3U);
    EXPECT_TRUE(first.far.calls[1].starts_with(R"(Agent.filePut{"client":"c1","data":"eHh4)"));
    EXPECT_TRUE(first.far.calls[2].ends_with(R"("data":"eA==","name":"a_b.txt","offset":131072})"));
    ASSERT_EQ(first.transfers.size(), 3U);
    EXPECT_EQ(first.transfers[0]->kind, Transfer::Kind::upload);
    EXPECT_EQ(first.transfers[0]->done, put_bytes);
    EXPECT_EQ(first.transfers[1]->done, first.transfers[1]->total);
    EXPECT_FALSE(first.transfers[2]) << "it is over";
}

TEST_F(LocalFiles, AnUploadThatCannotBeIsAnswered) {
    first.far.answers["Agent.getInfo"] = {true, R"({"limits":{"spool":"/far"}})", {}};
    serve();
    const auto opened = open(first.browser());
    write(*opened.socket, R"({"id":1,"method":"DOM.setFileInputFiles","params":{"files":["/nonexistent"]}})");
    EXPECT_EQ(read(*opened.socket),
              R"({"id":1,"error":{"code":-32000,"message":"/nonexistent: No such file or directory"}})");
    first.far.answers["Agent.getInfo"] = {true, R"({"limits":{}})", {}};
    const auto other = open(first.browser());
    write(*other.socket, R"({"id":1,"method":"DOM.setFileInputFiles","params":{"files":["/nonexistent"]}})");
    EXPECT_NE(read(*other.socket).find("takes no files"), std::string::npos);
}

TEST_F(LocalFiles, AnUploadHoldsUpItsSessionAlone) {
    const std::string path = folder / "a.txt";
    std::ofstream{path} << "x";
    first.far.answers["Agent.getInfo"] = {true, R"({"limits":{"spool":"/far"}})", {}};
    first.far.answers["Agent.filePut"] = {true, "{}", {}};
    first.far.held.insert("Agent.filePut");
    serve();
    const auto opened = open(first.browser());
    write(*opened.socket,
          R"({"id":1,"method":"DOM.setFileInputFiles","params":{"files":[")" + path + R"("]},"sessionId":"A"})");
    write(*opened.socket, R"({"id":2,"method":"Runtime.evaluate","sessionId":"A"})");
    write(*opened.socket, R"({"id":3,"method":"Fetch.continueRequest","sessionId":"A"})");
    write(*opened.socket, R"({"id":4,"method":"Runtime.evaluate","sessionId":"B"})");
    ASSERT_TRUE(received(2));
    EXPECT_TRUE(client().received[0].starts_with(R"({"id":3)"));
    EXPECT_TRUE(client().received[1].starts_with(R"({"id":4)"));
    ASSERT_TRUE(until([&] { return first.far.waiting != nullptr; }));
    first.far.let_go("Agent.filePut");
    ASSERT_TRUE(received(4));
    EXPECT_TRUE(client().received[2].starts_with(R"({"id":1)"));
    EXPECT_TRUE(client().received[3].starts_with(R"({"id":2)"));
}

TEST_F(LocalFiles, AClientIsNotReadBeyondWhatIsHeldBack) {
    const std::string path = folder / "a.txt";
    std::ofstream{path} << "x";
    first.far.answers["Agent.getInfo"] = {true, R"({"limits":{"spool":"/far"}})", {}};
    first.far.answers["Agent.filePut"] = {true, "{}", {}};
    first.far.held.insert("Agent.filePut");
    serve();
    const auto opened = open(first.browser());
    const std::string upload = R"({"id":1,"method":"DOM.setFileInputFiles","params":{"files":[")" + path + "\"]}}";
    write(*opened.socket, upload);
    std::string behind = R"({"id":2,"method":"Runtime.evaluate","params":{"expression":")";
    behind.append(held_back_limit - upload.size() - behind.size() - 3, 'x').append("\"}}");
    write(*opened.socket, behind);
    write(*opened.socket, R"({"id":3,"method":"Page.reload","sessionId":"B"})");
    ASSERT_TRUE(received(1)) << "up to the limit it is read";
    write(*opened.socket, R"({"id":4,"method":"Page.reload"})");
    write(*opened.socket, R"({"id":5,"method":"Page.reload","sessionId":"B"})");
    ASSERT_TRUE(until([&] { return first.far.waiting != nullptr; }));
    // Another client's connection is served later than what this one has written.
    const auto other = open(first.browser());
    EXPECT_EQ(client().received.size(), 1U);
    first.far.let_go("Agent.filePut");
    ASSERT_TRUE(received(5));
    EXPECT_TRUE(client().received.back().starts_with(R"({"id":5)"));
}

TEST_F(LocalFiles, AClientThatLeavesDuringItsUploadIsGone) {
    const std::string path = folder / "a.txt";
    std::ofstream{path} << "x";
    first.far.answers["Agent.getInfo"] = {true, R"({"limits":{"spool":"/far"}})", {}};
    first.far.held.insert("Agent.filePut");
    serve();
    {
        const auto opened = open(first.browser());
        write(*opened.socket, R"({"id":1,"method":"DOM.setFileInputFiles","params":{"files":[")" + path + "\"]}}");
        ASSERT_TRUE(until([&] { return first.far.waiting != nullptr; }));
    }
    EXPECT_TRUE(until([&] { return first.far.clients.empty(); }));
}

TEST_F(LocalFiles, DraggedFilesArePutOnceADrag) {
    const std::string path = folder / "a.txt";
    std::ofstream{path} << "x";
    first.far.answers["Agent.getInfo"] = {true, R"({"limits":{"spool":"/far"}})", {}};
    first.far.answers["Agent.filePut"] = {true, "{}", {}};
    serve();
    const auto opened = open(first.browser());
    std::size_t messages = 0;
    for (int drag = 1; drag <= 2; ++drag) {
        for (const std::string type : {"dragEnter", "dragOver", "drop"}) {
            write(*opened.socket, R"({"id":1,"method":"Input.dispatchDragEvent","params":{"type":")" + type +
                                      R"(","data":{"files":[")" + path + R"("]}}})");
            ASSERT_TRUE(received(++messages));
            EXPECT_EQ(client().received.back(), R"({"id":1,"method":"Input.dispatchDragEvent","params":{"type":")" +
                                                    type + R"(","data":{"files":["/far/a.txt"]}}})");
        }
        EXPECT_EQ(first.far.calls.size(), 1U + static_cast<std::size_t>(drag));
    }
    write(*opened.socket,
          R"({"id":9,"method":"Input.dispatchDragEvent","params":{"type":"drop","data":{"files":["/nonexistent"]}}})");
    EXPECT_EQ(read(*opened.socket),
              R"({"id":9,"error":{"code":-32000,"message":"/nonexistent: No such file or directory"}})");
}

// The names are cut at the front: what tells the two apart stood there.
TEST_F(LocalFiles, TwoUploadsOfOneLongNameAreTwoFiles) {
    const std::string name(140, 'x');
    for (const auto* part : {"a", "b"}) {
        std::filesystem::create_directory(folder / part);
        std::ofstream{folder / part + "/" + name} << part;
    }
    first.far.answers["Agent.getInfo"] = {true, R"({"limits":{"spool":"/far"}})", {}};
    first.far.answers["Agent.filePut"] = {true, "{}", {}};
    serve();
    const auto opened = open(first.browser());
    const auto one = folder / "a" + "/" + name, other = folder / "b" + "/" + name;
    write(*opened.socket,
          R"({"id":1,"method":"DOM.setFileInputFiles","params":{"files":[")" + one + "\",\"" + other + "\"]}}");
    ASSERT_TRUE(received(1));
    EXPECT_EQ(client().received.front().substr(0, 300),
              (R"({"id":1,"method":"DOM.setFileInputFiles","params":{"files":["/far/)" + std::string(128, 'x') +
               R"(","/far/1-)" + std::string(126, 'x') + "\"]}}")
                  .substr(0, 300));
}

TEST_F(LocalFiles, ADownloadIsHereBeforeItIsComplete) {
    first.far.answers["Agent.fileRead"] = {true, R"({"data":"YWI/","eof":true,"base64Encoded":true,"size":3})", {}};
    serve();
    for (const auto& [behavior, name] : {std::pair{"allowAndName", "G"}, {"allow", "a.txt"}, {"allow", "a (1).txt"}}) {
        const auto opened = open(first.browser());
        direct(*opened.socket, behavior);
        EXPECT_NE(client().received.front().find("eventsEnabled"), std::string::npos);
        const std::string begins =
            R"({"method":"Browser.downloadWillBegin","params":{"guid":"G","suggestedFilename":"a.txt"}})";
        client().listener.on_message(begins);
        client().listener.on_message(
            R"({"method":"Browser.downloadProgress","params":{"guid":"G","state":"completed"}})");
        EXPECT_EQ(read(*opened.socket), begins);
        const auto completed = read(*opened.socket);
        EXPECT_NE(completed.find(folder / name), std::string::npos) << completed;
        EXPECT_EQ(content(folder / name), "ab?");
        opened.socket->next_layer().close();
        ASSERT_TRUE(until([&] { return first.far.clients.empty(); }));
    }
}

TEST_F(LocalFiles, TwoClientsThatHearOfOneDownloadAndShareAFolderBothHaveIt) {
    first.far.answers["Agent.fileRead"] = {true, R"({"data":"YWI/","eof":true,"base64Encoded":true,"size":3})", {}};
    serve();
    const auto one = open(first.browser());
    direct(*one.socket, "allowAndName");
    const auto other = open(first.browser());
    direct(*other.socket, "allowAndName");
    const std::string done = R"({"method":"Browser.downloadProgress","params":{"guid":"G","state":"completed"}})";
    ASSERT_TRUE(until([&] { return first.far.clients.size() == 2 && !first.far.clients[1]->received.empty(); }));
    for (auto* const heard_by : first.far.clients) heard_by->listener.on_message(done);
    EXPECT_NE(read(*one.socket).find(folder / "G"), std::string::npos);
    EXPECT_NE(read(*other.socket).find(folder / "G"), std::string::npos);
    EXPECT_EQ(content(folder / "G"), "ab?");
    const auto entries = std::distance(std::filesystem::directory_iterator{folder.path()}, {});
    EXPECT_EQ(entries, 1) << "no half file may stay";
}

TEST_F(LocalFiles, ADownloadThatCannotBeBroughtHereIsCancelled) {
    first.far.answers["Agent.fileRead"] = {false, {}, R"({"code":-32602,"message":"The client has no such file."})"};
    serve();
    const auto opened = open(first.browser());
    direct(*opened.socket, "allowAndName");
    client().listener.on_message(R"({"method":"Browser.downloadProgress","params":{"guid":"G","state":"completed"}})");
    EXPECT_EQ(read(*opened.socket),
              R"({"method":"Browser.downloadProgress","params":{"guid":"G","state":"canceled"}})");
    EXPECT_FALSE(std::filesystem::exists(folder / "G"));
}

TEST_F(LocalFiles, NothingThatIsThereIsWrittenTo) {
    first.far.answers["Agent.fileRead"] = {true, R"({"data":"YWI/","eof":true,"base64Encoded":true,"size":3})", {}};
    std::ofstream{folder / "G"} << "mine";
    std::filesystem::create_symlink(folder / "nowhere", folder / "a.txt");
    ASSERT_EQ(::mkfifo((folder / "a (1).txt").c_str(), 0600), 0);
    serve();
    const auto by_guid = open(first.browser());
    direct(*by_guid.socket, "allowAndName");
    client().listener.on_message(R"({"method":"Browser.downloadProgress","params":{"guid":"G","state":"completed"}})");
    EXPECT_NE(read(*by_guid.socket).find("canceled"), std::string::npos);
    EXPECT_EQ(content(folder / "G"), "mine");
    by_guid.socket->next_layer().close();
    ASSERT_TRUE(until([&] { return first.far.clients.empty(); }));

    const auto by_name = open(first.browser());
    direct(*by_name.socket, "allow");
    client().listener.on_message(
        R"({"method":"Browser.downloadWillBegin","params":{"guid":"H","suggestedFilename":"a.txt"}})");
    client().listener.on_message(R"({"method":"Browser.downloadProgress","params":{"guid":"H","state":"completed"}})");
    read(*by_name.socket);
    EXPECT_NE(read(*by_name.socket).find(folder / "a (2).txt"), std::string::npos);
    EXPECT_EQ(content(folder / "a (2).txt"), "ab?");
    EXPECT_FALSE(std::filesystem::exists(folder / "nowhere"));
    const auto entries = std::distance(std::filesystem::directory_iterator{folder.path()}, {});
    EXPECT_EQ(entries, 4) << "no half file may stay";
}

TEST_F(LocalFiles, ADownloadIsFetchedOnceThoughItsEndIsToldTwice) {
    first.far.answers["Agent.fileRead"] = {true, R"({"data":"YWI/","eof":true,"base64Encoded":true,"size":3})", {}};
    serve();
    const auto opened = open(first.browser());
    direct(*opened.socket, "allowAndName");
    const std::string of_page = R"({"method":"Page.downloadProgress","params":{"guid":"G","state":"completed"}})";
    client().listener.on_message(of_page);
    client().listener.on_message(R"({"method":"Browser.downloadProgress","params":{"guid":"G","state":"completed"}})");
    // What comes later goes where the client wants it then.
    write(*opened.socket, R"({"id":2,"method":"Browser.setDownloadBehavior","params":{"behavior":"deny"}})");
    EXPECT_EQ(read(*opened.socket), of_page);
    EXPECT_NE(read(*opened.socket).find(folder / "G"), std::string::npos);
    EXPECT_EQ(content(folder / "G"), "ab?");
    EXPECT_EQ(first.far.calls.size(), 1U);
}

}  // namespace
}  // namespace bridge::test
