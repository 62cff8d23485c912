// The framing of the DevTools pipe: the messages are what lies between the NULs, however the bytes are cut into reads.
#include <cstring>
#include <string>
#include <vector>

#include "bytes.hpp"
#include "cdp/core/nul_framing.hpp"

using fuzz::expect;

namespace {

constexpr std::size_t least_limit = 4096;  // NulFraming takes no smaller one

void check(const cdp::Framed& framed, std::string_view message, std::size_t limit) {
    expect(framed.size == message.size(), "a message of another size");
    expect(message.starts_with(framed.text), "a message of other bytes");
    expect(framed.cut() == (message.size() > limit), "a message is cut where it fits, or whole where it does not");
    volatile char sink = 0;  // the address sanitizer sees padding that is not there
    for (std::size_t i = 0; i < 64; ++i) sink = framed.text.data()[framed.text.size() + i];
    (void)sink;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    fuzz::Bytes bytes{data, size};
    // Each byte of the input stands for several, so that short inputs reach the limit.
    const std::size_t limit = least_limit + bytes.below(64);
    const std::size_t step = 1 + bytes.byte() * std::size_t{37};
    const std::size_t repeat = 1 + bytes.below(200);
    std::string text;
    for (const char c : bytes.rest()) text.append(c == '\0' ? 1 : repeat, c);
    cdp::NulFraming framing{limit};
    std::string_view expected = text;
    for (std::string_view unread = text; !unread.empty();) {
        const auto place = framing.prepare();
        const std::size_t count = std::min({place.size, step, unread.size()});
        std::memcpy(place.data, unread.data(), count);
        framing.commit(count);
        unread.remove_prefix(count);
        while (const auto framed = framing.next()) {
            const auto end = expected.find('\0');
            expect(end != std::string_view::npos, "a message that has no end yet");
            check(*framed, expected.substr(0, end), limit);
            expected.remove_prefix(end + 1);
        }
    }
    expect(expected.find('\0') == std::string_view::npos, "a message was not found");
    return 0;
}
