// A certificate authority for one test: keys and certificates made on the spot by OpenSSL, as PEM texts.
#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace tests {

struct CertificateOptions {
    std::vector<std::string> names;                            // DNS names; the first is the common name too
    std::vector<std::string> addresses;                        // IP addresses
    std::chrono::seconds valid_from = std::chrono::hours{-1};  // seen from now
    std::chrono::seconds valid_to = std::chrono::hours{24};
};

struct Identity {
    std::string certificate;  // PEM
    std::string key;          // PEM
};

class Authority {
  public:
    explicit Authority(const std::string& name = "Test Authority");
    ~Authority();

    /// The authority's own certificate.
    std::string certificate() const;
    Identity issue(const CertificateOptions& options) const;
    /// A certificate that signed itself.
    static Identity self_signed(const CertificateOptions& options);
    /// The name of the authority's file in a hashed folder: "1a2b3c4d.0".
    std::string hashed_name() const;

  private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace tests
