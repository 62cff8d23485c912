// The checker and the walkers: they agree with each other, and accept whatever nlohmann accepts.
#include <nlohmann/json.hpp>
#include <string>

#include "expect.hpp"
#include "platform/json/core/slice.hpp"

using fuzz::expect;

namespace {

void walk(std::string_view text, bool good) {
    std::size_t members = 0;
    const auto verdict = platform::for_each_member(text, [&](std::string_view, std::string_view value) {
        ++members;
        expect(fuzz::inside(value, text), "a member's slice lies outside the text");
        return true;
    });
    expect(!verdict.ok() || platform::valid_utf8(text) == good, "walk and check disagree about an object");
    const auto elements = platform::for_each_element(text, [&](std::string_view value) {
        expect(fuzz::inside(value, text), "an element's slice lies outside the text");
        return true;
    });
    expect(!elements.ok() || platform::valid_utf8(text) == good, "walk and check disagree about an array");
    const std::string_view stripped = text.substr(platform::skip_json_space(text, 0));
    if (good && stripped.starts_with('{')) expect(verdict.ok(), "an object that was checked could not be walked");
    if (good && stripped.starts_with('[')) expect(elements.ok(), "an array that was checked could not be walked");
}

void quote(std::string_view text) {
    std::string quoted;
    platform::append_quoted(quoted, text);
    expect(platform::check_json(quoted).ok(), "a quoted text is not JSON");
    std::string back;
    platform::append_unescaped(back, quoted);
    if (platform::valid_utf8(text)) expect(back == text, "a quoted text did not come back");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text = fuzz::text_of(data, size);
    const platform::JsonVerdict verdict = platform::check_json(text);
    expect(verdict.position <= size, "a position behind the text");
    if (!verdict.ok() && verdict.fault != platform::JsonFault::too_deep) {
        // It skips a byte order mark, and takes a NUL for the end.
        const bool lenient = text.starts_with("\xEF\xBB\xBF") || text.find('\0') != std::string_view::npos;
        expect(lenient || !nlohmann::json::accept(text), "nlohmann accepts what we refuse");
    }
    if (!text.empty()) walk(text, verdict.ok());
    quote(text);
    return 0;
}
