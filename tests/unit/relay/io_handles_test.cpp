#include "agent/relay/core/io_handles.hpp"

#include <gtest/gtest.h>

namespace {

using relay::IoHandles;

TEST(IoHandles, KnowsWhatResultsGave) {
    IoHandles handles;
    EXPECT_FALSE(handles.knows({"S"}, "1"));
    handles.on_result({"S"}, "Page.printToPDF", R"({"data":"","stream":"1"})");
    handles.on_result({"S"}, "Network.loadNetworkResource", R"({"resource":{"success":true,"stream":"2"}})");
    handles.on_result({""}, "IO.resolveBlob", R"({"uuid":"ab-c"})");
    handles.on_result({"S"}, "Runtime.evaluate", R"({"stream":"3","result":{"stream":"4"}})");
    handles.on_result({"S"}, "Page.printToPDF", R"({"data":"JVBE"})");
    EXPECT_TRUE(handles.knows({"S"}, "1"));
    EXPECT_TRUE(handles.knows({"S"}, "2"));
    EXPECT_TRUE(handles.knows({""}, "blob:ab-c"));
    EXPECT_FALSE(handles.knows({""}, "ab-c"));
    EXPECT_FALSE(handles.knows({""}, "1")) << "given in another session";
    EXPECT_FALSE(handles.knows({"S"}, "3")) << "a page may write what it likes into a result";
    EXPECT_FALSE(handles.knows({"S"}, "4"));
    EXPECT_FALSE(handles.knows({"S", "SHA256:a"}, "1")) << "given to a command without a key";
    handles.on_result({"S", "SHA256:a"}, "Page.printToPDF", R"({"stream":"5"})");
    EXPECT_TRUE(handles.knows({"S", "SHA256:a"}, "5"));
    EXPECT_FALSE(handles.knows({"S", "SHA256:b"}, "5"));
    EXPECT_FALSE(handles.knows({"S"}, "5"));
    handles.clear();
    EXPECT_FALSE(handles.knows({"S"}, "2"));
}

TEST(IoHandles, KeepsTheNewest) {
    IoHandles handles;
    for (std::size_t i = 0; i <= IoHandles::max_handles; ++i) {
        handles.on_result({"S"}, "Page.printToPDF", R"({"stream":")" + std::to_string(i) + "\"}");
    }
    EXPECT_EQ(handles.size(), IoHandles::max_handles);
    EXPECT_FALSE(handles.knows({"S"}, "0"));
    EXPECT_TRUE(handles.knows({"S"}, "1"));
    EXPECT_TRUE(handles.knows({"S"}, std::to_string(IoHandles::max_handles)));
}

}  // namespace
