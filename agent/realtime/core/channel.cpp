#include "agent/realtime/core/channel.hpp"

namespace realtime {

namespace {
constexpr std::size_t words_max = 400;
}

Channel::Channel(std::string_view name) : topic_{topic_prefix} {
    topic_ += name;
}

void Channel::join_sent(Ref ref) noexcept {
    state_ = State::joining;
    join_ref_ = ref;
    words_.clear();
}

void Channel::leave_sent() noexcept {
    state_ = State::leaving;
}

void Channel::reset() noexcept {
    state_ = State::idle;
    join_ref_ = no_ref;
}

ChannelEvent Channel::ended(ChannelEvent how) noexcept {
    reset();
    return how;
}

ChannelEvent Channel::on_frame(const Frame& frame) {
    if (state_ == State::idle) return ChannelEvent::stale;
    if (frame.join_ref != no_ref && frame.join_ref != join_ref_) return ChannelEvent::stale;
    switch (frame.kind) {
        case FrameKind::reply:
            return on_reply(frame);
        case FrameKind::close:
            // By its ref, never by topic alone: the close of an earlier join may follow the reply to the next one.
            if (frame.ref != join_ref_) return ChannelEvent::stale;
            return ended(state_ == State::leaving ? ChannelEvent::left : ChannelEvent::closed);
        case FrameKind::error:
            if (frame.ref != join_ref_) return ChannelEvent::stale;
            words_.assign(frame.text.substr(0, words_max));
            return ended(ChannelEvent::crashed);
        case FrameKind::system:
            if (!frame.ok && frame.extension != "postgres_changes") words_.assign(frame.text.substr(0, words_max));
            return ChannelEvent::notice;
        case FrameKind::broadcast:
            return state_ == State::joined ? ChannelEvent::broadcast : ChannelEvent::stale;
        case FrameKind::presence_state:
            return ChannelEvent::presence_state;
        case FrameKind::presence_diff:
            return ChannelEvent::presence_diff;
        case FrameKind::postgres_changes:
            return ChannelEvent::postgres_changes;
        case FrameKind::other:
            return ChannelEvent::other;
    }
    return ChannelEvent::other;
}

ChannelEvent Channel::on_reply(const Frame& frame) {
    const bool is_join = frame.ref == join_ref_;
    if (is_join && state_ == State::joining) {
        if (frame.ok) {
            state_ = State::joined;
            words_.clear();
            return ChannelEvent::accepted;
        }
        words_.assign(frame.text.substr(0, words_max));
        return ended(ChannelEvent::refused);
    }
    // The server answers so when a push found no channel: it went without our hearing of it.
    // (Refs grow: the answer to a push from before this join says nothing about it.)
    const bool since_join = frame.ref > join_ref_ && frame.ref != foreign_ref;
    if (!frame.ok && since_join && frame.join_ref == no_ref && frame.text == "unmatched topic") {
        words_.assign(frame.text);
        return ended(ChannelEvent::unmatched);
    }
    return ChannelEvent::reply;
}

}  // namespace realtime
