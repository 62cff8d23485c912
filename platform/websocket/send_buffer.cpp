#include "platform/websocket/send_buffer.hpp"

#include <openssl/rand.h>

namespace platform {
namespace {

constexpr unsigned small_rounds_until_release = 64;

}  // namespace

MaskKey MaskSource::next() {
    if (used_ == keys_.size()) {
        RAND_bytes(reinterpret_cast<unsigned char*>(keys_.data()), static_cast<int>(sizeof keys_));
        used_ = 0;
    }
    MaskKey key = keys_[used_++];
    if (key == MaskKey{}) key[0] = 1;  // zero would mean "leave as it is"
    return key;
}

void SendBuffer::append(Opcode opcode, std::span<const std::string_view> parts, bool writing) {
    // Where nothing is under way the larger of the two buffers serves, so that the other one does not grow as well.
    if (queued_.empty() && sending_.empty() && !writing && sending_.capacity() > queued_.capacity()) {
        queued_.swap(sending_);
    }
    append_frame(queued_, opcode, masked_ ? masks_.next() : MaskKey{}, parts);
}

std::string_view SendBuffer::next() {
    if (all_sent()) {
        recycle();
        sending_.swap(queued_);
    }
    return sending_.view().substr(sent_);
}

void SendBuffer::recycle() {
    if (!all_sent()) return;
    const bool small = sending_.size() <= sending_.capacity() / 4;
    small_rounds_ = small ? small_rounds_ + 1 : 0;
    const bool idle = small_rounds_ >= small_rounds_until_release && sending_.capacity() > always_kept;
    if (idle || sending_.capacity() > kept_memory) sending_.release();
    sending_.clear();
    sent_ = 0;
}

}  // namespace platform
