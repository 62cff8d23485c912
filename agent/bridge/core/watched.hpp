// What passes between controllers and a far browser, as a bystander on the device channel hears it: commands joined
// with their answers, the events of clients, and their ends. Pure: it takes what was heard and `now`, and says what is
// to be shown. Any member of the channel can write what is read here: it is all bounded, and nothing of it is trusted.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "agent/bridge/core/conversation.hpp"
#include "agent/bridge/core/seen_message.hpp"
#include "agent/bridge/core/watched_stream.hpp"
#include "agent/realtime/core/raw_payload.hpp"
#include "platform/core/time_point.hpp"

namespace bridge {

class Watched {
  public:
    static constexpr std::size_t most_commands = Conversation::most_commands;
    static constexpr std::size_t most_params = SeenMessage::most_params;
    static constexpr Duration shown_after = Conversation::shown_after;
    /// An agent has 32 clients at most. The client that was silent for longest goes first.
    static constexpr std::size_t most_clients = 64;
    /// Bytes of all messages that come in parts. Beyond it only the message that comes now is put together.
    static constexpr std::size_t most_held = std::size_t{64} << 20;

    /// A broadcast: its event's name, and its payload.
    std::vector<SeenMessage> hear(std::string_view event, std::string_view payload, TimePoint now);
    /// A raw one: its event's name, and its payload. Clients have them where they are sealed; anything else is skipped.
    std::vector<SeenMessage> hear_raw(std::string_view event, const realtime::RawPayload& payload);

    /// The commands that have waited for shown_after. due_at(): when there is one; TimePoint::max(): there is none.
    std::vector<SeenMessage> take_late(TimePoint now) { return conversation_.take_late(now); }
    TimePoint due_at() const { return conversation_.due_at(); }

    /// At the end of the watch: the commands that have no answer.
    std::vector<SeenMessage> take_open() { return conversation_.take_open(); }

    /// The channel was left and joined again: what was sent meanwhile was not heard.
    void interrupt();

    std::size_t commands() const noexcept { return conversation_.size(); }
    std::size_t clients() const noexcept { return clients_.size(); }

  private:
    struct Client {
        WatchedStream up;
        WatchedStream down;
        std::uint64_t heard = 0;  // counts what was heard
        bool noted_sealed = false;
    };
    using Sights = std::vector<SeenMessage>;

    void hear_command(std::string_view payload, TimePoint now, Sights& out);
    void hear_result(std::string_view payload, TimePoint now, Sights& out);
    void hear_client(std::string_view payload, TimePoint now, Sights& out);
    void hear_post(std::string_view params, TimePoint now, Sights& out);
    void end_client(const std::string& name, std::string_view reason, Sights& out);
    WatchedStream::Heard read_stream(const std::string& client, bool up, std::string_view object, Sights& out);
    void answer(SeenMessage sight, TimePoint now, Sights& out);
    Client& find_client(const std::string& name);
    void bound_held(const Client& now);
    void note_once(bool& noted, std::string_view text, const std::string& client, Sights& out);

    Conversation conversation_;
    std::map<std::string, Client, std::less<>> clients_;
    std::uint64_t heard_ = 0;
    bool noted_half_ = false;
    bool noted_unreadable_ = false;
};

}  // namespace bridge
