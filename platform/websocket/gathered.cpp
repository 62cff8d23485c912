#include "platform/websocket/gathered.hpp"

#include <algorithm>
#include <array>
#include <new>
#include <utility>

namespace platform {
namespace {

constexpr std::size_t least_piece = std::size_t{16} << 10;  // bytes

/// Where memory is short the same is sent in more pieces.
ByteBuffer take_piece(std::size_t bytes, SpareBuffers& spares) {
    try {
        return spares.take(bytes);
    } catch (const std::bad_alloc&) {
        if (bytes <= least_piece) throw;
    }
    return spares.take(least_piece);
}

}  // namespace

void Gathered::add(Opcode opcode, MaskKey key, std::span<const std::string_view> parts, SpareBuffers& spares) {
    std::size_t payload = 0;
    for (const std::string_view part : parts) payload += part.size();
    spares.make_room(bytes_, max_frame_header + payload);
    append_frame(bytes_, opcode, key, parts);
}

void Gathered::add(Opcode opcode, MaskKey key, std::string_view head, SharedText body, std::string_view tail) {
    append_frame_header(bytes_, opcode, key, head.size() + body.size() + tail.size());
    append_masked(bytes_, head, key, 0);
    const std::size_t size = body.size();
    bodies_.push_back({.at = bytes_.size(), .text = std::move(body), .key = key, .offset = head.size()});
    shared_ += size;
    append_masked(bytes_, tail, key, head.size() + size);
}

std::string_view Gathered::next(std::size_t piece, SpareBuffers& spares) {
    if (bodies_.empty()) return bytes_.view().substr(taken_);
    if (of_piece_ == piece_.size()) {
        // A whole piece may be one huge page: half of it in small pages would cost more.
        const bool whole = untaken() >= piece / 2;
        if (piece_.capacity() == 0) piece_ = take_piece(whole ? piece : untaken(), spares);
        fill_piece(piece);
    }
    return piece_.view().substr(of_piece_);
}

void Gathered::fill_piece(std::size_t most) {
    piece_.clear();
    of_piece_ = 0;
    const std::size_t all = std::min(most, piece_.capacity());
    for (bool more = true; more && piece_.size() < all;) {
        const std::size_t room = all - piece_.size();
        more = fill_from_body(room) || fill_from_bytes(room);
    }
}

bool Gathered::fill_from_body(std::size_t room) {
    if (body_ == bodies_.size() || bodies_[body_].at != in_bytes_) return false;
    Body& body = bodies_[body_];
    const auto part = body.text.view().substr(body.used, room);
    append_masked(piece_, part, body.key, body.offset + body.used);
    body.used += part.size();
    if (body.used < body.text.size()) return true;
    body.text = {};  // its holder may be the last one
    ++body_;
    return true;
}

bool Gathered::fill_from_bytes(std::size_t room) {
    const std::size_t end = body_ < bodies_.size() ? bodies_[body_].at : bytes_.size();
    const auto part = bytes_.view().substr(in_bytes_, std::min(room, end - in_bytes_));
    piece_.append(part);
    in_bytes_ += part.size();
    return !part.empty();
}

void Gathered::advance(std::size_t bytes) {
    taken_ += bytes;
    if (!bodies_.empty()) of_piece_ += bytes;
}

void Gathered::recycle(SpareBuffers& spares) {
    if (bytes_.capacity() > SpareBuffers::large) spares.put(std::exchange(bytes_, {}));
    bytes_.clear();
    bodies_.clear();
    spares.put(std::exchange(piece_, {}));
    shared_ = taken_ = body_ = in_bytes_ = of_piece_ = 0;
}

void Gathered::swap(Gathered& other) noexcept {
    std::swap(*this, other);
}

}  // namespace platform
