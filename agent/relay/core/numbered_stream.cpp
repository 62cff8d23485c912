#include "agent/relay/core/numbered_stream.hpp"

#include <algorithm>
#include <utility>

#include "agent/relay/core/numbered_packet.hpp"

namespace relay {

NumberedStream::NumberedStream(const Settings& settings, std::size_t payload_limit, std::size_t envelope)
    : in_{settings.in},
      out_{settings.out},
      list_name_in_{settings.list_name_in},
      payload_limit_{payload_limit},
      envelope_{envelope + packet_overhead} {}

std::size_t NumberedStream::room() const noexcept {
    return payload_limit_ > envelope_ ? payload_limit_ - envelope_ : 1;
}

NumberedIn::Received NumberedStream::receive(std::string_view object, TimePoint now) {
    const PacketRead read = read_packet(object, list_name_in_);
    NumberedIn::Received out;
    out.wrong = read.wrong;
    const Packet& packet = read.packet;
    if (out.wrong.empty() && packet.ack) out.wrong = out_.on_ack(*packet.ack);
    if (out.wrong.empty() && packet.nack) out.wrong = out_.on_nack(*packet.nack, now);
    if (!out.wrong.empty() || !packet.seq) return out;
    return in_.take(packet, object.size(), window(), now);
}

bool NumberedStream::has_next(TimePoint now) const noexcept {
    return hand_ == Hand::empty && (in_.due_at() <= now || out_.has_next(room(), now));
}

std::optional<std::string> NumberedStream::next(TimePoint now) {
    if (hand_ != Hand::empty) return std::nullopt;
    // A nack is what the other side waits for; an acknowledgement goes with whatever goes.
    if (in_.wants_nack()) {
        in_.take_due(now);
        hand_ = Hand::nack;
        return write_bare(true, in_.last_in_order());
    }
    if (const auto content = out_.next(room(), now)) {
        hand_ = Hand::content;
        hand_bytes_ = content->members.size() + envelope_;
        in_.acknowledged();
        return write_numbers(content->seq, in_.last_in_order()).append(content->members);
    }
    if (in_.take_due(now) == NumberedIn::Bare::none) return std::nullopt;
    hand_ = Hand::ack;
    return write_bare(false, in_.last_in_order());
}

void NumberedStream::left(TimePoint now) noexcept {
    if (hand_ == Hand::content) out_.left(now);
    hand_ = Hand::empty;
}

void NumberedStream::settled(bool taken, TimePoint now) {
    if (!taken && std::exchange(hand_, Hand::empty) == Hand::content) out_.cut_anew();
    if (in_doubt()) carried_ = hand_bytes_;
    left(now);
}

void NumberedStream::not_taken(TimePoint now) noexcept {
    switch (std::exchange(hand_, Hand::empty)) {
        case Hand::empty:
            return;
        case Hand::content:
            return out_.not_taken();
        case Hand::ack:
            return in_.give_back(NumberedIn::Bare::ack, now);
        case Hand::nack:
            return in_.give_back(NumberedIn::Bare::nack, now);
    }
}

TimePoint NumberedStream::due_at() const noexcept {
    if (hand_ != Hand::empty) return TimePoint::max();
    return std::min(in_.due_at(), out_.due_at());
}

}  // namespace relay
