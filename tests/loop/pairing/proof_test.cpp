// The proof of a credential against the stand-in of the backend: joined, refused for good, or not to be reached.
#include "agent/pairing/proof.hpp"

#include <gmock/gmock.h>

#include "agent/credentials/store.hpp"
#include "tests/loop/pairing/with_hub.hpp"
#include "tests/support/store.hpp"
#include "tests/support/temp_folder.hpp"

namespace pairing::test {
namespace {

using credentials::Credential;
using credentials::Secret;
using ::testing::Each;
using ::testing::HasSubstr;
using ::testing::Not;

class ProofWithHub : public WithHub {
  protected:
    Credential credential(const std::string& token, const char* device = device_one) const {
        Credential made;
        made.device_uuid = device;
        made.device_name = "a test";
        made.access_token = Secret(std::string_view{token});
        made.api_key = Secret(std::string_view{backend.anon_key()});
        made.paired_at = platform::wall_now();
        return made;
    }
    realtime::Settings settings() const {
        realtime::Settings made;
        made.url = backend.base() + "/realtime/v1";
        made.reconnect_spread = 10ms;
        made.backoff_base = 10ms;
        return made;
    }
    Proof proof_of(Credential one, Duration limit = 20s, ProofProgress told = {}) {
        return result_of(prove(network, settings(), std::move(one), limit, std::move(told)));
    }
    std::uint64_t joins() { return backend.tenant().counters().joins; }
};

TEST_F(ProofWithHub, AGoodCredentialJoinsOnceAndLeaves) {
    const auto proof = proof_of(credential(backend.device_token(device_one)));
    EXPECT_EQ(proof.how, Proven::joined) << proof.reason;
    EXPECT_EQ(proof.reason, "");
    EXPECT_EQ(joins(), 1u) << "the device's channel, and no other";
    EXPECT_TRUE(backend.tenant().sockets().empty()) << "it has left";
}

TEST_F(ProofWithHub, ATokenOfAnotherDeviceIsRefusedAtOnce) {
    const auto begun = platform::BootClock::now();
    const auto proof = proof_of(credential(backend.device_token(device_two)), 1h);
    EXPECT_EQ(proof.how, Proven::refused);
    EXPECT_EQ(proof.cause, realtime::Cause::credential) << proof.reason;
    EXPECT_THAT(proof.reason, Not(HasSubstr("eyJ"))) << "the sentence repeats no token";
    EXPECT_NE(proof.reason, "");
    EXPECT_LT(platform::BootClock::now() - begun, 20s) << "what does not pass is not tried for an hour";
}

TEST_F(ProofWithHub, ATokenOfAnotherBackendIsRefused) {
    const auto proof = proof_of(credential("eyJhbGciOiJIUzI1NiJ9.eyJyb2xlIjoiYXV0aGVudGljYXRlZCJ9.bm9uZQ"));
    EXPECT_EQ(proof.how, Proven::refused);
    EXPECT_EQ(proof.cause, realtime::Cause::credential) << proof.reason;
}

TEST_F(ProofWithHub, ABackendThatDoesNotListenIsTriedUntilTheLimit) {
    auto one = credential(backend.device_token(device_one));
    const auto where = settings();
    backend.stop();
    std::vector<std::string> reasons;
    std::vector<std::chrono::seconds> left;
    const auto progress = [&](const std::string& reason, std::chrono::seconds rest) {
        reasons.push_back(reason);
        left.push_back(rest);
    };
    const auto begun = platform::BootClock::now();
    const auto proof = result_of(prove(network, where, std::move(one), 1500ms, progress));
    EXPECT_GE(platform::BootClock::now() - begun, 1500ms);
    EXPECT_EQ(proof.how, Proven::unreachable);
    EXPECT_FALSE(realtime::permanent(proof.cause));
    EXPECT_NE(proof.reason, "");
    ASSERT_FALSE(left.empty());
    EXPECT_EQ(left.front(), 2s) << "rounded up";
    EXPECT_EQ(left.back(), 1s);
    EXPECT_EQ(reasons.front(), "") << "it is under way";
    EXPECT_EQ(reasons.back(), proof.reason) << "the person reads why it is not joined yet";
}

TEST_F(ProofWithHub, ATenantThatIsSwitchedOffIsRefused) {
    auto limits = backend.tenant().limits();
    limits.suspended = true;
    backend.tenant().set_limits(limits);
    const auto proof = proof_of(credential(backend.device_token(device_one)), 2s);
    EXPECT_NE(proof.how, Proven::joined);
    EXPECT_NE(proof.reason, "");
    EXPECT_EQ(joins(), 0u);
}

TEST_F(ProofWithHub, TheStoredCredentialIsProvedWithoutAnAgent) {
    const tests::TempFolder home;
    credentials::Store store{{.folder = home / "state", .bind = false}};
    ASSERT_FALSE(tests::save(store, credential(backend.device_token(device_one))));
    auto stored = store.load();
    ASSERT_TRUE(stored);
    const auto joined = result_of(prove_stored(network, settings(), store, std::move(*stored), 20s));
    EXPECT_EQ(joined.how, Proven::joined) << joined.reason;
    auto old = credential(backend.device_token(device_one, hub::seconds{-10}));
    old.expires_at = platform::wall_now() - 10s;
    const auto over = result_of(prove_stored(network, settings(), store, std::move(old), 20s));
    EXPECT_EQ(over.how, Proven::refused) << "it has run out, and nothing refreshes it";
    EXPECT_EQ(over.cause, realtime::Cause::credential) << over.reason;
    EXPECT_TRUE(store.load()) << "a look changes nothing";
    EXPECT_FALSE(tests::last_joined(store)) << "and is no join of the agent's";
}

}  // namespace
}  // namespace pairing::test
