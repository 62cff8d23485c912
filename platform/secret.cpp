#include "platform/secret.hpp"

#include <openssl/crypto.h>

#include <cstring>

namespace platform {

void cleanse(std::string& text) noexcept {
    // The capacity too: a shrunk string keeps its old tail.
    text.resize(text.capacity());
    OPENSSL_cleanse(text.data(), text.size());
    text.clear();
}

Secret::Secret(std::string_view text) : size_(text.size()) {
    if (text.empty()) return;
    data_ = new char[size_ + 1];
    std::memcpy(data_, text.data(), size_);
    data_[size_] = '\0';
}

Secret::Secret(std::string&& text) : Secret(std::string_view(text)) {
    cleanse(text);
}

Secret& Secret::operator=(Secret&& other) noexcept {
    if (this == &other) return *this;
    clear();
    data_ = std::exchange(other.data_, nullptr);
    size_ = std::exchange(other.size_, 0);
    return *this;
}

Secret::~Secret() {
    clear();
}

void Secret::clear() noexcept {
    if (data_ != nullptr) {
        OPENSSL_cleanse(data_, size_);
        delete[] data_;
    }
    data_ = nullptr;
    size_ = 0;
}

bool operator==(const Secret& a, const Secret& b) noexcept {
    return a.size_ == b.size_ && CRYPTO_memcmp(a.reveal().data(), b.reveal().data(), a.size_) == 0;
}

}  // namespace platform
