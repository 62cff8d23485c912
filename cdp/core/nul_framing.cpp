#include "cdp/core/nul_framing.hpp"

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <new>
#include <utility>

#include "platform/core/huge_pages.hpp"

namespace cdp {
namespace {

constexpr std::size_t padding = 64;                         // readable behind each message
constexpr std::size_t usual_capacity = 256 * 1024;          // between large messages
constexpr std::size_t least_read = 64 * 1024;               // room that prepare() offers at least
constexpr std::size_t most_growth = std::size_t{64} << 20;  // beyond it the buffer grows by steps, not by doubling
constexpr std::size_t kept_of_skipped = 4096;               // enough for the id
constexpr std::size_t most_times_kept = 2;                  // of a kept message's size: the memory that it keeps

}  // namespace

NulFraming::NulFraming(std::size_t max_message) : max_message_{std::max(max_message, kept_of_skipped)} {
    if (!move_to(usual_capacity)) throw std::bad_alloc{};
}

/// Goes on in memory of its own, with what is left; returns the memory that was used so far.
std::optional<NulFraming::Block> NulFraming::move_to(std::size_t addresses) {
    const std::size_t all = headroom + addresses + padding;
    Block fresh{static_cast<char*>(platform::allocate_large(all))};
    if (!fresh) return std::nullopt;
    if (end_ > begin_) std::memcpy(fresh.get() + headroom, data() + begin_, end_ - begin_);
    capacity_ = addresses_ = addresses;
    end_ -= begin_;
    scanned_ -= begin_;
    begin_ = 0;
    used_ = end_;
    return std::exchange(block_, std::move(fresh));
}

/// Room for more where the message lies, if it can be had. `capacity` is more than there is.
bool NulFraming::grow(std::size_t capacity) {
    const bool known_large = capacity >= platform::huge_page && addresses_ < platform::huge_page;
    if (known_large && move_to(std::max(max_message_, capacity) + 2 * least_read)) capacity_ = capacity;
    if (capacity <= capacity_) return true;
    if (capacity_ < addresses_) {
        capacity_ = std::min(capacity, addresses_);
        return true;
    }
    void* const place = std::realloc(block_.get(), headroom + capacity + padding);
    if (place == nullptr) return false;  // what was there is there still
    static_cast<void>(block_.release());
    block_.reset(static_cast<char*>(place));
    capacity_ = addresses_ = capacity;
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
    last_ = nowhere;
    if (begin_ > 0) {  // all whole messages were taken: only a beginning is left
        std::memmove(data(), data() + begin_, end_ - begin_);
        end_ -= begin_;
        scanned_ -= begin_;
        begin_ = 0;
    }
    if (end_ < least_read && capacity_ > usual_capacity) move_to(usual_capacity);
    const bool full = capacity_ - end_ < least_read;
    if (full && !grow(capacity_ + std::min(capacity_, most_growth))) skip_rest();
    return {data() + end_, capacity_ - end_};
}

void NulFraming::commit(std::size_t count) noexcept {
    end_ += count;
    used_ = std::max(used_, end_);
}

std::optional<Framed> NulFraming::finish_skipped(std::size_t end) {
    const Framed framed{{data() + begin_, kept_of_skipped}, skipped_ + (end - begin_)};
    last_ = nowhere;
    begin_ = scanned_ = end + 1;
    skipping_ = false;
    skipped_ = 0;
    return framed;
}

std::optional<Framed> NulFraming::next() {
    const auto* found = static_cast<const char*>(std::memchr(data() + scanned_, 0, end_ - scanned_));
    if (found != nullptr) {
        const auto end = static_cast<std::size_t>(found - data());
        if (skipping_ || end - begin_ > max_message_) {
            skipping_ = true;
            return finish_skipped(end);
        }
        const Framed framed{{data() + begin_, end - begin_}, end - begin_};
        last_ = begin_;
        begin_ = scanned_ = end + 1;
        return framed;
    }
    scanned_ = end_;
    if (skipping_ || end_ - begin_ > max_message_) skip_rest();
    return std::nullopt;
}

platform::KeptMessage NulFraming::keep() {
    const std::size_t from = std::exchange(last_, nowhere);
    if (from == nowhere) return {};
    const std::size_t size = begin_ - from - 1;
    // Who holds the message holds all that was written to since the memory was taken, and counts the message alone.
    if (size < platform::SharedText::shared_from || used_ / most_times_kept > size) return {};
    const std::size_t behind = end_ - begin_;
    const std::size_t all = headroom + begin_;
    auto old = move_to(std::max(usual_capacity, behind + least_read));
    if (!old) return {};
    const std::shared_ptr<char> owner{std::move(*old)};
    return {owner, {owner.get(), all}};
}

}  // namespace cdp
