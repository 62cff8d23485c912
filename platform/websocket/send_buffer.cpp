#include "platform/websocket/send_buffer.hpp"

#include <openssl/rand.h>

#include <utility>

namespace platform {

MaskKey MaskSource::next() {
    if (used_ == keys_.size()) {
        RAND_bytes(reinterpret_cast<unsigned char*>(keys_.data()), static_cast<int>(sizeof keys_));
        used_ = 0;
    }
    MaskKey key = keys_[used_++];
    if (key == MaskKey{}) key[0] = 1;  // zero would mean "leave as it is"
    return key;
}

// Where nothing is under way the larger of the two buffers serves, so that the other one does not grow as well.
void SendBuffer::make_ready(bool writing) {
    if (queued_.empty() && sending_.empty() && !writing && sending_.capacity() > queued_.capacity()) {
        queued_.swap(sending_);
    }
}

void SendBuffer::append(Opcode opcode, std::span<const std::string_view> parts, bool writing) {
    make_ready(writing);
    queued_.add(opcode, mask(), parts, *spares_);
}

void SendBuffer::append_shared(Opcode opcode, std::string_view head, SharedText body, std::string_view tail,
                               bool writing) {
    make_ready(writing);
    queued_.add(opcode, mask(), head, std::move(body), tail);
}

std::string_view SendBuffer::next(std::size_t piece) {
    if (sending_.untaken() == 0) {
        recycle();
        sending_.swap(queued_);
    }
    return sending_.next(piece, *spares_);
}

void SendBuffer::recycle() {
    if (sending_.untaken() == 0) sending_.recycle(*spares_);
}

}  // namespace platform
