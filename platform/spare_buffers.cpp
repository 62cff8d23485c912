#include "platform/spare_buffers.hpp"

#include <algorithm>
#include <utility>

namespace platform {
namespace {

constexpr std::size_t most_times_wanted = 2;  // what is held counts by its size: little may be spare
constexpr std::size_t size_step = std::size_t{64} << 10;

/// Messages of nearly one size find room in each other's memory.
std::size_t rounded(std::size_t bytes) {
    return (bytes + size_step - 1) / size_step * size_step;
}

}  // namespace

ByteBuffer SpareBuffers::take(std::size_t bytes) {
    auto best = spares_.end();
    for (auto spare = spares_.begin(); spare != spares_.end(); ++spare) {
        const std::size_t has = spare->buffer.capacity();
        if (has < bytes || has / most_times_wanted > bytes) continue;
        if (best == spares_.end() || has < best->buffer.capacity()) best = spare;
    }
    ByteBuffer taken;
    if (best == spares_.end()) {
        taken.reserve(bytes > large ? rounded(bytes) : bytes);
        return taken;
    }
    taken.swap(best->buffer);
    bytes_ -= taken.capacity();
    spares_.erase(best);
    return taken;
}

void SpareBuffers::put(ByteBuffer buffer) {
    if (!on_ || buffer.capacity() <= large || buffer.capacity() > most - bytes_) return;
    buffer.clear();
    bytes_ += buffer.capacity();
    spares_.push_back({std::move(buffer)});
    if (kept_) kept_();
}

void SpareBuffers::make_room(ByteBuffer& buffer, std::size_t more) {
    const std::size_t wanted = buffer.size() + more;
    if (wanted <= large || wanted <= buffer.capacity()) return;
    ByteBuffer larger = take(wanted);
    larger.append(buffer.view());
    larger.swap(buffer);
    put(std::move(larger));
}

bool SpareBuffers::end_period() {
    std::erase_if(spares_, [this](const Spare& spare) {
        if (!spare.used) bytes_ -= spare.buffer.capacity();
        return !spare.used;
    });
    for (Spare& spare : spares_) spare.used = false;
    return !spares_.empty();
}

void SpareBuffers::keep(bool on) {
    on_ = on;
    if (on) return;
    spares_.clear();
    bytes_ = 0;
}

std::shared_ptr<ByteBuffer> SpareBuffers::share(const std::shared_ptr<SpareBuffers>& spares, ByteBuffer buffer) {
    const auto give_back = [spares = std::weak_ptr{spares}](ByteBuffer* held) {
        const std::unique_ptr<ByteBuffer> owned{held};
        if (const auto still = spares.lock()) still->put(std::move(*owned));
    };
    return {std::make_unique<ByteBuffer>(std::move(buffer)).release(), give_back};
}

}  // namespace platform
