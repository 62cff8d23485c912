// What Agent.fileRead and Agent.filePut take.
#include "agent/relay/core/file_text.hpp"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace {

using relay::read_file_request;

TEST(FileRequest, ReadsWhatIsAskedFor) {
    const auto read = read_file_request(R"({"client":"c","name":"a.bin","offset":7,"size":9})", false);
    EXPECT_EQ(read.wrong, "");
    EXPECT_EQ(read.client, "c");
    EXPECT_EQ(read.name, "a.bin");
    EXPECT_EQ(read.offset, 7u);
    EXPECT_EQ(read.size, 9u);
    const auto put = read_file_request(R"({"client":"c","name":"a","data":"\/w=="})", true);
    EXPECT_EQ(put.wrong, "");
    EXPECT_EQ(put.data, "/w==");
    EXPECT_EQ(put.offset, 0u);
    EXPECT_FALSE(put.size);
}

TEST(FileRequest, RefusesEverythingElse) {
    for (const std::string params :
         {"", "{}", R"({"name":"a"})", R"({"client":"c"})", R"({"client":"c","name":7})",
          R"({"client":"c","name":"a","offset":-1})", R"({"client":"c","name":"a","offset":"1"})",
          R"({"client":"c","name":"a","size":0})", R"({"client":"c","name":"a","name":"b"})",
          R"({"client":"c","name":"a","offset":1,"offset":2})", R"({"client":"c","name":"a","data":"x"})"}) {
        EXPECT_NE(read_file_request(params, false).wrong, "") << params;
    }
    EXPECT_NE(read_file_request(R"({"client":"c","name":"a"})", true).wrong, "") << "nothing to put";
    for (const std::string name : {"..", ".a", "a/b", "/etc/passwd", "", "ä", "a b"}) {
        const std::string params = nlohmann::json{{"client", "c"}, {"name", name}}.dump();
        EXPECT_NE(read_file_request(params, false).wrong, "") << name;
    }
    const auto of_size = [](std::size_t size) {
        return nlohmann::json{{"client", "c"}, {"name", std::string(size, 'a')}}.dump();
    };
    EXPECT_EQ(read_file_request(of_size(128), false).wrong, "");
    EXPECT_NE(read_file_request(of_size(129), false).wrong, "");
}

TEST(FilePiece, IsWrittenWithinItsOverhead) {
    const std::string text = relay::write_file_piece("QUJD", true, std::size_t{1} << 62);
    EXPECT_LE(text.size(), 4 + relay::file_piece_overhead);
    EXPECT_EQ(
        nlohmann::json::parse(text),
        (nlohmann::json{{"base64Encoded", true}, {"data", "QUJD"}, {"eof", true}, {"size", std::size_t{1} << 62}}));
}

}  // namespace
