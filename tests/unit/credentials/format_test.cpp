// The text of credential.json: what is written is read back, and what cannot be read says why.
#include "agent/credentials/format.hpp"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "agent/credentials/store.hpp"

namespace credentials {
namespace {

constexpr const char* format_uuid = "6f1c2a3b-0000-4000-8000-000000000001";

Credential full_credential() {
    Credential credential;
    credential.device_uuid = format_uuid;
    credential.device_name = "desk";
    credential.account = "a@example.org";
    credential.access_token = Secret("access");
    credential.api_key = Secret("key");
    credential.paired_at = WallTime(std::chrono::seconds(1'700'000'000));
    credential.expires_at = WallTime(std::chrono::seconds(1'800'000'000));
    credential.refresh = RefreshGrant{Secret("refresh"), "client", "https://x/token", "https://x/revoke", "https://x"};
    return credential;
}

std::string text_without(const char* key) {
    auto tree = nlohmann::json::parse(to_text(full_credential(), {}).reveal());
    tree.erase(key);
    return tree.dump();
}

TEST(CredentialText, IsReadBackAsItWasWritten) {
    const Credential before = full_credential();
    const auto stored = from_text(to_text(before, {"salt", "id", "product"}).reveal());
    ASSERT_TRUE(stored);
    const Credential& after = stored->credential;
    EXPECT_EQ(after.device_uuid, before.device_uuid);
    EXPECT_EQ(after.device_name, "desk");
    EXPECT_EQ(after.account, "a@example.org");
    EXPECT_EQ(after.access_token.reveal(), "access");
    EXPECT_EQ(after.api_key.reveal(), "key");
    EXPECT_EQ(after.paired_at, before.paired_at);
    EXPECT_EQ(after.expires_at, before.expires_at);
    ASSERT_TRUE(after.refresh);
    EXPECT_EQ(after.refresh->token.reveal(), "refresh");
    EXPECT_EQ(after.refresh->revocation_url, "https://x/revoke");
    EXPECT_EQ(stored->machine.salt, "salt");
    EXPECT_EQ(stored->machine.machine, "id");
    EXPECT_EQ(stored->machine.product, "product");
    EXPECT_EQ(pairing_of(after), pairing_of(before));
}

TEST(CredentialText, LivesWithoutWhatEarlierReleasesDidNotWrite) {
    for (const char* key : {"account", "api_key", "refresh", "backend", "expires_at", "machine", "pairing"}) {
        EXPECT_TRUE(from_text(text_without(key))) << key;
    }
    EXPECT_FALSE(from_text(text_without("refresh"))->credential.refresh);
    EXPECT_FALSE(from_text(text_without("expires_at"))->credential.expires_at);
}

TEST(CredentialText, WithoutATokenOrADeviceItIsDamaged) {
    for (const char* key : {"access_token", "device", "format"}) {
        EXPECT_EQ(from_text(text_without(key)).error(), Errc::damaged) << key;
    }
    for (const std::string_view text : {"", "[]", "{", "7", R"({"format":0})"}) {
        EXPECT_EQ(from_text(text).error(), Errc::damaged) << text;
    }
    auto tree = nlohmann::json::parse(to_text(full_credential(), {}).reveal());
    tree["device"]["uuid"] = "no uuid";
    EXPECT_EQ(from_text(tree.dump()).error(), Errc::damaged);
}

TEST(CredentialText, OfANewerReleaseSaysSo) {
    auto tree = nlohmann::json::parse(to_text(full_credential(), {}).reveal());
    tree["format"] = credential_format + 1;
    EXPECT_EQ(from_text(tree.dump()).error(), Errc::newer_format);
}

TEST(CredentialText, ARefreshGrantWithoutATokenIsNone) {
    auto tree = nlohmann::json::parse(to_text(full_credential(), {}).reveal());
    tree["refresh"]["token"] = "";
    EXPECT_FALSE(from_text(tree.dump())->credential.refresh);
}

TEST(CredentialText, OpensWithItsOwnKeyAlone) {
    const Secret key(std::string(32, 'k'));
    const std::string sealed = seal_text(key, Secret("the text"));
    EXPECT_TRUE(is_sealed(sealed));
    EXPECT_EQ(sealed.find("the text"), std::string::npos);
    const auto opened = unseal_text(key, sealed);
    ASSERT_TRUE(opened);
    EXPECT_EQ(opened->reveal(), "the text");
    EXPECT_EQ(unseal_text(Secret(std::string(32, 'x')), sealed).error(), Errc::key_wrong);
    EXPECT_EQ(unseal_text(key, R"({"sealed":"!"})").error(), Errc::damaged);
    EXPECT_EQ(unseal_text(key, "nonsense").error(), Errc::damaged);
    EXPECT_FALSE(is_sealed(to_text(full_credential(), {}).reveal()));
}

TEST(Pairing, IsTheSameForTheFileAndForMemory) {
    Credential one = full_credential();
    const std::string name = pairing_of(one);
    EXPECT_EQ(name.size(), 32u);
    EXPECT_EQ(pairing_of(full_credential()), name);
    one.paired_at += std::chrono::seconds(1);
    EXPECT_NE(pairing_of(one), name) << "another pairing";
    one.pairing_id = "kept";
    EXPECT_EQ(pairing_of(one), "kept") << "a refresh changes the token and not the pairing";
}

}  // namespace
}  // namespace credentials
