// What happened to the recorded server during a trace: settings, the database, stops.
#include <fmt/core.h>

#include <regex>

#include "tests/hub/conformance/replay.hpp"

namespace conformance {

namespace {

hub::Limits limits_with(hub::Limits limits, const Json& changes) {
    limits.concurrent_users = changes.value("max_concurrent_users", limits.concurrent_users);
    limits.joins_per_second = changes.value("max_joins_per_second", limits.joins_per_second);
    limits.private_only = changes.value("private_only", limits.private_only);
    limits.suspended = changes.value("suspend", limits.suspended);
    return limits;
}

}  // namespace

void Replay::note(const Line& line) {
    const auto& text = line.data;
    constexpr std::string_view settings = "tenant settings changed: ";
    std::smatch match;
    if (text.compare(0, settings.size(), settings) == 0)
        return change_settings(Json::parse(text.substr(settings.size())));
    if (std::regex_match(text, match, std::regex{"(\\w+) closes its socket without leaving"})) {
        finished_[match[1]] = true;
        peer(match[1]).abort();
    } else if (text == "SIGTERM now") {
        auto drain = [this]() -> awaitable<void> { co_await hub_->drain(); };
        net::co_spawn(io_, drain, rethrow);
    } else if (text == "SIGKILL now") {
        hub_->stop();
    } else if (text == "the server is started again") {
        pump();
        start_hub(port_);
    } else if (text == "database stopped" || text == "database started") {
        hub_->tenant().set_database(text == "database started");
    } else if (text == "S: httpSend()") {
        http_send();
    }
    pump();
}

void Replay::change_settings(const Json& changes) {
    hub_->tenant().set_limits(limits_with(hub_->tenant().limits(), changes));
    pump();
}

void Replay::sql(const std::string& statement) {
    auto& tenant = hub_->tenant();
    const std::regex send{R"(select realtime\.send\('(.*)'::jsonb, '(.*)', '(.*)', (true|false)\))"};
    std::smatch match;
    const Json row{{"id", 1}, {"details", "hello"}}, changed{{"id", 1}, {"details", "hello2"}}, key{{"id", 1}};
    if (std::regex_search(statement, match, send))
        tenant.database_send(Json::parse(match[1].str()), match[2], match[3], match[4] == "true");
    else if (statement.find("insert into public.test_tenant") == 0)
        tenant.publish_change("INSERT", "test_tenant", row, Json());
    else if (statement.find("update public.test_tenant") == 0)
        tenant.publish_change("UPDATE", "test_tenant", changed, key);
    else if (statement.find("delete from public.test_tenant") == 0)
        tenant.publish_change("DELETE", "test_tenant", Json(), key);
    pump();
}

/// What supabase-js sends over HTTP is not in the recording, its effect is.
void Replay::http_send() {
    const std::string body = R"({"op":"http","id":9})";
    const auto token = hub_->user_token("aaaaaaaa-aaaa-4aaa-8aaa-aaaaaaaaaaaa");
    peers_["httpSend"] = std::make_unique<Peer>(io_, port_);
    peer("httpSend")
        .send(fmt::format(
            "POST /realtime/v1/api/broadcast/device%3A00000040-1111-4111-8111-111111111111/events/cmd?private=true "
            "HTTP/1.1\r\n"
            "Host: realtime-dev.localhost\r\nAuthorization: Bearer {}\r\nContent-Type: "
            "application/json\r\nContent-Length: {}\r\n\r\n{}",
            token, body.size(), body));
    pump();
    const auto& inbox = peer("httpSend").inbox();
    constexpr unsigned accepted = 202;
    if (inbox.empty() || inbox.front().status != accepted) problems_.push_back("httpSend() was not accepted");
    peers_.erase("httpSend");
}

}  // namespace conformance
