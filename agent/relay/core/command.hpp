// One `cdp-command` taken apart: what it asks for, in slices of the broadcast that brought it. Reading is also judging:
// what comes out is safe to put into an envelope of our own, and what is not comes out as a sentence for the sender.
// Source: the device channel's contract, "cdp-command".
#pragma once

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "platform/json/core/check.hpp"

namespace relay {

/// Bytes of an `id`, quotes of a string not counted. It is echoed as it came, so this bounds every answer too.
inline constexpr std::size_t max_id_bytes = 256;
inline constexpr std::size_t max_method_bytes = 128;
inline constexpr std::size_t max_session_bytes = 64;
/// Levels of `params`; Chrome answers deeper ones without an id.
inline constexpr std::size_t max_params_depth = platform::max_json_depth;
/// Members at the command's top level. Five have a meaning; the rest is ignored, but must be compared for repeats.
inline constexpr std::size_t max_command_members = 64;

/// What one command says. Slices of the payload (or of the CommandReader's memory): valid until the next read.
struct Command {
    std::string_view id;                               // JSON text of a number or string, byte for byte as it came
    std::string_view method;                           // "Domain.name", letters and one dot
    std::string_view params;                           // JSON text of an object, checked; empty for none
    std::string_view session;                          // decoded; empty for none
    std::optional<std::chrono::milliseconds> timeout;  // the command's own limit, not yet capped
};

/// Why a payload is not a command, and whom to tell.
struct Unreadable {
    std::string_view id = "null";  // JSON text: what could be read of it
    std::string message;           // a sentence that names what is wrong
};

/// "Domain.name": letters, one dot, at most max_method_bytes.
bool is_method_name(std::string_view method) noexcept;

/// Reads commands, one after the other, without allocating for the usual ones.
class CommandReader {
  public:
    /// Reads one payload. On success command() holds it, else unreadable() says why not.
    bool read(std::string_view payload);

    const Command& command() const noexcept { return command_; }
    const Unreadable& unreadable() const noexcept { return unreadable_; }

  private:
    enum class Key : unsigned char { id, method, params, session, timeout, other };

    bool take(std::string_view key, std::string_view value);
    bool take_known(Key key, std::string_view value);
    bool take_id(std::string_view value);
    bool take_method(std::string_view value);
    bool take_session(std::string_view value);
    bool take_params(std::string_view value);
    bool take_timeout(std::string_view value);
    bool repeated(Key key, std::string_view name);
    bool refuse(std::string message);
    bool complete();

    Command command_;
    Unreadable unreadable_;
    std::string method_;               // holds a method that had escapes
    std::string session_;              // likewise
    std::vector<std::string> others_;  // keys without a meaning, to notice a repeat
    unsigned seen_ = 0;                // a bit per Key
    std::size_t members_ = 0;
    bool refused_ = false;
};

}  // namespace relay
