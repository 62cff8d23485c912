// What passes between controllers and a far browser, as a bystander on the device channel hears it: commands joined
// with their answers, the events of clients, and their ends. Pure: it takes what was heard and `now`, and says what is
// to be shown. Any member of the channel can write what is read here: it is all bounded, and nothing of it is trusted.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "agent/bridge/core/watched_stream.hpp"
#include "platform/core/time_point.hpp"

namespace bridge {

/// One thing to be shown. Texts are as they came: uncleaned.
struct Sight {
    enum class Kind : std::uint8_t {
        answer,   // a command with its answer
        waiting,  // a command that has no answer yet
        event,    // of the browser's, to a client
        ended,    // the far agent has ended a client
        note,     // about the watch itself
    };
    Kind kind = Kind::note;
    std::string client = {};   // empty: a single command, beside all clients
    std::string session = {};  // empty: none
    std::string id = {};       // JSON text of a number or a string; empty: none that can be shown
    std::string method = {};
    std::string params = {};  // JSON text, or its beginning where it has less than params_bytes
    std::size_t params_bytes = 0;
    bool command_heard = true;  // of an answer; false: no method and no time
    Duration took{};            // of an answer: since the command was heard here
    bool ok = true;             // likewise
    std::size_t bytes = 0;      // of the result
    std::int64_t code = 0;      // of the error
    std::string text = {};      // the error's message, the reason of an end, the note
};

class Watched {
  public:
    /// Commands without an answer that are remembered. The oldest goes first.
    static constexpr std::size_t most_commands = 4096;
    /// An agent has 32 clients at most. The client that was silent for longest goes first.
    static constexpr std::size_t most_clients = 64;
    /// Bytes of all messages that come in parts. Beyond it only the message that comes now is put together.
    static constexpr std::size_t most_held = std::size_t{64} << 20;
    /// Bytes that are kept of the parameters of a command or an event.
    static constexpr std::size_t most_params = 4096;
    /// Ids of the last answers that are remembered: an answer is sent again after a loss of the link.
    static constexpr std::size_t most_answered = 256;
    /// A command without an answer is shown by itself after this time.
    static constexpr Duration shown_after = std::chrono::seconds{1};

    /// A broadcast: its event's name, and its payload.
    std::vector<Sight> hear(std::string_view event, std::string_view payload, TimePoint now);

    /// The commands that have waited for shown_after. due_at(): when there is one; TimePoint::max(): there is none.
    std::vector<Sight> take_late(TimePoint now);
    TimePoint due_at() const;

    /// The channel was left and joined again: what was sent meanwhile was not heard.
    void interrupt();

    std::size_t commands() const noexcept { return commands_.size(); }
    std::size_t clients() const noexcept { return clients_.size(); }

  private:
    struct Command {
        std::string key;
        Sight sight;
        TimePoint at;
    };
    struct Client {
        WatchedStream up;
        WatchedStream down;
        std::uint64_t heard = 0;  // counts what was heard
    };
    using Sights = std::vector<Sight>;

    void hear_command(std::string_view payload, TimePoint now, Sights& out);
    void hear_result(std::string_view payload, TimePoint now, Sights& out);
    void hear_client(std::string_view payload, TimePoint now, Sights& out);
    void hear_post(std::string_view params, TimePoint now, Sights& out);
    void end_client(const std::string& name, std::string_view reason, Sights& out);
    WatchedStream::Heard read_stream(const std::string& client, bool up, std::string_view object, Sights& out);
    void send(Sight sight, TimePoint now);
    void answer(Sight sight, TimePoint now, Sights& out);
    Client& find_client(const std::string& name);
    void bound_held(const Client& now);
    void note_once(bool& noted, std::string_view text, const std::string& client, Sights& out);

    std::map<std::uint64_t, Command> commands_;                  // by the order in which they were heard
    std::map<std::string, std::uint64_t, std::less<>> numbers_;  // of commands_, by key
    std::uint64_t last_number_ = 0;
    std::uint64_t shown_ = 0;           // commands up to this one were shown without an answer
    std::deque<std::string> answered_;  // keys
    std::map<std::string, Client, std::less<>> clients_;
    std::uint64_t heard_ = 0;
    bool noted_half_ = false;
    bool noted_unreadable_ = false;
};

}  // namespace bridge
