// A text that its holders share where it is large, so that it is never copied. It never changes.
// Thread rule: the holders of a shared text are in one thread.
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>

namespace platform {

class SharedText {
  public:
    /// A text of at least this size is shared. Bytes.
    static constexpr std::size_t shared_from = std::size_t{256} << 10;

    SharedText() = default;
    SharedText(std::string text) {  // implicit: a text is handed in as the string that it was written into
        if (text.size() < shared_from) {
            own_ = std::move(text);
            return;
        }
        auto kept = std::make_shared<const std::string>(std::move(text));
        shared_ = *kept;
        owner_ = std::move(kept);
    }
    SharedText(const char* text) : SharedText{std::string{text}} {}
    /// `text` lies in what `owner` keeps alive.
    SharedText(std::shared_ptr<const void> owner, std::string_view text) noexcept
        : owner_{std::move(owner)}, shared_{text} {}

    bool is_shared() const noexcept { return owner_ != nullptr; }
    std::string_view view() const noexcept { return is_shared() ? shared_ : std::string_view{own_}; }
    operator std::string_view() const noexcept { return view(); }
    std::size_t size() const noexcept { return view().size(); }
    bool empty() const noexcept { return view().empty(); }

    friend bool operator==(const SharedText& one, std::string_view other) noexcept { return one.view() == other; }

  private:
    std::string own_;  // unless it is shared
    std::shared_ptr<const void> owner_;
    std::string_view shared_;
};

/// The memory in which a large message arrived, handed over: the message stays where it lies, and there is room in
/// front of it.
struct KeptMessage {
    std::shared_ptr<void> owner;  // null: nothing was handed over
    std::span<char> room;         // the whole of it, the message included
};

/// Who read a message. Its memory can be had until the next one is read.
class MessageMemory {
  public:
    /// Hands the memory of the message that was read last over, where it is large enough to be worth it. The
    /// message's views stay valid as long as the owner lives.
    virtual KeptMessage keep() = 0;

  protected:
    ~MessageMemory() = default;
};

}  // namespace platform
