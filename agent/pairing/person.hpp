// The person whom a pairing talks to: at this process's own terminal, or at the other end of the control socket.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "platform/net.hpp"

namespace pairing {

/// Called on the loop. Each can_…() says whether the person can do that; one who cannot is not asked to.
class Person {
  public:
    virtual void say(std::string_view line) = 0;

    /// A line that the next one replaces; an empty one takes it away. Nothing happens where lines cannot be replaced.
    virtual void count_down(std::string_view /*line*/) {}

    virtual bool can_confirm() const { return false; }
    /// Yes or no; no at the input's end.
    virtual awaitable<bool> confirm(std::string /*question*/) { co_return false; }

    virtual bool can_type() const { return false; }
    /// Nothing at the input's end.
    virtual awaitable<std::optional<std::string>> read_line() { co_return std::nullopt; }

    virtual bool can_browse() const { return false; }
    /// Opens an address on a screen that the person sees. Returns what went wrong.
    virtual awaitable<std::optional<std::string>> browse(std::string /*address*/) { co_return std::nullopt; }

  protected:
    ~Person() = default;
};

/// Person::say, for parts of a pairing that know no person. The person outlives it.
inline std::function<void(std::string_view)> speech_to(Person& person) {
    return [&person](std::string_view line) { person.say(line); };
}

}  // namespace pairing
