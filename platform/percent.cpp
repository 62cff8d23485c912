#include "platform/percent.hpp"

#include <curl/curl.h>

#include <algorithm>
#include <memory>
#include <new>

#include "platform/http/curl_init.hpp"

namespace platform {
namespace {

using CurlText = std::unique_ptr<char, decltype(&curl_free)>;

}  // namespace

std::string percent_decode(std::string_view text) {
    if (text.empty()) return {};  // a length of 0 stands for strlen()
    init_curl();
    std::string coded{text};
    std::replace(coded.begin(), coded.end(), '+', ' ');
    int size = 0;
    const CurlText plain{curl_easy_unescape(nullptr, coded.data(), static_cast<int>(coded.size()), &size), &curl_free};
    if (!plain) throw std::bad_alloc();
    return {plain.get(), static_cast<std::size_t>(size)};
}

std::string percent_encode(std::string_view text) {
    if (text.empty()) return {};
    init_curl();
    const CurlText coded{curl_easy_escape(nullptr, text.data(), static_cast<int>(text.size())), &curl_free};
    if (!coded) throw std::bad_alloc();
    return coded.get();
}

}  // namespace platform
