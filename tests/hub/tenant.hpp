// What all sockets of the hub share: rooms, limits, the stored messages, who owns which device, counters.
#pragma once

#include <deque>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

#include "tests/hub/clock.hpp"
#include "tests/hub/frame.hpp"
#include "tests/hub/middleman.hpp"
#include "tests/hub/rate.hpp"
#include "tests/hub/settings.hpp"
#include "tests/hub/token.hpp"

namespace hub {

class Channel;
class Socket;

/// What a token may do with a private topic, as row-level security of the recorded set-up decides it.
struct Rights {
    bool read = false, write = false, presence = false;
};

/// One presence of one channel.
struct Meta {
    Channel* channel;
    std::string phx_ref;
    Json payload;  ///< with phx_ref (and phx_ref_prev)
};

struct Room {
    std::vector<Channel*> members;
    std::map<std::string, std::vector<Meta>> presence;
};

/// A row of realtime.messages.
struct StoredMessage {
    std::string id, topic, event;  ///< topic without prefix
    Json payload;
    bool is_private;
    std::int64_t inserted_at;  ///< ms since 1970
};

/// A row of the table `devices`.
struct Device {
    Json row;
    std::string owner;  ///< `sub` of the user it belongs to; may be empty
};

/// What the admin interface and tests count.
struct Counters {
    std::uint64_t sockets_opened = 0, upgrades_refused = 0, joins = 0, joins_refused = 0, broadcasts_in = 0,
                  broadcasts_out = 0, bytes_in = 0, bytes_out = 0, malformed = 0, heartbeats = 0, rate_closures = 0,
                  too_large = 0, access_tokens = 0, http_broadcasts = 0, rest_requests = 0;
};

class Tenant {
  public:
    Tenant(Clock& clock, Settings settings);

    Clock& clock() { return clock_; }
    Settings& settings() { return settings_; }
    const Limits& limits() const { return settings_.limits; }
    /// Counters of a changed rate begin anew; a change of `private_only` or `suspended` disconnects everybody.
    void set_limits(const Limits& limits);
    Counters& counters() { return counters_; }

    Verdict judge(std::string_view token) const { return judge_token(token, settings_.secret, clock_.wall()); }
    std::string sign(const Json& claims) const { return sign_token(claims, settings_.secret); }
    Rights rights(const Json& claims, const std::string& name) const;

    Room& enter(Channel& channel);
    void leave(Channel& channel);
    Room& room_of(Channel& channel);
    /// Delivers to the room's members; counts, and closes receivers while the event rate is exceeded.
    /// `sender` may be null. Returns false if the sender's channel crashed over it.
    bool broadcast(bool is_private, const std::string& topic, Broadcast& message, Channel* sender);
    /// Likewise, past the one in the middle.
    bool deliver(bool is_private, const std::string& topic, Broadcast& message, Channel* sender);
    void send_diff(Room& room, const std::string& topic, const Json& joins, const Json& leaves);

    /// realtime.send() of the database: stored, and broadcast with its id. Returns the id.
    std::string database_send(Json payload, const std::string& event, const std::string& name, bool is_private);
    /// realtime.send_binary().
    std::string database_send_binary(std::string_view bytes, const std::string& event, const std::string& name,
                                     bool is_private);
    /// The newest `limit` stored messages of a private topic since `since`, oldest first.
    std::vector<const StoredMessage*> stored(const std::string& name, std::int64_t since, std::size_t limit) const;
    /// A row change for postgres_changes subscribers.
    void publish_change(const std::string& type, const std::string& table, const Json& record, const Json& old_record);

    RateCounter& events() { return events_; }
    RateCounter& joins() { return joins_; }
    /// Requests of the HTTP broadcast interface, which has a counter of its own.
    RateCounter& requests() { return requests_; }
    bool database_usable() const;
    void set_database(bool up);
    std::size_t users() const;

    std::map<std::string, Device>& devices() { return devices_; }
    std::map<std::string, Json>& tables() { return tables_; }
    std::set<Socket*>& sockets() { return sockets_; }

    std::string make_uuid();
    std::string make_ref();
    Middleman middleman;
    Json global_settings = Json::object();
    std::map<std::string, Json> device_settings;

  private:
    Clock& clock_;
    Settings settings_;
    Counters counters_;
    RateCounter events_, joins_, requests_;
    std::unordered_map<std::string, Room> rooms_;
    std::deque<StoredMessage> messages_;
    std::map<std::string, Device> devices_;
    std::map<std::string, Json> tables_;  ///< name -> columns, those in the publication
    std::set<Socket*> sockets_;
    bool database_up_ = true;
    TimePoint database_since_ = TimePoint::min();
    std::vector<Channel*> scratch_;
};

}  // namespace hub
