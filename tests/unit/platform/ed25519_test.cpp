// Ed25519 keys as OpenSSL and OpenSSH write them. The keys were made by ssh-keygen and openssl for this test.
#include "platform/ed25519.hpp"

#include <gtest/gtest.h>

#include "platform/core/base64.hpp"

namespace {

using platform::KeyErrc;
using platform::KeyPair;

constexpr std::string_view openssh_key = R"(-----BEGIN OPENSSH PRIVATE KEY-----
b3BlbnNzaC1rZXktdjEAAAAABG5vbmUAAAAEbm9uZQAAAAAAAAABAAAAMwAAAAtzc2gtZW
QyNTUxOQAAACBPODYAjaXAx5jek3YwTFluD9Ff/N65XVwE+uGmmgr12QAAAJCO9Lu7jvS7
uwAAAAtzc2gtZWQyNTUxOQAAACBPODYAjaXAx5jek3YwTFluD9Ff/N65XVwE+uGmmgr12Q
AAAEAVwHvcSK2/DXMM+hIr12r6UnN2zh7IKxOJKP8y4VbQWE84NgCNpcDHmN6TdjBMWW4P
0V/83rldXAT64aaaCvXZAAAADWFsaWNlQGV4YW1wbGU=
-----END OPENSSH PRIVATE KEY-----
)";
constexpr std::string_view openssh_public =
    "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIE84NgCNpcDHmN6TdjBMWW4P0V/83rldXAT64aaaCvXZ alice@example";
constexpr std::string_view openssh_fingerprint = "SHA256:NueV4JJMwQkVXgcDZdA49NkGYirqwXi0IRjSVuM+otg";
constexpr std::string_view openssh_encrypted = R"(-----BEGIN OPENSSH PRIVATE KEY-----
b3BlbnNzaC1rZXktdjEAAAAACmFlczI1Ni1jdHIAAAAGYmNyeXB0AAAAGAAAABDpqwHzBF
EoT8MhFuyptkQWAAAAEAAAAAEAAAAzAAAAC3NzaC1lZDI1NTE5AAAAIE84NgCNpcDHmN6T
djBMWW4P0V/83rldXAT64aaaCvXZAAAAkOWYeMPbq8ISNtv75tRwa1q4gzomMtgrD+S7vo
UdQyG3EnELo3A5zlwoYxoyF21drv2C1ohVHwi8DOHlUMIqLQeVG0r+e9s0xVrrjOt5L8AL
e3OP1AjTSqqYcrfr1WYPqiX1Hr5Y3UOlXTmAP0NCWI1zisDDKRNSuoTcNfvFA/ZXat+bKc
HsyqoZl0vHHJDboQ==
-----END OPENSSH PRIVATE KEY-----
)";
constexpr std::string_view openssh_ecdsa = R"(-----BEGIN OPENSSH PRIVATE KEY-----
b3BlbnNzaC1rZXktdjEAAAAABG5vbmUAAAAEbm9uZQAAAAAAAAABAAAAaAAAABNlY2RzYS
1zaGEyLW5pc3RwMjU2AAAACG5pc3RwMjU2AAAAQQSS/SM2fjJ+9B2SDSF19BtrY9x3dLyH
p/Kf/cSbnUn4aU0dERYbKv+yYIz+buFUjjY53iP43amm/59PpQfe1CYjAAAAoGDptlJg6b
ZSAAAAE2VjZHNhLXNoYTItbmlzdHAyNTYAAAAIbmlzdHAyNTYAAABBBJL9IzZ+Mn70HZIN
IXX0G2tj3Hd0vIen8p/9xJudSfhpTR0RFhsq/7JgjP5u4VSONjneI/jdqab/n0+lB97UJi
MAAAAhAJni4ZxnVo21nBaXl3gTxwvd5xZmi0XKa9Xuj65PmMJ/AAAAA2JvYgECAwQ=
-----END OPENSSH PRIVATE KEY-----
)";
constexpr std::string_view pem_key = R"(-----BEGIN PRIVATE KEY-----
MC4CAQAwBQYDK2VwBCIEIN7wCWobOzDaJ9uLo+atLwF9Kb9u/UUbE/v7y5cu21L+
-----END PRIVATE KEY-----
)";
constexpr std::string_view pem_public = "9ZD3p1MI04eNc4bpUgHqei3xj0Z1Pk5sS7pidA8t3Uc=";
constexpr std::string_view pem_encrypted = R"(-----BEGIN ENCRYPTED PRIVATE KEY-----
MIGbMFcGCSqGSIb3DQEFDTBKMCkGCSqGSIb3DQEFDDAcBAg8DIfk0P3nxQICCAAw
DAYIKoZIhvcNAgkFADAdBglghkgBZQMEASoEEDsHyR6cAC8hrO49RoPdh5wEQL5p
5H58vcdwZvpDllq0kMY+cB/d7CDUTMFoogmwJvCDuL+ytDcnu52l5gathCiBgrxp
MGxZQeTCgpdEqAk8dJ0=
-----END ENCRYPTED PRIVATE KEY-----
)";
constexpr std::string_view pem_x25519 = R"(-----BEGIN PRIVATE KEY-----
MC4CAQAwBQYDK2VuBCIEIHgTzXTixiC4KNNNJCkf1Ds6K2qCIisImGtUIYoK+wVF
-----END PRIVATE KEY-----
)";

Error error_of(std::string_view text) {
    const auto read = KeyPair::read(text);
    return read ? Error{} : read.error();
}

TEST(Ed25519, ReadsOpensshsOwnFormatAndShowsItAsOpensshDoes) {
    const auto key = KeyPair::read(openssh_key);
    ASSERT_TRUE(key) << key.error().message();
    EXPECT_EQ(platform::openssh_line(key->public_key(), "alice@example"), openssh_public);
    EXPECT_EQ(platform::fingerprint(key->public_key()), openssh_fingerprint);
}

TEST(Ed25519, ReadsPem) {
    const auto key = KeyPair::read(pem_key);
    ASSERT_TRUE(key) << key.error().message();
    EXPECT_EQ(platform::base64(key->public_key().view()), pem_public);
    EXPECT_EQ(key->to_pem().reveal(), pem_key);
}

TEST(Ed25519, MakesAnotherEachTimeAndReadsItBack) {
    const auto one = KeyPair::make();
    EXPECT_NE(one.public_key(), KeyPair::make().public_key());
    const auto again = KeyPair::read(one.to_pem().reveal());
    ASSERT_TRUE(again);
    EXPECT_EQ(again->public_key(), one.public_key());
}

TEST(Ed25519, SaysWhyAKeyCannotBeUsed) {
    EXPECT_EQ(error_of(""), KeyErrc::no_key);
    EXPECT_EQ(error_of(openssh_public), KeyErrc::no_key);
    EXPECT_EQ(error_of("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"), KeyErrc::no_key);
    EXPECT_EQ(error_of(openssh_encrypted), KeyErrc::encrypted);
    EXPECT_EQ(error_of(pem_encrypted), KeyErrc::encrypted);
    EXPECT_EQ(error_of(openssh_ecdsa), KeyErrc::other_type);
    EXPECT_EQ(error_of(pem_x25519), KeyErrc::other_type);
    EXPECT_EQ(error_of("-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n"), KeyErrc::damaged);
}

TEST(Ed25519, AKeyThatIsCutAnywhereIsDamaged) {
    const std::string_view end = "\n-----END OPENSSH PRIVATE KEY-----\n";
    const std::size_t begin = openssh_key.find('\n') + 1;
    const std::size_t private_half = openssh_key.find("AAAADWFsaWNl");  // the comment behind it is not looked at
    for (std::size_t size = begin; size < private_half; ++size) {
        EXPECT_EQ(error_of(std::string{openssh_key.substr(0, size)}.append(end)), KeyErrc::damaged) << size;
    }
}

TEST(PublicKey, ReadsWhatItWrites) {
    const auto key = KeyPair::make().public_key();
    const std::string blob = platform::openssh_blob(key);
    EXPECT_EQ(platform::from_openssh_blob(blob), key);
    for (std::size_t size = 0; size < blob.size(); ++size) {
        EXPECT_FALSE(platform::from_openssh_blob(std::string_view{blob}.substr(0, size))) << size;
    }
    EXPECT_FALSE(platform::from_openssh_blob(blob + "x"));
}

}  // namespace
