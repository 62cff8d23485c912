#include "agent/relay/core/stream_receiver.hpp"

#include <algorithm>
#include <utility>

#include "platform/core/base64.hpp"
#include "platform/json/core/slice.hpp"

namespace relay {
namespace {

constexpr std::string_view no_object = "A message is no JSON object.";

bool is_object(std::string_view text) noexcept {
    return platform::json_kind(text) == platform::JsonKind::object;
}

}  // namespace

StreamReceiver::Received StreamReceiver::take(const Packet& packet, std::size_t bytes, std::size_t window,
                                              TimePoint now) {
    Received out;
    const std::uint64_t seq = *packet.seq;
    if (seq <= last_) {  // the acknowledgement may have been lost
        ack_within(now + limits_.ack_delay);
        return out;
    }
    if (seq != last_ + 1) {
        note_gap(now);
        return out;
    }
    const bool bytes_alone = packet.part == 0 && packet.list.empty();
    if (bytes_alone && !take_bytes(packet, out)) return out;  // it is nobody's of this stream, and counts for nothing
    if (bytes_alone) {
        // Their owner knows what they mean.
    } else if (packet.part == 0) {
        take_list(packet, out);
    } else {
        take_part(packet, out);
    }
    last_ = seq;  // only now: where memory runs out on the way, it is taken once it comes again
    unacknowledged_ += bytes;
    ack_within(unacknowledged_ >= window / 2 ? now : now + limits_.ack_delay);
    nack_due_ = false;
    return out;
}

void StreamReceiver::take_list(const Packet& packet, Received& out) {
    if (assembled_) {
        out.wrong = "A message in parts is not complete when the next one comes.";
        return;
    }
    const auto take_one = [&out](std::string_view value) {
        if (!is_object(value)) out.wrong = no_object;
        if (out.messages.size() == max_packet_messages) out.wrong = "There are too many messages in one broadcast.";
        out.messages.push_back(value);
        return out.wrong.empty();
    };
    platform::for_each_element(packet.list, take_one, platform::max_json_depth_limit);
    if (!out.wrong.empty()) out.messages.clear();
}

void StreamReceiver::take_part(const Packet& packet, Received& out) {
    if (packet.part != (assembled_ ? next_part_ : 1) || (assembled_ && packet.parts != parts_)) {
        out.wrong = "A part is not the one that comes next.";
        return;
    }
    if (!assembled_) {
        assembled_ = std::make_unique<std::string>();
        parts_ = packet.parts;
        next_part_ = 1;
    }
    if (assembled_->size() + packet.data.size() > limits_.message + 2) {
        out.wrong = "A message in parts is too large.";
        assembled_.reset();
        return;
    }
    // All memory first: what follows does not fail.
    out.messages.reserve(1);
    assembled_->reserve(assembled_->size() + packet.data.size());
    platform::append_unescaped(*assembled_, packet.data);
    if (next_part_++ < parts_) return;
    out.whole = std::exchange(assembled_, nullptr);
    if (!is_object(*out.whole) || !platform::check_json(*out.whole, platform::max_json_depth_limit).ok()) {
        out.wrong = no_object;
        return;
    }
    out.messages.push_back(*out.whole);
}

bool StreamReceiver::take_bytes(const Packet& packet, Received& out) {
    out.raw = packet.raw;
    if (!packet.raw.empty()) return true;
    std::string scratch;
    auto bytes = platform::from_base64(platform::unescape(packet.data, scratch));
    if (!bytes) {
        out.wrong = "\"data\" is no base64.";
        return false;
    }
    out.decoded = std::move(*bytes);
    return true;
}

/// At once; but a window full of broadcasts behind a lost one asks once, not once each.
void StreamReceiver::note_gap(TimePoint now) {
    const bool asked = nacked_at_ != TimePoint::min() && nacked_ == last_ && now < nacked_at_ + limits_.nack_again;
    if (!asked) nack_due_ = true;
}

void StreamReceiver::ack_within(TimePoint when) noexcept {
    ack_at_ = std::min(ack_at_, when);
}

StreamReceiver::Bare StreamReceiver::take_due(TimePoint now) {
    if (std::exchange(nack_due_, false)) {
        nacked_ = last_;
        nacked_at_ = now;
        acknowledged();
        return Bare::nack;
    }
    if (now < ack_at_) return Bare::none;
    acknowledged();
    return Bare::ack;
}

void StreamReceiver::acknowledged() noexcept {
    ack_at_ = TimePoint::max();
    unacknowledged_ = 0;
}

void StreamReceiver::give_back(Bare bare, TimePoint now) noexcept {
    if (bare == Bare::nack) nack_due_ = true;
    if (bare == Bare::ack) ack_within(now);
}

TimePoint StreamReceiver::due_at() const noexcept {
    return nack_due_ ? TimePoint::min() : ack_at_;
}

}  // namespace relay
