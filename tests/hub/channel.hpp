// One joined topic on one socket, with its own token, options and timers.
#pragma once

#include <optional>
#include <set>
#include <string>
#include <vector>

#include "tests/hub/tenant.hpp"

namespace hub {

class Socket;

/// The options of a join, as far as the server understands them.
struct JoinOptions {
    bool is_private = false, ack = false, self = false, replication_ready = false, presence = false;
    std::string presence_key;
    std::optional<Json> replay;  ///< the key was there
    Json postgres_changes = Json::array();
    std::string fault;  ///< set: the server fails over this join, with this reason

    static JoinOptions parse(const Json& payload, const std::string& name);
};

class Channel {
  public:
    Channel(Socket& socket, std::string topic, JoinOptions options);
    ~Channel();
    Channel(const Channel&) = delete;
    Channel& operator=(const Channel&) = delete;

    const std::string& topic() const { return topic_; }
    std::string name() const;
    std::string room_key() const;
    Socket& socket() { return socket_; }
    const JoinOptions& options() const { return options_; }

    /// The token that now rules this channel.
    void set_token(std::string token, Json claims);
    std::optional<TimePoint> expires() const { return expires_; }

    void on_broadcast(const Push& push);
    void on_presence(const Push& push);
    void on_access_token(const Json& payload);
    /// Its token may be over.
    void check_expiry();

    /// After the reply to the join: replayed messages, notices, presence.
    void after_join(const std::vector<const StoredMessage*>& replayed);

    void deliver(const Bytes& frame);
    void reply(const Push& push, std::string_view status, std::string_view response);
    /// Entries of the join reply, as JSON text; from now on changes are matched against them.
    std::string bind_changes();
    void system(std::string_view status, std::string_view message, std::string_view extension = "system");
    /// `system` error, then phx_close; the channel is gone afterwards.
    void shut_down(std::string_view message);
    void change(const std::string& type, const std::string& table, const Json& data, const Json& record);

    /// Out of its room. What is called on it afterwards says nothing.
    void close();
    bool closed() const { return closed_; }

    bool reads() const { return rights_.read; }
    bool reads_presence() const { return !options_.is_private || reads_presence_; }

    // What the socket keeps for it: join_ref as it came, and what replies carry.
    std::string join_ref = "null", reply_ref = "null";

  private:
    bool may_write();
    bool may_broadcast(const Push& push, std::size_t size);
    void track(const Push& push, const Json& payload);
    void untrack();
    void send_presence_state();

    Socket& socket_;
    Tenant& tenant_;
    std::string topic_;
    JoinOptions options_;
    std::string token_;
    Json claims_;
    Rights rights_;
    bool write_checked_ = false, closed_ = false;
    std::optional<TimePoint> expires_;
    std::string presence_key_;
    bool reads_presence_ = false;
    std::deque<TimePoint> presence_calls_;
    struct Binding {
        std::int64_t id;
        Json entry;
    };
    std::vector<Binding> bindings_;
};

}  // namespace hub
