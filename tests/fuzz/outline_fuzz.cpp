// What the cloud link reads besides frames: outlines of messages that are too long, presences, payload ids, words of
// failures.
#include <string>

#include "agent/realtime/core/carried.hpp"
#include "agent/realtime/core/failure.hpp"
#include "agent/realtime/core/frame.hpp"
#include "agent/realtime/core/outline.hpp"
#include "agent/realtime/core/payload_id.hpp"
#include "agent/realtime/core/presence_state.hpp"
#include "bytes.hpp"
#include "platform/json/core/slice.hpp"

using fuzz::expect;

namespace {

/// The same outline however it is cut, and JSON where the text is.
void outline(std::string_view text, std::size_t levels, std::size_t step) {
    realtime::JsonOutline whole{levels};
    realtime::JsonOutline cut{levels};
    whole.add(text);
    for (std::string_view rest = text; !rest.empty(); rest.remove_prefix(std::min(step, rest.size()))) {
        cut.add(rest.substr(0, step));
    }
    expect(whole.text() == cut.text(), "an outline depends on how its text is cut");
    expect(whole.text().size() <= realtime::JsonOutline::most_bytes, "an outline beyond its bound");
    const bool good = platform::check_json(text).ok();
    expect(!good || whole.text().empty() || platform::check_json(whole.text()).ok(), "an outline of JSON is none");
}

void frame(std::string_view text, bool binary, std::size_t step) {
    realtime::FrameOutline outline;
    outline.begin(binary);
    for (std::string_view rest = text; !rest.empty(); rest.remove_prefix(std::min(step, rest.size()))) {
        outline.add(rest.substr(0, step));
    }
    realtime::Decoder decoder{realtime::Vsn::v2};
    realtime::Frame frame;
    decoder.decode(outline.text(), binary, frame);
}

void presence(std::string_view text) {
    static constexpr std::string_view me = "me";
    realtime::PresenceState state;
    if (!state.on_state(text)) state.on_state(R"({"a":{"metas":[{"phx_ref":"r","instance":"i","joined_at":5}]}})");
    state.on_diff(text);
    expect(state.size() <= realtime::PresenceState::members_max, "more members than are kept");
    const auto* elder = state.elder_of(me, 7);
    expect(elder == nullptr || elder->instance.size() <= realtime::PresenceState::name_max, "a name that is too long");
    state.has_younger_than(me, 7);
}

void failure(std::string_view text, int number) {
    for (int kind = 0; kind <= static_cast<int>(realtime::Signal::Kind::ack); ++kind) {
        const realtime::Signal signal{static_cast<realtime::Signal::Kind>(kind), number, text};
        const auto judged = realtime::judge(signal);
        expect(judged.wait.least <= judged.wait.most, "a wait whose end is before its beginning");
        expect(judged.wait.most <= std::chrono::hours{2}, "a wait without an end");
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    fuzz::Bytes bytes{data, size};
    const std::size_t levels = bytes.below(4);
    const std::size_t step = 1 + bytes.below(16);
    const bool binary = bytes.below(2) == 1;
    const int number = bytes.byte() * 3;
    const auto text = bytes.rest();
    outline(text, levels, step);
    frame(text, binary, step);
    presence(text);
    failure(text, number);
    const auto reason = realtime::uncarried(realtime::Vsn::v1, text);
    expect(realtime::uncarried(realtime::Vsn::v2, text).empty(), "vsn 2.0.0 carries all bytes");
    expect(!reason.empty() || platform::valid_utf8(text), "vsn 1.0.0 carries what is no UTF-8");
    expect(fuzz::inside(realtime::id_in(text), text), "an id outside of its payload");
    expect(fuzz::inside(realtime::id_of_answered(text), text), "an id outside of its command");
    return 0;
}
