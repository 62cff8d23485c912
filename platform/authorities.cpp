#include "platform/authorities.hpp"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include <memory>

#include "platform/file.hpp"

namespace platform {
namespace {

namespace fs = std::filesystem;

/// A system's whole bundle has a quarter of a megabyte.
constexpr std::size_t bundle_bytes = 16 << 20;
constexpr int entries_looked_at = 500;

bool holds(std::string_view text, std::string_view part) {
    return text.find(part) != text.npos;
}

/// Certificates that can be read; -1 where one of them, or something beside them, is damaged.
int count_certificates(std::string_view text) {
    const std::unique_ptr<BIO, int (*)(BIO*)> memory(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())),
                                                     BIO_free);
    if (!memory) return -1;
    auto* all = PEM_X509_INFO_read_bio(memory.get(), nullptr, nullptr, nullptr);
    ERR_clear_error();
    if (all == nullptr) return -1;
    int count = 0;
    for (int i = 0; i < sk_X509_INFO_num(all); ++i) count += sk_X509_INFO_value(all, i)->x509 != nullptr ? 1 : 0;
    sk_X509_INFO_pop_free(all, X509_INFO_free);
    return count;
}

std::string wrong_content(const std::string& path, std::string_view text) {
    if (text.empty()) return path + " is empty";
    if (text.front() == '\x30' && !holds(text, "-----BEGIN")) {
        return path + " is DER, not PEM: openssl x509 -inform der -in " + path + " -out " + path + ".pem";
    }
    if (holds(text, "-----BEGIN PKCS7")) {
        return path + " is PKCS#7: openssl pkcs7 -print_certs -in " + path + " -out " + path + ".pem";
    }
    const bool certificate = holds(text, "CERTIFICATE-----") && !holds(text, "CERTIFICATE REQUEST-----");
    if (!certificate && holds(text, "PRIVATE KEY-----")) return path + " holds a private key and no certificate";
    if (!certificate) return path + " is not PEM: it has no line -----BEGIN CERTIFICATE-----";
    if (count_certificates(text) < 1)
        return path + " holds a certificate that cannot be read: it is cut off or changed";
    return {};
}

}  // namespace

std::string what_is_wrong_with_ca_file(const fs::path& file) {
    std::error_code ec;
    if (fs::is_directory(file, ec)) return file.string() + " is a folder: net.ca_folder takes those";
    const auto text = read_file(file, bundle_bytes);
    if (text) return wrong_content(file.string(), *text);
    if (text.error() == boost::system::errc::no_such_file_or_directory) return file.string() + " is not there";
    return file.string() + " cannot be read by this user: " + text.error().message();
}

std::string what_is_wrong_with_ca_folder(const fs::path& folder) {
    std::error_code ec;
    if (!fs::exists(folder, ec) && !ec) return folder.string() + " is not there";
    if (!ec && !fs::is_directory(folder, ec)) return folder.string() + " is no folder: net.ca_file takes files";
    const fs::directory_iterator look(folder, ec);
    if (ec) return folder.string() + " cannot be read by this user: " + ec.message();
    if (is_hashed_folder(folder)) return {};
    return folder.string() + " holds no certificate by its hash: run  openssl rehash " + folder.string();
}

bool is_hashed_folder(const fs::path& folder) {
    std::error_code ec;
    int looked_at = 0;
    for (fs::directory_iterator entry(folder, ec), end; !ec && entry != end && looked_at < entries_looked_at;
         entry.increment(ec)) {
        ++looked_at;
        const std::string name = entry->path().filename().string();
        if (name.size() >= 10 && name[8] == '.' && name.find_first_not_of("0123456789abcdef") == 8) return true;
    }
    return false;
}

}  // namespace platform
