// The far agent for the bridge's tests, as far as the channel shows of it: answers commands, keeps clients with the
// agent's own message streams, and may be asked to refuse, to fall silent and to start anew.
#pragma once

#include <gtest/gtest.h>

#include <functional>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "agent/realtime/core/raw_payload.hpp"
#include "agent/relay/client_stream.hpp"
#include "agent/relay/core/client_text.hpp"
#include "agent/relay/core/command.hpp"
#include "agent/relay/core/result.hpp"
#include "platform/clock.hpp"
#include "platform/core/base64.hpp"
#include "platform/json/core/slice.hpp"
#include "tests/loop/realtime/cloud.hpp"

namespace bridge_test {

using nlohmann::json;

class FarAgent {
  public:
    FarAgent(net::io_context& io, realtime::Settings settings, const std::string& token, const std::string& key,
             std::string instance)
        : link{io, with(std::move(settings), instance), token, key}, instance_{std::move(instance)} {
        link.recorder.also = [this](const realtime::Broadcast& broadcast) {
            const auto parts = realtime::split_raw(broadcast.payload);
            if (broadcast.event != "cdp-command") return;
            raw_posts += broadcast.raw ? 1 : 0;
            take(parts.text, parts.bytes);
        };
        link.start();
    }

    /// A message of the browser's for every client.
    void tell(const std::string& message) {
        for (auto& [name, stream] : clients_) {
            stream->add(message);
            pump(name, *stream);
        }
    }
    void end_all(const std::string& reason) {
        for (const auto& entry : clients_)
            publish("cdp-event", relay::write_client_ended(entry.first, instance_, reason));
        clients_.clear();
    }

    cloud::Agent link;
    std::map<std::string, std::string> results;  // by method: JSON text
    std::map<std::string, std::string> errors;   // likewise, of the error object
    bool silent = false;                         // it hears, and says nothing
    std::size_t largest = 200'000;               // of a result; a larger one is kept
    std::vector<json> got;                       // messages of clients
    std::vector<std::string> closed;             // clients, by Agent.close
    std::string behind;                          // an event that goes with each reply, behind it
    int posts = 0;
    int bare_posts = 0;  // of them, acknowledgements alone
    int opens = 0;
    int shrinks = 0;                // pieces of a kept result that are to be too large for a broadcast themselves
    int sealed_opens = 0;           // of them, inside of TLS
    int resumed = 0;                // of them, with a ticket
    std::vector<std::string> seen;  // the payloads of all commands
    bool binary = true;             // it takes raw broadcasts, and says so where it is asked
    bool always_binary = false;     // it says so to whoever opens
    int raw_posts = 0;
    std::optional<platform::KeyPair> seal_key;                                           // nothing: it speaks no TLS
    std::function<bool(const platform::PublicKey&)> takes = [](auto&) { return true; };  // a controller's key
    double pace = 0;                 // that an Agent.open is answered with
    std::optional<double> pace_now;  // that every broadcast tells

  private:
    static realtime::Settings with(realtime::Settings settings, const std::string& instance) {
        settings.instance = instance;
        settings.track_presence = true;
        return settings;
    }

    void take(std::string_view payload, std::string_view raw) {
        seen.emplace_back(payload);
        relay::CommandReader reader;
        if (silent || !reader.read(payload)) return;
        const relay::Command& command = reader.command();
        const std::string id{command.id};
        const std::string method{command.method};
        if (method == "Agent.post") return take_post(command.params, raw);
        if (errors.contains(method)) return publish("cdp-result", relay::write_error(id, errors[method]));
        if (method == "Agent.open") return open(id, json::parse(command.params), relay::read_open(command.params));
        if (method == "Agent.close") closed.push_back(relay::client_named(command.params));
        if (method == "IO.read") return read_piece(id, json::parse(command.params));
        answer(id, results.contains(method) ? results[method] : "{}");
    }

    void answer(const std::string& id, const std::string& result) {
        if (result.size() <= largest) return publish("cdp-result", relay::write_result(id, result));
        kept_ = result;
        const std::string extra = R"("size":)" + std::to_string(result.size()) + R"(,"stream":"agent:1")";
        publish("cdp-result", relay::write_refusal(id, relay::Reason::too_large, "It is kept.", extra));
    }

    void read_piece(const std::string& id, const json& params) {
        if (shrinks > 0) {
            --shrinks;
            const std::string extra = R"("size":1000,"stream":"agent:2")";
            return publish("cdp-result", relay::write_refusal(id, relay::Reason::too_large, "It is kept.", extra));
        }
        const std::size_t offset = params["offset"];
        std::string piece = R"({"base64Encoded":false,"data":)";
        platform::append_quoted(piece, std::string_view{kept_}.substr(offset, largest / 2));
        piece += offset + largest / 2 >= kept_.size() ? R"(,"eof":true})" : R"(,"eof":false})";
        publish("cdp-result", relay::write_result(id, piece));
    }

    void open(const std::string& id, const json& params, const relay::OpenRequest& request) {
        const std::string name = instance_ + "-" + std::to_string(++opens);
        relay::MessageStream::Settings settings;
        settings.out.list_name = "items";
        settings.in.message = std::size_t{256} << 20;
        clients_[name] = std::make_unique<relay::ClientStream>(settings, link.supervisor->payload_limit(), 300);
        const relay::ClientLimits limits{link.supervisor->payload_limit(), clients_[name]->window(), 100 << 20,
                                         std::chrono::seconds{120}, pace};
        std::string opened = relay::write_opened(name, instance_, limits);
        if (seal_key && params.value("tls", false)) {
            opened.back() = ',';
            opened += R"("data":")" + platform::base64(seal(*clients_[name], params["data"], request)) + "\"}";
            if (binary && request.binary) clients_[name]->send_raw();
            if (always_binary || (binary && request.binary)) {
                opened.back() = ',';
                opened += R"("binary":true})";
            }
        }
        publish("cdp-result", relay::write_result(id, opened));
    }

    /// Its first records.
    std::string seal(relay::ClientStream& stream, const std::string& hello, const relay::OpenRequest& request) {
        ++sealed_opens;
        if (!party_) party_.emplace(platform::SealedRole::agent, *seal_key);
        platform::SealedConnection::Opening opening;
        opening.binding = relay::sealed_binding(cloud::device_uuid, request);
        opening.takes = [this](const platform::PublicKey& its) { return takes(its); };
        auto connection = std::make_unique<platform::SealedConnection>(*party_, std::move(opening));
        connection->feed(platform::from_base64(hello).value_or(""));
        std::string greeting = connection->take_records();
        stream.seal(std::move(connection), std::size_t{256} << 20);
        return greeting;
    }

    void take_post(std::string_view params, std::string_view raw) {
        ++posts;
        if (params.find("\"seq\"") == std::string_view::npos) ++bare_posts;
        const std::string name = relay::client_named(params);
        const auto found = clients_.find(name);
        if (found == clients_.end()) {
            return publish("cdp-event", relay::write_client_ended(name, instance_, "no_client"));
        }
        relay::ClientStream& stream = *found->second;
        const auto received = stream.receive(params, platform::BootClock::now(), raw);
        EXPECT_EQ(stream.sealed() == nullptr ? received.wrong : "", "");
        if (stream.sealed() != nullptr && stream.sealed()->failure() != platform::SealedConnection::Failure::none) {
            const bool other = stream.sealed()->failure() == platform::SealedConnection::Failure::not_trusted;
            clients_.erase(found);
            return publish("cdp-event",
                           relay::write_client_ended(name, instance_, other ? "not_trusted" : "bad_record"));
        }
        resumed += first_of(stream) && stream.sealed()->resumed() ? 1 : 0;
        for (const auto message : received.messages) {
            got.push_back(json::parse(message));
            const json& now = got.back();
            const bool call = now.value("method", "") == "Agent.call";
            const std::string method = call ? now["params"]["method"] : now["method"];
            const json result = results.contains(method) ? json::parse(results[method]) : json{{"n", now["id"]}};
            stream.add(json{{"id", now["id"]}, {"result", result}}.dump());
            if (!behind.empty()) stream.add(behind);
        }
        pump(name, stream);
    }

    /// Whether its handshake has just come to its end.
    bool first_of(const relay::ClientStream& stream) {
        return stream.sealed() != nullptr && met_.insert(stream.sealed()).second;
    }

    void pump(const std::string& name, relay::ClientStream& stream) {
        while (const auto broadcast = stream.next(platform::BootClock::now())) {
            std::string payload = relay::write_client_broadcast(name, instance_, broadcast->members, pace_now);
            if (!broadcast->raw.empty()) realtime::append_raw(payload, broadcast->raw);
            publish("cdp-event", std::move(payload), !broadcast->raw.empty());
            stream.left(platform::BootClock::now());
        }
    }

    void publish(std::string event, std::string payload, bool raw = false) {
        realtime::Message message{++ticket_, realtime::Lane::answer, std::move(event), std::move(payload)};
        message.raw = raw;
        link.supervisor->publish(std::move(message));
    }

    std::string instance_;
    std::map<std::string, std::unique_ptr<relay::ClientStream>> clients_;
    std::optional<platform::SealedParty> party_;
    std::set<const void*> met_;
    std::string kept_;
    realtime::Ticket ticket_ = 0;
};

}  // namespace bridge_test
