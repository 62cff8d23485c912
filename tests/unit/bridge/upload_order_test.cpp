// Which messages of a client wait while files go up, and which pass.
#include "agent/bridge/core/upload_order.hpp"

#include <gtest/gtest.h>

namespace bridge {
namespace {

std::string command(int id, const std::string& method, const std::string& session = {}) {
    const std::string at = session.empty() ? "" : R"(,"sessionId":")" + session + "\"";
    return R"({"id":)" + std::to_string(id) + R"(,"method":")" + method + R"(","params":{})" + at + "}";
}
std::string upload(int id, const std::string& session = {}) {
    const std::string at = session.empty() ? "" : R"(,"sessionId":")" + session + "\"";
    return R"({"id":)" + std::to_string(id) + R"(,"method":"DOM.setFileInputFiles","params":{"files":["/a"]})" + at +
           "}";
}

using Released = std::vector<std::string>;

TEST(UploadOrder, WithoutFilesAllPasses) {
    UploadOrder order;
    EXPECT_FALSE(order.takes(command(1, "Page.reload")));
    EXPECT_FALSE(order.takes(R"({"id":2,"method":"DOM.setFileInputFiles","params":{"files":[]}})"));
    EXPECT_FALSE(order.takes(R"({"id":3,"method":"Browser.setDownloadBehavior","params":{"behavior":"deny"}})"));
    EXPECT_TRUE(order.empty());
}

TEST(UploadOrder, OneSessionKeepsItsOrderAndOthersPass) {
    UploadOrder order;
    EXPECT_TRUE(order.takes(upload(1, "A")));
    EXPECT_FALSE(order.takes(command(2, "Page.reload", "B")));
    EXPECT_FALSE(order.takes(command(3, "Target.getTargets")));
    EXPECT_TRUE(order.takes(command(4, "Runtime.evaluate", "A")));
    EXPECT_TRUE(order.takes(command(5, "Page.reload", "A")));
    EXPECT_EQ(order.first(), upload(1, "A"));
    EXPECT_EQ(order.finish_first(), (Released{command(4, "Runtime.evaluate", "A"), command(5, "Page.reload", "A")}));
    EXPECT_TRUE(order.empty());
    EXPECT_EQ(order.bytes(), 0U);
    EXPECT_FALSE(order.takes(command(6, "Page.reload", "A")));
}

TEST(UploadOrder, TheClientsOwnSessionIsOneToo) {
    UploadOrder order;
    EXPECT_TRUE(order.takes(upload(1)));
    EXPECT_TRUE(order.takes(command(2, "Target.getTargets")));
    EXPECT_FALSE(order.takes(command(3, "Page.reload", "A")));
}

TEST(UploadOrder, TwoUploadsOfASessionAndOneOfAnother) {
    UploadOrder order;
    for (const auto& message : {upload(1, "A"), command(2, "Page.reload", "A"), upload(3, "B"), upload(4, "A"),
                                command(5, "Page.reload", "B"), command(6, "Page.reload", "A")}) {
        EXPECT_TRUE(order.takes(message)) << message;
    }
    EXPECT_EQ(order.finish_first(), Released{command(2, "Page.reload", "A")});
    EXPECT_EQ(order.first(), upload(3, "B"));
    EXPECT_EQ(order.finish_first(), Released{command(5, "Page.reload", "B")});
    EXPECT_EQ(order.first(), upload(4, "A"));
    EXPECT_EQ(order.bytes(), upload(4, "A").size() + command(6, "Page.reload", "A").size());
    EXPECT_EQ(order.finish_first(), Released{command(6, "Page.reload", "A")});
}

TEST(UploadOrder, WhatTheBrowserWaitsForPasses) {
    UploadOrder order;
    EXPECT_TRUE(order.takes(upload(1, "A")));
    for (const char* const method : {"Fetch.continueRequest", "Fetch.getResponseBody", "Page.handleJavaScriptDialog",
                                     "Debugger.resume", "Runtime.runIfWaitingForDebugger"}) {
        EXPECT_FALSE(order.takes(command(2, method, "A"))) << method;
    }
    for (const char* const method : {"Fetch.enable", "Fetch.disable", "Page.handleFileChooser"}) {
        EXPECT_TRUE(order.takes(command(2, method, "A"))) << method;
    }
}

TEST(UploadOrder, DraggedFilesAreFiles) {
    UploadOrder order;
    EXPECT_TRUE(
        order.takes(R"({"id":1,"method":"Input.dispatchDragEvent","params":{"type":"drop","data":{"files":["/a"]}}})"));
    EXPECT_TRUE(order.takes(R"({"id":2,"method":"Input.dispatchDragEvent","params":{"type":"drop","data":{}}})"));
    EXPECT_FALSE(order.takes(
        R"({"id":2,"method":"Input.dispatchDragEvent","params":{"type":"drop","data":{}},"sessionId":"B"})"));
}

}  // namespace
}  // namespace bridge
