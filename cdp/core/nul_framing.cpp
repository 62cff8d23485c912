#include "cdp/core/nul_framing.hpp"

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <new>

namespace cdp {
namespace {

constexpr std::size_t padding = 64;                         // readable behind each message
constexpr std::size_t usual_capacity = 256 * 1024;          // between large messages
constexpr std::size_t least_read = 64 * 1024;               // room that prepare() offers at least
constexpr std::size_t most_growth = std::size_t{64} << 20;  // beyond it the buffer grows by steps, not by doubling
constexpr std::size_t kept_of_skipped = 4096;               // enough for the id

}  // namespace

NulFraming::NulFraming(std::size_t max_message) : max_message_{std::max(max_message, kept_of_skipped)} {
    if (!resize(usual_capacity)) throw std::bad_alloc{};
}

NulFraming::~NulFraming() {
    std::free(data_);
}

bool NulFraming::resize(std::size_t capacity) {
    void* place = std::realloc(data_, capacity + padding);
    if (place == nullptr) return false;  // what was there is there still
    data_ = static_cast<char*>(place);
    capacity_ = capacity;
    return true;
}

void NulFraming::skip_rest() {
    skipping_ = true;
    const auto kept = begin_ + kept_of_skipped;
    if (end_ <= kept) return;
    skipped_ += end_ - kept;
    end_ = scanned_ = kept;
}

NulFraming::Place NulFraming::prepare() {
    if (begin_ > 0) {  // all whole messages were taken: only a beginning is left
        std::memmove(data_, data_ + begin_, end_ - begin_);
        end_ -= begin_;
        scanned_ -= begin_;
        begin_ = 0;
    }
    if (end_ < least_read && capacity_ > usual_capacity) resize(usual_capacity);
    const bool full = capacity_ - end_ < least_read;
    if (full && !resize(capacity_ + std::min(capacity_, most_growth))) skip_rest();
    return {data_ + end_, capacity_ - end_};
}

void NulFraming::commit(std::size_t count) noexcept {
    end_ += count;
}

std::optional<Framed> NulFraming::finish_skipped(std::size_t end) {
    const Framed framed{{data_ + begin_, kept_of_skipped}, skipped_ + (end - begin_)};
    begin_ = scanned_ = end + 1;
    skipping_ = false;
    skipped_ = 0;
    return framed;
}

std::optional<Framed> NulFraming::next() {
    const auto* found = static_cast<const char*>(std::memchr(data_ + scanned_, 0, end_ - scanned_));
    if (found != nullptr) {
        const auto end = static_cast<std::size_t>(found - data_);
        if (skipping_ || end - begin_ > max_message_) {
            skipping_ = true;
            return finish_skipped(end);
        }
        const Framed framed{{data_ + begin_, end - begin_}, end - begin_};
        begin_ = scanned_ = end + 1;
        return framed;
    }
    scanned_ = end_;
    if (skipping_ || end_ - begin_ > max_message_) skip_rest();
    return std::nullopt;
}

}  // namespace cdp
