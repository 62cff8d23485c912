// The reference of the bench: the least that forwards commands. Two sockets, Beast and simdjson, and no robustness at
// all: no reconnect, no deadline, no policy, no bound, no check of what is spliced. It does not ask whether the server
// took a result, unless its second argument is "ack": then each is numbered and acknowledged, and the acknowledgement
// read.
#include <simdjson.h>

#include <iostream>
#include <unordered_map>

#include "tests/bench/wire.hpp"

namespace bench {
namespace {

namespace json = simdjson::ondemand;

class Forwarder {
  public:
    Forwarder(net::io_context& context, const Device& device, std::uint16_t browser_port, bool acknowledged)
        : cloud_(context), browser_(context), topic_(device.topic()), acknowledged_(acknowledged) {
        join(cloud_, device, acknowledged);
        connect(browser_, browser_port, "/devtools/browser/bench");
        browser_.text(true);
        attach();
    }

    net::awaitable<void> cloud_to_browser() {
        std::string text;
        auto buffer = net::dynamic_buffer(text);
        for (;;) {
            co_await cloud_.async_read(buffer, net::use_awaitable);
            text.reserve(text.size() + simdjson::SIMDJSON_PADDING);
            cloud_.got_binary() ? take_binary(text) : take_text(text);
            buffer.consume(text.size());
        }
    }

    net::awaitable<void> browser_to_cloud() {
        std::string text;
        auto buffer = net::dynamic_buffer(text);
        for (;;) {
            co_await browser_.async_read(buffer, net::use_awaitable);
            text.reserve(text.size() + simdjson::SIMDJSON_PADDING);
            json::document document = parser_.iterate(text);
            std::uint64_t id = 0;
            if (document["id"].get(id) == simdjson::SUCCESS) {
                std::string_view result = simdjson::to_json_string(document["result"]);
                const auto pending = pending_.extract(id);
                out_.assign(R"(["1",)")
                    .append(next_ref())
                    .append(",\"")
                    .append(topic_)
                    .append(R"(","broadcast",{"type":"broadcast",)");
                out_.append(R"("event":"cdp-result","payload":{"id":)").append(pending.mapped());
                out_.append(R"(,"ok":true,"result":)").append(result).append("}}]");
                cloud_.text(true);
                co_await cloud_.async_write(net::buffer(out_), net::use_awaitable);
            }
            buffer.consume(text.size());
        }
    }

  private:
    std::string next_ref() { return acknowledged_ ? '"' + std::to_string(++ref_) + '"' : "null"; }

    // Kind 4: the sizes of topic, event and meta and the encoding, those three, then the payload.
    void take_binary(const std::string& text) {
        const auto size = [&](std::size_t i) { return std::size_t(static_cast<unsigned char>(text[i])); };
        const std::size_t payload = 5 + size(1) + size(2) + size(3);
        if (std::string_view(text).substr(5 + size(1), size(2)) != "cdp-command") return;
        json::document document =
            parser_.iterate(text.data() + payload, text.size() - payload, text.capacity() - payload);
        forward(document.get_object());
    }

    // [join_ref, ref, topic, "broadcast", {"event": …, "payload": …}]
    void take_text(const std::string& text) {
        json::document document = parser_.iterate(text);
        std::size_t i = 0;
        for (json::value element : document.get_array()) {
            if (i == 3 && std::string_view(element) != "broadcast") return;
            if (i++ < 4) continue;
            json::object message = element.get_object();
            if (std::string_view(message["event"]) == "cdp-command") forward(message["payload"].get_object());
        }
    }

    void forward(json::object command) {
        const std::string_view id = command["id"].raw_json_token();
        const std::string_view method = command["method"];
        const std::string_view params = simdjson::to_json_string(command["params"]);
        out_.assign(R"({"id":)").append(std::to_string(++last_)).append(R"(,"method":")").append(method);
        out_.append(R"(","params":)").append(params).append(R"(,"sessionId":")").append(session_).append("\"}");
        pending_.emplace(last_, id);
        browser_.write(net::buffer(out_));
    }

    void attach() {
        browser_.write(net::buffer(std::string_view(
            R"({"id":0,"method":"Target.attachToTarget","params":{"targetId":"5AD1E6A7C1F7B0D3E2A49C8866F0A1B2","flatten":true}})")));
        while (session_.empty()) {
            beast::flat_buffer buffer;
            browser_.read(buffer);
            const std::string reply = beast::buffers_to_string(buffer.data());
            if (reply.find("\"result\"") != std::string::npos) session_ = member(reply, "sessionId");
        }
    }

    Socket cloud_, browser_;
    std::string topic_, session_, out_;
    json::parser parser_;
    std::unordered_map<std::uint64_t, std::string> pending_;
    std::uint64_t last_ = 0;
    bool acknowledged_;
    std::uint64_t ref_ = 1;  // the join's
};

}  // namespace
}  // namespace bench

int main(int argc, char** argv) {
    using namespace bench;
    const auto rethrow = [](std::exception_ptr error) {
        if (error) std::rethrow_exception(error);
    };
    net::io_context context{1};
    const bool acknowledged = argc > 2 && std::string_view{argv[2]} == "ack";
    Forwarder forwarder(context, Device::from_environment(), static_cast<std::uint16_t>(std::stoul(argv[1])),
                        acknowledged);
    net::co_spawn(context, forwarder.cloud_to_browser(), rethrow);
    net::co_spawn(context, forwarder.browser_to_cloud(), rethrow);
    std::cout << "ready" << std::endl;
    context.run();
}
