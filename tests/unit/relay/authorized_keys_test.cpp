#include "agent/relay/core/authorized_keys.hpp"

#include <gtest/gtest.h>

#include "platform/core/base64.hpp"

namespace {

using relay::read_key_file;
using relay::read_key_line;

const std::string alice = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIE84NgCNpcDHmN6TdjBMWW4P0V/83rldXAT64aaaCvXZ";

/// A line with a key of its own for each `number`.
std::string numbered_line(int number) {
    platform::PublicKey key;
    key.bytes[0] = static_cast<char>(number & 255);
    key.bytes[1] = static_cast<char>(number >> 8 & 255);
    return platform::openssh_line(key, "n" + std::to_string(number));
}

TEST(AuthorizedKeys, ReadsALineAsOpensshWritesIt) {
    for (const std::string& line : {alice + " alice@lab", "  " + alice + "\talice@lab \r", alice + "  alice@lab"}) {
        const auto read = read_key_line(line);
        ASSERT_TRUE(read.key) << line << read.wrong;
        EXPECT_EQ(read.key->name, "alice@lab");
        EXPECT_EQ(platform::openssh_line(read.key->key, ""), alice);
    }
    EXPECT_EQ(read_key_line(alice).key->name, "");
    EXPECT_EQ(read_key_line(alice + " Alice of the lab").key->name, "Alice of the lab");
}

TEST(AuthorizedKeys, PassesOverCommentsAndBlankLines) {
    for (const std::string& line : std::vector<std::string>{"", "   ", "# " + alice, "\t#", "\r"}) {
        const auto read = read_key_line(line);
        EXPECT_FALSE(read.key) << line;
        EXPECT_EQ(read.wrong, "") << line;
    }
}

TEST(AuthorizedKeys, RefusesOptionsRatherThanToIgnoreThem) {
    for (const std::string options :
         {"no-pty", R"(command="echo \"hi\"")", "from=\"10.0.0.1\",restrict", "cert-authority"}) {
        EXPECT_NE(read_key_line(options + " " + alice + " alice").wrong.find("has options"), std::string::npos)
            << options;
    }
}

TEST(AuthorizedKeys, NamesTheTypeThatItDoesNotTake) {
    for (const std::string type : {"ssh-rsa", "ecdsa-sha2-nistp256", "sk-ssh-ed25519@openssh.com", "ssh-dss",
                                   "ssh-ed25519-cert-v01@openssh.com"}) {
        EXPECT_NE(read_key_line(type + " AAAA bob").wrong.find("the type " + type), std::string::npos) << type;
    }
}

TEST(AuthorizedKeys, RefusesWhatIsNoWholeKey) {
    EXPECT_NE(read_key_line("ssh-ed25519").wrong, "");
    EXPECT_NE(read_key_line("ssh-ed25519 AAAA alice").wrong, "");
    EXPECT_NE(read_key_line(alice.substr(0, alice.size() - 4) + " alice").wrong, "");
    EXPECT_NE(read_key_line("hello world").wrong, "");
    EXPECT_NE(read_key_line(alice + " a\x1b[2J").wrong, "");
    EXPECT_NE(read_key_line(alice + " " + std::string(129, 'x')).wrong, "");
    // Of another type inside than outside.
    EXPECT_NE(read_key_line("ssh-ed25519 AAAAB3NzaC1yc2EAAAADAQABAAAAgQ== alice").wrong, "");
}

TEST(AuthorizedKeys, AFileWithAnErrorIsNotUsedAtAllAndTheLineIsNamed) {
    const auto good = read_key_file("# people\n\n" + alice + " alice\n" + numbered_line(1) + "\r\n" + numbered_line(2));
    EXPECT_EQ(good.wrong, "");
    ASSERT_EQ(good.keys.size(), 3u);
    EXPECT_EQ(good.keys[2].name, "n2");
    EXPECT_EQ(relay::find_key(good.keys, good.keys[1].key), &good.keys[1]);
    const auto bad = read_key_file(alice + " alice\n\nssh-rsa AAAA bob\n");
    EXPECT_TRUE(bad.keys.empty());
    EXPECT_EQ(bad.line, 3u);
    EXPECT_NE(read_key_file(alice + " alice\n" + alice + " bob\n").wrong, "") << "whose it is would be unclear";
}

TEST(AuthorizedKeys, AreBounded) {
    std::string text;
    for (int i = 0; i < 4096; ++i) text += numbered_line(i) + "\n";
    EXPECT_EQ(read_key_file(text).wrong, "");
    EXPECT_NE(read_key_file(text + numbered_line(4096)).wrong, "");
}

}  // namespace
