#include "platform/proxy_text.hpp"

#include "platform/text.hpp"

namespace platform {

std::string normal_proxy(std::string_view text) {
    text = trim(text);
    while (text.size() >= 2 && text.front() == text.back() && (text.front() == '"' || text.front() == '\'')) {
        text = trim(text.substr(1, text.size() - 2));
    }
    const auto end = text.find("://");
    if (end == text.npos) return std::string(text);
    std::string scheme(text.substr(0, end));
    for (char& c : scheme) {
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    }
    if (scheme == "socks") scheme = "socks5h";
    return scheme.append(text.substr(end));
}

}  // namespace platform
