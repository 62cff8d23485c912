#include "agent/bridge/core/watched_stream.hpp"

#include <utility>

#include "platform/json/core/slice.hpp"

namespace bridge {

WatchedStream::Heard WatchedStream::take(const relay::Packet& packet) {
    Heard heard;
    if (!packet.seq || !is_new(*packet.seq)) return heard;
    if (packet.part != 0) {
        take_part(packet, heard);
        return heard;
    }
    interrupt();
    const auto take_one = [&heard](std::string_view message) {
        heard.messages.push_back(message);
        return heard.messages.size() < relay::max_packet_messages;
    };
    platform::for_each_element(packet.list, take_one, platform::max_json_depth_limit);
    return heard;
}

void WatchedStream::interrupt() noexcept {
    kept_.reset();
    next_part_ = 0;
}

bool WatchedStream::is_new(std::uint64_t seq) {
    if (seq <= last_) return missing_.erase(seq) == 1;
    // What came before the first number was sent before this watch began.
    std::uint64_t skipped = last_ == 0 ? seq : last_ + 1;
    if (seq - skipped > most_missing) skipped = seq - most_missing;
    for (; skipped < seq; ++skipped) missing_.insert(skipped);
    while (missing_.size() > most_missing) missing_.erase(missing_.begin());
    last_ = seq;
    return true;
}

void WatchedStream::begin(const relay::Packet& packet) {
    kept_ = std::make_unique<std::string>();
    parts_ = packet.parts;
    next_part_ = 1;
    next_seq_ = *packet.seq;
    size_ = 0;
}

void WatchedStream::take_part(const relay::Packet& packet, Heard& heard) {
    if (packet.part == 1) begin(packet);
    const bool follows =
        next_part_ != 0 && packet.part == next_part_ && packet.parts == parts_ && *packet.seq == next_seq_;
    if (!follows) {
        interrupt();
        heard.half = true;
        return;
    }
    ++next_part_, ++next_seq_;
    size_ += packet.data.size() - 2;  // the quotes
    if (kept_ && size_ > most_message) kept_.reset();
    if (kept_) platform::append_unescaped(*kept_, packet.data);
    if (packet.part < parts_) return;
    heard.whole = std::move(kept_);
    if (!heard.whole) heard.too_long = size_;
    const bool readable = heard.whole && platform::json_kind(*heard.whole) == platform::JsonKind::object &&
                          platform::check_json(*heard.whole, platform::max_json_depth_limit).ok();
    if (readable) heard.messages.push_back(*heard.whole);
    interrupt();
}

}  // namespace bridge
