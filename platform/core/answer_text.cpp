#include "platform/core/answer_text.hpp"

#include <algorithm>
#include <array>
#include <optional>

#include "platform/json/core/slice.hpp"

namespace platform {
namespace {

constexpr std::string_view blanks = " \t\r\n";

/// OAuth's, the Realtime server's, PostgREST's and the gateways' names for the reason; the first one wins.
constexpr std::array<std::string_view, 5> reasons{"error_description", "message", "msg", "error", "detail"};

std::string_view without_blanks(std::string_view text) noexcept {
    const auto first = text.find_first_not_of(blanks);
    if (first == text.npos) return {};
    return text.substr(first, text.find_last_not_of(blanks) - first + 1);
}

char lower(char c) noexcept {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

/// Where `word` (in lower case) begins in the text, whatever the text's case.
std::size_t find_word(std::string_view text, std::string_view word) noexcept {
    const auto found = std::search(text.begin(), text.end(), word.begin(), word.end(),
                                   [](char one, char other) { return lower(one) == other; });
    return found == text.end() ? text.npos : static_cast<std::size_t>(found - text.begin());
}

std::string on_one_line(std::string_view text) {
    std::string line;
    for (const char c : without_blanks(text)) {
        const bool blank = blanks.find(c) != blanks.npos;
        if (blank && line.ends_with(' ')) continue;
        line += blank ? ' ' : c;
        if (line.size() == quoted_words) break;
    }
    return line;
}

std::string_view title_of(std::string_view page) noexcept {
    const auto tag = find_word(page, "<title");
    const auto begin = tag == page.npos ? tag : page.find('>', tag);
    if (begin == page.npos) return {};
    const auto rest = page.substr(begin + 1);
    const auto end = rest.find('<');
    return end == rest.npos ? std::string_view{} : rest.substr(0, end);
}

std::string reason_in(std::string_view object) {
    std::array<std::string, reasons.size()> found;
    const auto read = [&found](std::string_view key, std::string_view value) {
        const auto at = std::find(reasons.begin(), reasons.end(), key);
        if (at == reasons.end() || platform::json_kind(value) != platform::JsonKind::string) return true;
        auto& text = found[static_cast<std::size_t>(at - reasons.begin())];
        text.clear();
        platform::append_unescaped(text, value);
        return true;
    };
    platform::for_each_member(object, read);
    const auto first = std::find_if(found.begin(), found.end(), [](const std::string& text) { return !text.empty(); });
    return first == found.end() ? std::string{} : on_one_line(*first);
}

}  // namespace

bool is_page(std::string_view body) noexcept {
    const auto text = without_blanks(body);
    if (!text.starts_with('<')) return false;
    const auto head = text.substr(0, quoted_words);
    return find_word(head, "<!doctype") != head.npos || find_word(head, "<html") != head.npos ||
           find_word(head, "<head") != head.npos || find_word(head, "<body") != head.npos;
}

std::string words_of(std::string_view body) {
    const auto text = without_blanks(body);
    if (text.starts_with('<')) return on_one_line(title_of(text));
    if (platform::json_kind(text) == platform::JsonKind::object) {
        auto reason = reason_in(text);
        if (!reason.empty()) return reason;
    }
    return on_one_line(text);
}

}  // namespace platform
