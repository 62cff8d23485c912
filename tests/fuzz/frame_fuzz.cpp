// Frames of the Realtime socket: whatever the server (or whoever stands in its place) sends is read or counted.
#include <string>

#include "agent/realtime/core/frame.hpp"
#include "expect.hpp"

using fuzz::expect;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size == 0) return 0;
    const std::string_view text = fuzz::text_of(data + 1, size - 1);  // the first byte chooses how it is read
    const bool binary = (data[0] & 1) != 0;
    static realtime::Decoder old_ones{realtime::Vsn::v1};
    static realtime::Decoder new_ones{realtime::Vsn::v2};
    realtime::Frame frame;
    realtime::Decoder& decoder = (data[0] & 2) != 0 ? old_ones : new_ones;
    const realtime::Unreadable why = decoder.decode(text, binary, frame);
    if (why != realtime::Unreadable::none) {
        expect(!realtime::to_string(why).empty(), "no word for why a frame was skipped");
        return 0;
    }
    expect(fuzz::inside(frame.payload, text), "the payload lies outside the frame");
    return 0;
}
