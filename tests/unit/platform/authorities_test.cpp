// The files of certificate authorities that the owner names: each mistake has its sentence.
#include "platform/authorities.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <sys/stat.h>
#include <unistd.h>

#include <memory>

#include "tests/support/temp_folder.hpp"

namespace {

using platform::what_is_wrong_with_ca_file;
using platform::what_is_wrong_with_ca_folder;
using ::testing::EndsWith;
using ::testing::HasSubstr;

struct TestAuthority {
    std::string pem;
    std::string der;
    std::string key;
};

std::string text_of_bio(BIO* memory) {
    char* data = nullptr;
    const long size = BIO_get_mem_data(memory, &data);
    return {data, static_cast<std::size_t>(size)};
}

/// A certificate that signs itself, on an elliptic curve: made in a moment.
TestAuthority make_test_authority() {
    const std::unique_ptr<EVP_PKEY, void (*)(EVP_PKEY*)> key{EVP_EC_gen("P-256"), EVP_PKEY_free};
    const std::unique_ptr<X509, void (*)(X509*)> made{X509_new(), X509_free};
    ASN1_INTEGER_set(X509_get_serialNumber(made.get()), 1);
    X509_gmtime_adj(X509_getm_notBefore(made.get()), 0);
    X509_gmtime_adj(X509_getm_notAfter(made.get()), 3600);
    X509_set_pubkey(made.get(), key.get());
    X509_NAME_add_entry_by_txt(X509_get_subject_name(made.get()), "CN", MBSTRING_ASC,
                               reinterpret_cast<const unsigned char*>("test"), -1, -1, 0);
    X509_set_issuer_name(made.get(), X509_get_subject_name(made.get()));
    X509_sign(made.get(), key.get(), EVP_sha256());
    TestAuthority authority;
    const auto write = [](auto&& into) {
        const std::unique_ptr<BIO, int (*)(BIO*)> memory{BIO_new(BIO_s_mem()), BIO_free};
        EXPECT_EQ(into(memory.get()), 1);
        return text_of_bio(memory.get());
    };
    authority.pem = write([&](BIO* out) { return PEM_write_bio_X509(out, made.get()); });
    authority.der = write([&](BIO* out) { return i2d_X509_bio(out, made.get()); });
    authority.key = write(
        [&](BIO* out) { return PEM_write_bio_PrivateKey(out, key.get(), nullptr, nullptr, 0, nullptr, nullptr); });
    return authority;
}

struct AuthoritiesTest : ::testing::Test {
    std::string wrong(std::string_view content) {
        folder.put("ca.pem", content);
        return what_is_wrong_with_ca_file(file);
    }

    tests::TempFolder folder;
    const std::filesystem::path file = folder / "ca.pem";
    const TestAuthority authority = make_test_authority();
};

TEST_F(AuthoritiesTest, OneOrSeveralCertificatesAreRight) {
    EXPECT_EQ(wrong(authority.pem), "");
    EXPECT_EQ(wrong("# a comment\n" + authority.pem + "\n" + make_test_authority().pem), "");
    EXPECT_EQ(wrong(authority.key + authority.pem), "") << "a key beside it does no harm";
}

TEST_F(AuthoritiesTest, EachMistakeHasItsSentence) {
    EXPECT_THAT(wrong(""), EndsWith("is empty"));
    EXPECT_THAT(wrong(authority.der), HasSubstr("is DER, not PEM: openssl x509 -inform der -in " + file.string()));
    EXPECT_THAT(wrong("-----BEGIN PKCS7-----\nMIIB\n-----END PKCS7-----\n"), HasSubstr("is PKCS#7: openssl pkcs7"));
    EXPECT_THAT(wrong(authority.key), EndsWith("holds a private key and no certificate"));
    EXPECT_THAT(wrong("-----BEGIN CERTIFICATE REQUEST-----\nMIIB\n-----END CERTIFICATE REQUEST-----\n"),
                HasSubstr("is not PEM"));
    EXPECT_THAT(wrong("hello"), HasSubstr("is not PEM"));
}

TEST_F(AuthoritiesTest, ACertificateThatWasCutOrChangedIsNone) {
    EXPECT_THAT(wrong(authority.pem.substr(0, authority.pem.size() / 2)), HasSubstr("cannot be read"));
    std::string changed = authority.pem;
    changed.replace(changed.find('\n') + 20, 4, "!!!!");
    EXPECT_THAT(wrong(changed), HasSubstr("cannot be read"));
    EXPECT_THAT(wrong(authority.pem + changed), HasSubstr("cannot be read")) << "the second one";
}

TEST_F(AuthoritiesTest, AFileThatCannotBeReadIsNamed) {
    EXPECT_EQ(what_is_wrong_with_ca_file(folder / "none.pem"), (folder / "none.pem").string() + " is not there");
    EXPECT_THAT(what_is_wrong_with_ca_file(folder.path()), EndsWith("is a folder: net.ca_folder takes those"));
    if (::geteuid() == 0) return;
    EXPECT_EQ(wrong(authority.pem), "");
    ::chmod(file.c_str(), 0);
    EXPECT_THAT(what_is_wrong_with_ca_file(file), HasSubstr("cannot be read by this user: "));
}

TEST_F(AuthoritiesTest, AFolderHoldsCertificatesByTheirHash) {
    const std::filesystem::path hashed = folder / "hashed";
    EXPECT_THAT(what_is_wrong_with_ca_folder(hashed), EndsWith("is not there"));
    std::filesystem::create_directory(hashed);
    EXPECT_THAT(what_is_wrong_with_ca_folder(hashed), HasSubstr("openssl rehash " + hashed.string()));
    for (const char* name : {"ca.pem", "5ed36f9.0", "5ED36F99.0", "5ed36f99", "5ed36f99.", "x5ed36f99.0"}) {
        folder.put("hashed/" + std::string{name}, "x");
        EXPECT_FALSE(platform::is_hashed_folder(hashed)) << name;
    }
    folder.put("hashed/5ed36f99.0", "x");
    EXPECT_TRUE(platform::is_hashed_folder(hashed));
    EXPECT_EQ(what_is_wrong_with_ca_folder(hashed), "");
    EXPECT_EQ(wrong(authority.pem), "");
    EXPECT_THAT(what_is_wrong_with_ca_folder(file), EndsWith("is no folder: net.ca_file takes files"));
}

}  // namespace
