#include "agent/relay/core/message_stream.hpp"

#include <algorithm>
#include <utility>

#include "agent/relay/core/stream_packet.hpp"

namespace relay {

MessageStream::MessageStream(const Settings& settings, std::size_t payload_limit, std::size_t envelope)
    : in_{settings.in},
      out_{settings.out},
      list_name_in_{settings.list_name_in},
      payload_limit_{payload_limit},
      envelope_{envelope + packet_overhead} {}

std::size_t MessageStream::room() const noexcept {
    return payload_limit_ > envelope_ ? payload_limit_ - envelope_ : 1;
}

StreamReceiver::Received MessageStream::receive(std::string_view object, TimePoint now, std::string_view raw) {
    const PacketRead read = read_packet(object, list_name_in_, raw);
    StreamReceiver::Received out;
    out.wrong = read.wrong;
    const Packet& packet = read.packet;
    if (out.wrong.empty() && packet.ack) out.wrong = out_.on_ack(*packet.ack);
    if (out.wrong.empty() && packet.nack) out.wrong = out_.on_nack(*packet.nack, now);
    if (!out.wrong.empty() || !packet.seq) return out;
    return in_.take(packet, object.size() + raw.size(), window(), now);
}

bool MessageStream::has_next(TimePoint now) const noexcept {
    return hand_ == Hand::empty && (in_.due_at() <= now || out_.has_next(room(), now));
}

std::optional<MessageStream::Outgoing> MessageStream::next(TimePoint now) {
    if (hand_ != Hand::empty) return std::nullopt;
    // A nack is what the other side waits for; an acknowledgement goes with whatever goes.
    if (in_.wants_nack()) return take_bare(Hand::nack, now);
    if (const auto content = out_.next(room(), now)) return take(*content);
    if (in_.due_at() > now) return std::nullopt;
    return take_bare(Hand::ack, now);
}

MessageStream::Outgoing MessageStream::take(const StreamSender::Content& content) {
    Outgoing out{{}, content.raw};
    try {
        out.members = write_numbers(content.seq, in_.last_in_order());
        if (!content.members.empty()) out.members.append(1, ',').append(content.members);
    } catch (...) {
        out_.not_taken();
        throw;
    }
    hand_ = Hand::content;
    hand_bytes_ = content.size() + envelope_;
    in_.acknowledged();
    return out;
}

MessageStream::Outgoing MessageStream::take_bare(Hand what, TimePoint now) {
    Outgoing out{write_bare(what == Hand::nack, in_.last_in_order()), {}};
    in_.take_due(now);
    hand_ = what;
    return out;
}

void MessageStream::left(TimePoint now) noexcept {
    if (hand_ == Hand::content) out_.left(now);
    hand_ = Hand::empty;
}

void MessageStream::settled(bool taken, TimePoint now) {
    if (!taken && hand_ == Hand::content) out_.cut_anew();
    if (!taken) hand_ = Hand::empty;
    if (in_doubt()) carried_ = hand_bytes_;
    left(now);
}

void MessageStream::not_taken(TimePoint now) noexcept {
    switch (std::exchange(hand_, Hand::empty)) {
        case Hand::empty:
            return;
        case Hand::content:
            return out_.not_taken();
        case Hand::ack:
            return in_.give_back(StreamReceiver::Bare::ack, now);
        case Hand::nack:
            return in_.give_back(StreamReceiver::Bare::nack, now);
    }
}

TimePoint MessageStream::due_at() const noexcept {
    if (hand_ != Hand::empty) return TimePoint::max();
    return std::min(in_.due_at(), out_.due_at());
}

}  // namespace relay
