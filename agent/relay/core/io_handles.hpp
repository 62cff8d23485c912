// The stream handles that this channel was given in results. Chrome counts 1, 2, 3, so a handle of somebody else's
// stream is easily guessed: only one that was given out may be read or closed.
#pragma once

#include <cstddef>
#include <deque>
#include <string>
#include <string_view>

namespace relay {

/// Who is given a stream, and who asks for it.
struct StreamUser {
    std::string_view session = {};  // as the command named it; empty: none
    std::string_view key = {};      // the fingerprint of the key behind the command; empty: none
};

/// No clock. Bounded: beyond `max_handles` the oldest is forgotten. A stream that was closed stays known: Chrome uses
/// no number twice, and says itself which are invalid.
class IoHandles {
  public:
    static constexpr std::size_t max_handles = 1024;

    /// Takes notice of a command's result: keeps the handle in it, if it is one of the commands that give any.
    void on_result(const StreamUser& user, std::string_view method, std::string_view result);

    /// Whether this handle was given in that session to a command of that key. Each call of a key is a client of its
    /// own: its next one may read what an earlier one was given.
    bool knows(const StreamUser& user, std::string_view handle) const;

    /// Another browser counts anew.
    void clear() noexcept { given_.clear(); }
    std::size_t size() const noexcept { return given_.size(); }

  private:
    struct Given {
        std::string session;
        std::string key;
        std::string handle;
    };
    void keep(const StreamUser& user, std::string handle);

    std::deque<Given> given_;
};

/// Whether results of that method, or events of that name, may give a handle.
bool gives_stream(std::string_view method) noexcept;
/// Whether a method reads or closes a stream that its `handle` names.
bool uses_stream_handle(std::string_view method) noexcept;

}  // namespace relay
