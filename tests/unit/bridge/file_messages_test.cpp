// What messages say of a client's files, and what is made of them.
#include "agent/bridge/core/file_messages.hpp"

#include <gtest/gtest.h>

namespace bridge {
namespace {

TEST(BridgeFiles, TheFolderForDownloadsIsRead) {
    const auto named = read_files_sent(
        R"({"id":1,"method":"Browser.setDownloadBehavior","params":{"behavior":"allowAndName","downloadPath":"\/tmp\/a"}})");
    ASSERT_TRUE(named.downloads);
    EXPECT_EQ(named.downloads->folder, "/tmp/a");
    EXPECT_TRUE(named.downloads->by_guid);
    const auto denied = read_files_sent(
        R"({"id":1,"method":"Browser.setDownloadBehavior","params":{"behavior":"deny","downloadPath":"/tmp/a"}})");
    ASSERT_TRUE(denied.downloads);
    EXPECT_EQ(denied.downloads->folder, "");
}

TEST(BridgeFiles, EventsAreAskedForAndAllElseStays) {
    EXPECT_EQ(
        with_download_events(
            R"({"id":1,"method":"Browser.setDownloadBehavior","params":{"eventsEnabled":false,"behavior":"allow"},"sessionId":"S"})"),
        R"({"id":1,"method":"Browser.setDownloadBehavior","params":{"behavior":"allow","eventsEnabled":true},"sessionId":"S"})");
    const std::string of_page = R"({"id":1,"method":"Page.setDownloadBehavior","params":{"behavior":"allow"}})";
    EXPECT_EQ(with_download_events(of_page), of_page);
}

TEST(BridgeFiles, PathsAreReadAndReplaced) {
    const std::string message =
        R"({"id":7,"method":"DOM.setFileInputFiles","params":{"files":["/a/b.txt","/c \"d\""],"objectId":"9"},"sessionId":"S"})";
    EXPECT_EQ(read_files_sent(message).paths, (std::vector<std::string>{"/a/b.txt", "/c \"d\""}));
    EXPECT_EQ(
        with_paths(message, {"/spool/b.txt"}),
        R"({"id":7,"method":"DOM.setFileInputFiles","params":{"objectId":"9","files":["/spool/b.txt"]},"sessionId":"S"})");
    EXPECT_EQ(refuse_command(message, "no"), R"({"id":7,"sessionId":"S","error":{"code":-32000,"message":"no"}})");
}

TEST(BridgeFiles, DraggedFilesAreReadAndReplaced) {
    const std::string enter =
        R"({"id":7,"method":"Input.dispatchDragEvent","params":{"type":"dragEnter","data":{"items":[],"files":["/a","/b"],"dragOperationsMask":1},"x":1},"sessionId":"S"})";
    EXPECT_EQ(read_files_sent(enter).paths, (std::vector<std::string>{"/a", "/b"}));
    EXPECT_FALSE(read_files_sent(enter).goes_on);
    EXPECT_EQ(
        with_paths(enter, {"/spool/a", "/spool/b"}),
        R"({"id":7,"method":"Input.dispatchDragEvent","params":{"type":"dragEnter","x":1,"data":{"items":[],"dragOperationsMask":1,"files":["/spool/a","/spool/b"]}},"sessionId":"S"})");
    for (const std::string type : {"dragOver", "drop", "dragCancel"}) {
        const auto later =
            R"({"id":8,"method":"Input.dispatchDragEvent","params":{"data":{"files":["/a"]},"type":")" + type + "\"}}";
        EXPECT_EQ(read_files_sent(later).paths, std::vector<std::string>{"/a"});
        EXPECT_TRUE(read_files_sent(later).goes_on) << type;
    }
    for (const char* const none : {R"({"id":1,"method":"Input.dispatchDragEvent","params":{"data":{"items":[]}}})",
                                   R"({"id":1,"method":"Input.dispatchDragEvent","params":{"files":["/a"]}})",
                                   R"({"id":1,"method":"Input.dispatchDragEvent","params":{"data":7}})"}) {
        EXPECT_TRUE(read_files_sent(none).paths.empty()) << none;
    }
}

TEST(BridgeFiles, TheHeadOfACommandIsRead) {
    const auto head = read_command_head(R"({"id":7,"method":"Page.reload","sessionId":"S"})");
    EXPECT_EQ(head.method, "Page.reload");
    EXPECT_EQ(head.session, "S");
    EXPECT_EQ(read_command_head(R"({"id":7})").method, "");
    EXPECT_EQ(read_command_head("[").session, "");
}

TEST(BridgeFiles, OtherMessagesSayNothing) {
    for (const char* const message :
         {R"({"id":1,"method":"Runtime.evaluate","params":{"expression":"\"DOM.setFileInputFiles\""}})",
          R"({"id":1,"method":"DOM.setFileInputFiles"})", R"({"method":"x"})",
          R"({"id":1,"params":{"files":["/a"]}})"}) {
        EXPECT_FALSE(read_files_sent(message).downloads) << message;
        EXPECT_TRUE(read_files_sent(message).paths.empty()) << message;
    }
}

TEST(BridgeFiles, ADownloadIsFollowedAndItsEndTellsTheLocalPath) {
    const auto begins = read_download_event(
        R"({"method":"Browser.downloadWillBegin","params":{"guid":"G","suggestedFilename":"a.bin","url":"u"}})");
    EXPECT_EQ(begins.kind, DownloadEvent::Kind::begins);
    EXPECT_EQ(begins.name, "a.bin");
    const std::string end =
        R"({"method":"Browser.downloadProgress","params":{"guid":"G","state":"completed","filePath":"/far/G"}})";
    EXPECT_EQ(read_download_event(end).kind, DownloadEvent::Kind::completed);
    EXPECT_EQ(read_download_event(end).guid, "G");
    EXPECT_EQ(
        completed_at(end, "/near/a.bin"),
        R"({"method":"Browser.downloadProgress","params":{"guid":"G","state":"completed","filePath":"/near/a.bin"}})");
    EXPECT_EQ(completed_at(end, ""),
              R"({"method":"Browser.downloadProgress","params":{"guid":"G","filePath":"/far/G","state":"canceled"}})");
    const std::string on_its_way =
        R"({"method":"Browser.downloadProgress","params":{"guid":"G","state":"inProgress"}})";
    EXPECT_EQ(read_download_event(on_its_way).kind, DownloadEvent::Kind::none);
}

TEST(BridgeFiles, AGuidIsNoPath) {
    const auto kind_of = [](const std::string& guid) {
        const auto event = R"({"method":"Browser.downloadProgress","params":{"state":"completed","guid":")" + guid;
        return read_download_event(event + "\"}}").kind;
    };
    EXPECT_EQ(kind_of("0f8fad5b-d9cb-469f-a165-70867728950e"), DownloadEvent::Kind::completed);
    EXPECT_EQ(kind_of(std::string(64, 'a')), DownloadEvent::Kind::completed);
    EXPECT_EQ(kind_of(std::string(65, 'a')), DownloadEvent::Kind::none);
    for (const char* const guid : {"", "package.json", ".npmrc", "../a", "a/b", "a b"}) {
        EXPECT_EQ(kind_of(guid), DownloadEvent::Kind::none) << guid;
    }
}

TEST(BridgeFiles, ThePagesOwnEventsAreReadToo) {
    const std::string end =
        R"({"method":"Page.downloadProgress","params":{"guid":"G","state":"completed"},"sessionId":"S"})";
    EXPECT_EQ(read_download_event(end).kind, DownloadEvent::Kind::completed);
    EXPECT_EQ(completed_at(end, "/near/a.bin"), end) << "it has no member for the path";
    EXPECT_EQ(read_download_event(R"({"method":"Page.downloadWillBegin","params":{"guid":"G"}})").kind,
              DownloadEvent::Kind::begins);
    EXPECT_EQ(
        read_download_event(R"({"method":"Page.downloadProgress","params":{"guid":"G","state":"canceled"}})").kind,
        DownloadEvent::Kind::canceled);
}

}  // namespace
}  // namespace bridge
