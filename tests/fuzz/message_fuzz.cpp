// Messages of the browser: told apart without a crash, slices inside, and what is taken for a result is one.
#include <string>

#include "cdp/core/message.hpp"
#include "expect.hpp"

using fuzz::expect;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text = fuzz::text_of(data, size);
    const cdp::Message message = cdp::classify(text);
    expect(fuzz::inside(message.body, text), "the body lies outside the message");
    expect(message.kind != cdp::Message::Kind::result || message.has_id, "a result for nobody");
    expect(message.kind != cdp::Message::Kind::result || !message.body.empty(), "a result without a body");
    std::int32_t id = 0;
    for (const std::size_t part : {size / 2, size}) cdp::leading_id(text.substr(0, part), id);
    return 0;
}
