#include "tests/hub/socket.hpp"

#include <fmt/core.h>

#include <algorithm>

namespace hub {

namespace {

constexpr std::uint16_t going_away = 1001, service_restart = 1012;
constexpr std::int64_t replay_max = 25, later_replay_default = 10;

std::string status_payload(std::string_view status, std::string_view response) {
    return fmt::format(R"({{"status":"{}","response":{}}})", status, response);
}

std::string error_payload(std::string_view reason) {
    return status_payload("error", "{\"reason\":" + json_string(reason) + "}");
}

/// What `broadcast.replay` asks for: nothing, a time and a number, or a fault.
struct Replay {
    std::string fault;
    bool wanted = false;
    std::int64_t since = 0;
    std::size_t limit = replay_max;
};

Replay parse_replay(const JoinOptions& options, bool later) {
    Replay replay;
    if (!options.replay) return replay;
    if (!options.is_private) {
        replay.fault = "UnableToReplayMessages: Replay is not allowed for public channels";
        return replay;
    }
    auto asked = *options.replay;
    if (asked.is_null()) return replay;
    const auto limit =
        asked.is_object() ? asked.value("limit", Json(later ? later_replay_default : replay_max)) : Json();
    if (later && asked.is_object() && !asked.contains("since")) asked["since"] = 0;
    if (!asked.is_object() || !asked.contains("since") || !asked["since"].is_number_integer() ||
        !limit.is_number_integer()) {
        replay.fault = "UnableToReplayMessages: Replay params are not valid";
        return replay;
    }
    replay.wanted = true;
    replay.since = asked["since"].get<std::int64_t>();
    replay.limit = static_cast<std::size_t>(std::clamp(limit.get<std::int64_t>(), std::int64_t{1}, replay_max));
    return replay;
}

}  // namespace

Socket::Socket(Tenant& tenant, Outlet& outlet, Version version, std::string token, Json claims)
    : tenant_(tenant), outlet_(outlet), version_(version), token_(std::move(token)), claims_(std::move(claims)) {
    tenant_.sockets().insert(this);
    ++tenant_.counters().sockets_opened;
}

Socket::~Socket() {
    tenant_.sockets().erase(this);
    channels_.clear();
}

void Socket::on_text(std::string_view text) {
    auto push = decode_text(version_, text);
    if (!push) {
        ++tenant_.counters().malformed;
        return;
    }
    dispatch(std::move(*push));
}

void Socket::on_binary(std::string_view bytes) {
    auto push = version_ == Version::v2 ? decode_binary(bytes) : std::nullopt;
    if (!push) {
        ++tenant_.counters().malformed;
        return;
    }
    dispatch(std::move(*push));
}

void Socket::dispatch(Push push) {
    ended_.clear();
    if (push.form != Push::Form::text) return push_to_channel(push);
    if (push.topic == "phoenix" && push.event == "heartbeat") {
        ++tenant_.counters().heartbeats;
        return answer(
            {.ref = push.ref, .topic = "phoenix", .event = "phx_reply", .payload = R"({"status":"ok","response":{}})"});
    }
    const bool ours = push.topic.compare(0, topic_prefix.size(), topic_prefix) == 0;
    if (push.event == "phx_join" && ours) return join(push);
    if (push.event == "phx_leave") return leave(push);
    push_to_channel(push);
}

void Socket::push_to_channel(const Push& push) {
    const auto found = channels_.find(push.topic);
    if (found == channels_.end())
        return answer({.ref = push.ref,
                       .topic = push.topic,
                       .event = "phx_reply",
                       .payload = R"({"status":"error","response":{"reason":"unmatched topic"}})"});
    auto& channel = *found->second;
    if (tenant_.limits().strict_join_ref && push.join_ref != channel.reply_ref) return;
    if (push.form == Push::Form::user || push.event == "broadcast") return channel.on_broadcast(push);
    if (push.event == "presence") return channel.on_presence(push);
    if (push.event == "access_token") return channel.on_access_token(push.payload);
    tenant_.events().add(tenant_.clock().now());  // any other event: counted, logged, ignored
}

void Socket::leave(const Push& push) {
    const auto found = channels_.find(push.topic);
    const bool current =
        found != channels_.end() && (push.join_ref == "null" || push.join_ref == found->second->reply_ref);
    if (found != channels_.end() && !current) return;
    const auto join_ref = found == channels_.end() ? push.join_ref : found->second->reply_ref;
    answer({.join_ref = join_ref,
            .ref = push.ref,
            .topic = push.topic,
            .event = "phx_reply",
            .payload = R"({"status":"ok","response":{}})"});
    if (current) end_channel(*found->second, "phx_close", "{}");
}

std::string Socket::refused_by_limits(std::uint16_t& then_close) {
    const auto& limits = tenant_.limits();
    if (!ever_joined_ && tenant_.users() >= limits.concurrent_users)
        return "ConnectionRateLimitReached: Too many connected users";
    const auto now = tenant_.clock().now();
    tenant_.joins().add(now);
    if (tenant_.joins().exceeded(now)) {
        then_close = going_away;
        return "ClientJoinRateLimitReached: Too many joins per second";
    }
    if (channels_.size() >= limits.channels_per_socket) return "ChannelRateLimitReached: Too many channels";
    return {};
}

std::string Socket::choose_token(const Json& payload) const {
    if (!payload.is_object()) return token_;
    const auto given = payload.value("access_token", Json()), legacy = payload.value("user_token", Json());
    const auto& chosen = given.is_string() && legacy.is_string() ? legacy : given;
    if (!chosen.is_string()) return token_;
    auto token = chosen.get<std::string>();
    return token.substr(0, 3) == "sb_" ? token_ : token;
}

std::string Socket::admit(const Push& push, const JoinOptions& options, Verdict& verdict, std::string& token) {
    if (push.topic.size() == topic_prefix.size()) return "TopicNameRequired: You must provide a topic name";
    if (!options.fault.empty()) return options.fault;
    if (tenant_.limits().private_only && !options.is_private)
        return "PrivateOnly: This project only allows private channels";
    token = choose_token(push.payload);
    verdict = tenant_.judge(token);
    if (verdict.fault != TokenFault::none) return join_reason(verdict);
    if (!tenant_.database_usable()) return "IncreaseConnectionPool: Please increase your connection pool size";
    const auto name = push.topic.substr(topic_prefix.size());
    if (options.is_private && !tenant_.rights(verdict.claims, name).read)
        return "Unauthorized: You do not have permissions to read from this Channel topic: " + name;
    return {};
}

void Socket::join(const Push& push) {
    // A channel of that name ends whatever becomes of the new join; its phx_close comes after the reply.
    std::unique_ptr<Channel> before;
    if (const auto found = channels_.find(push.topic); found != channels_.end()) {
        before = std::move(found->second);
        channels_.erase(found);
        before->close();
        stalled_close_ = encode(version_, {.join_ref = before->join_ref,
                                           .ref = before->join_ref,
                                           .topic = push.topic,
                                           .event = "phx_close",
                                           .payload = "{}"});
    }
    ++tenant_.counters().joins;
    const auto options = JoinOptions::parse(push.payload, push.topic.substr(topic_prefix.size()));
    std::uint16_t then_close = 0;
    Verdict verdict;
    std::string token;
    auto reason = refused_by_limits(then_close);
    if (reason.empty()) reason = admit(push, options, verdict, token);
    const auto replay = parse_replay(options, tenant_.limits().later_server);
    if (reason.empty()) reason = replay.fault;
    if (!reason.empty()) return refuse(push, std::move(reason), then_close);

    auto fresh = std::make_unique<Channel>(*this, push.topic, options);
    auto& channel = *fresh;
    channel.join_ref = push.join_ref;
    channel.reply_ref = push.join_ref == "null" ? push.ref : push.join_ref;
    channels_[push.topic] = std::move(fresh);
    ever_joined_ = true;
    channel.set_token(std::move(token), std::move(verdict.claims));
    tenant_.enter(channel);
    const auto response = "{\"postgres_changes\":" + channel.bind_changes() + "}";
    answer({.join_ref = push.join_ref,
            .ref = push.ref,
            .topic = push.topic,
            .event = "phx_reply",
            .payload = status_payload("ok", response)});
    if (stalled_close_) deliver(std::exchange(stalled_close_, nullptr));
    std::vector<const StoredMessage*> rows;
    if (replay.wanted) rows = tenant_.stored(channel.name(), replay.since, replay.limit);
    channel.after_join(rows);
    if (before) ended_.push_back(std::move(before));
}

void Socket::refuse(const Push& push, std::string reason, std::uint16_t then_close) {
    ++tenant_.counters().joins_refused;
    stalled_until_ = tenant_.clock().now() + tenant_.settings().join_penalty;
    stalled_code_ = then_close;
    stalled_reply_ = encode(version_, {.join_ref = push.join_ref,
                                       .ref = push.ref,
                                       .topic = push.topic,
                                       .event = "phx_reply",
                                       .payload = error_payload(reason)});
    holding_ = true;
}

void Socket::end_stall() {
    stalled_until_.reset();
    outlet_.send(std::exchange(stalled_reply_, nullptr));
    if (stalled_close_) deliver(std::exchange(stalled_close_, nullptr));
    if (stalled_code_ != 0) outlet_.close(std::exchange(stalled_code_, std::uint16_t{0}));
}

void Socket::settle() {
    if (stalled_until_ || !holding_) return;
    holding_ = false;
    for (; !held_.empty(); held_.pop_front()) outlet_.send(held_.front());
}

void Socket::answer(const Envelope& envelope) {
    outlet_.send(encode(version_, envelope));
}

void Socket::deliver(const Bytes& frame) {
    if (holding_)
        held_.push_back(frame);
    else
        outlet_.send(frame);
}

void Socket::end_channel(Channel& channel, std::string_view event, std::string_view payload) {
    const auto topic = channel.topic();
    channel.close();
    deliver(encode(
        version_,
        {.join_ref = channel.join_ref, .ref = channel.join_ref, .topic = topic, .event = event, .payload = payload}));
    const auto found = channels_.find(topic);
    if (found == channels_.end() || found->second.get() != &channel) return;
    ended_.push_back(std::move(found->second));
    channels_.erase(found);
}

TimePoint Socket::next_deadline() const {
    auto next = TimePoint::max();
    for (const auto& [topic, channel] : channels_)
        if (channel->expires()) next = std::min(next, *channel->expires());
    return next;
}

void Socket::on_deadline() {
    std::vector<Channel*> all;
    for (const auto& [topic, channel] : channels_) all.push_back(channel.get());
    for (auto* channel : all) channel->check_expiry();
}

void Socket::request_disconnect() {
    const std::string payload = R"({"message":"Server requested disconnect","status":"ok","extension":"system"})";
    for (const auto& [topic, channel] : channels_)
        deliver(encode(version_, {.topic = topic, .event = "system", .payload = payload}));
    outlet_.close(service_restart);
}

}  // namespace hub
