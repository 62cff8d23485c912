// The reference of the bench: the least that forwards commands. Two sockets, simdjson, and no robustness at all: no
// reconnect, no deadline, no policy, no bound, no check of what is spliced.
//
//     forwarder PORT [ack] [own]
//
// ack: each result is numbered, the server acknowledges it, and the acknowledgement is read.
// own: platform/websocket in place of Beast's stream, on both sides. What that changes is the reason for which the
// agent has a codec: beside the plain one it says what the codec is worth.
#include <simdjson.h>

#include <iostream>
#include <optional>
#include <unordered_map>

#include "platform/websocket/websocket.hpp"
#include "tests/bench/wire.hpp"

namespace bench {
namespace {

namespace json = simdjson::ondemand;

struct Message {
    std::string_view text;  // with simdjson's padding behind it
    bool binary = false;
};

/// Beast's stream. Every message is written by itself.
template <class S>
class BeastLink {
  public:
    explicit BeastLink(S socket) : socket_(std::move(socket)) {}
    S& socket() { return socket_; }

    net::awaitable<Message> read() {
        text_.clear();
        auto buffer = net::dynamic_buffer(text_);
        co_await socket_.async_read(buffer, net::use_awaitable);
        text_.reserve(text_.size() + simdjson::SIMDJSON_PADDING);
        co_return Message{text_, socket_.got_binary()};
    }
    std::optional<Message> more() { return std::nullopt; }
    void put(std::string_view text) {
        socket_.text(true);
        socket_.write(net::buffer(text));
    }
    net::awaitable<void> flush() { co_return; }

  private:
    S socket_;
    std::string text_;
};

/// The agent's. What came together is handled together, and what that causes is written together.
class OwnLink {
  public:
    explicit OwnLink(net::io_context& context)
        : context_(context), socket_(context.get_executor(), {.max_message = std::size_t{1} << 30}) {}

    net::awaitable<void> open(std::uint16_t port, std::string target) {
        net::ip::tcp::socket tcp(context_);
        tcp.connect({net::ip::address_v4::loopback(), port});
        tcp.set_option(net::ip::tcp::no_delay(true));
        platform::Upgrade upgrade;
        upgrade.host = "127.0.0.1";
        upgrade.port = port;
        upgrade.target = std::move(target);
        const auto failed = co_await socket_.connect(std::move(tcp), std::move(upgrade), nullptr);
        if (failed) throw std::runtime_error(failed.message());
    }

    net::awaitable<Message> read() {
        const auto got = co_await socket_.read();
        if (!got) throw std::runtime_error(got.error().message());
        co_return Message{got->data, got->binary};
    }
    std::optional<Message> more() {
        const auto got = socket_.poll();
        if (!got || !*got) return std::nullopt;
        return Message{(*got)->data, (*got)->binary};
    }
    void put(std::string_view text) { socket_.queue(false, text); }
    net::awaitable<void> flush() {
        if (socket_.queued() > 0) co_await socket_.flush();
    }

  private:
    net::io_context& context_;
    platform::WebSocket socket_;
};

template <class Cloud, class Browser>
class Forwarder {
  public:
    Forwarder(Cloud& cloud, Browser& browser, const Device& device, bool acknowledged)
        : cloud_(cloud), browser_(browser), topic_(device.topic()), acknowledged_(acknowledged) {}

    net::awaitable<void> cloud_to_browser() {
        for (;;) {
            std::optional<Message> got;
            got = co_await cloud_.read();
            for (; got; got = cloud_.more()) {
                got->binary ? take_binary(got->text) : take_text(got->text);
            }
            co_await browser_.flush();
        }
    }

    net::awaitable<void> browser_to_cloud() {
        for (;;) {
            std::optional<Message> got;
            got = co_await browser_.read();
            for (; got; got = browser_.more()) answer(got->text);
            co_await cloud_.flush();
        }
    }

    net::awaitable<void> attach() {
        browser_.put(
            R"({"id":0,"method":"Target.attachToTarget","params":{"targetId":"5AD1E6A7C1F7B0D3E2A49C8866F0A1B2","flatten":true}})");
        co_await browser_.flush();
        while (session_.empty()) {
            const auto got = co_await browser_.read();
            if (got.text.find("\"result\"") != std::string::npos) session_ = member(got.text, "sessionId");
        }
    }

  private:
    std::string next_ref() { return acknowledged_ ? '"' + std::to_string(++ref_) + '"' : "null"; }

    static json::document parsed(json::parser& parser, std::string_view text) {
        return parser.iterate(text.data(), text.size(), text.size() + simdjson::SIMDJSON_PADDING);
    }

    void answer(std::string_view text) {
        json::document document = parsed(parser_, text);
        std::uint64_t id = 0;
        if (document["id"].get(id) != simdjson::SUCCESS) return;
        std::string_view result = simdjson::to_json_string(document["result"]);
        const auto pending = pending_.extract(id);
        out_.assign(R"(["1",)").append(next_ref()).append(",\"").append(topic_);
        out_.append(R"(","broadcast",{"type":"broadcast","event":"cdp-result","payload":{"id":)")
            .append(pending.mapped());
        out_.append(R"(,"ok":true,"result":)").append(result).append("}}]");
        cloud_.put(out_);
    }

    // Kind 4: the sizes of topic, event and meta and the encoding, those three, then the payload.
    void take_binary(std::string_view text) {
        const auto size = [&](std::size_t i) { return std::size_t(static_cast<unsigned char>(text[i])); };
        const std::size_t payload = 5 + size(1) + size(2) + size(3);
        if (text.substr(5 + size(1), size(2)) != "cdp-command") return;
        json::document document = parsed(parser_, text.substr(payload));
        forward(document.get_object());
    }

    // [join_ref, ref, topic, "broadcast", {"event": …, "payload": …}]
    void take_text(std::string_view text) {
        json::document document = parsed(parser_, text);
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
        browser_.put(out_);
    }

    Cloud& cloud_;
    Browser& browser_;
    std::string topic_, session_, out_;
    json::parser parser_;
    std::unordered_map<std::uint64_t, std::string> pending_;
    std::uint64_t last_ = 0;
    bool acknowledged_;
    std::uint64_t ref_ = 1;  // the join's
};

const auto rethrow = [](std::exception_ptr error) {
    if (error) std::rethrow_exception(error);
};

template <class Cloud, class Browser>
void run(net::io_context& context, Cloud& cloud, Browser& browser, const Device& device, bool acknowledged) {
    Forwarder forwarder(cloud, browser, device, acknowledged);
    net::co_spawn(context, forwarder.attach(), rethrow);
    context.run();
    context.restart();
    net::co_spawn(context, forwarder.cloud_to_browser(), rethrow);
    net::co_spawn(context, forwarder.browser_to_cloud(), rethrow);
    std::cout << "ready" << std::endl;
    context.run();
}

constexpr const char* browser_path = "/devtools/browser/bench";

template <class S>
void run_beast(net::io_context& context, S cloud, std::uint16_t browser_port, bool acknowledged) {
    const Device device = Device::from_environment();
    BeastLink<S> to_cloud(std::move(cloud));
    BeastLink<Socket> to_browser{Socket(context)};
    join(to_cloud.socket(), device, acknowledged);
    connect(to_browser.socket(), browser_port, browser_path);
    run(context, to_cloud, to_browser, device, acknowledged);
}

net::awaitable<void> open_own(OwnLink& cloud, OwnLink& browser, const Device& device, std::uint16_t port,
                              bool acknowledged) {
    co_await browser.open(port, browser_path);
    co_await cloud.open(device.port, hub_path(device));
    cloud.put(join_frame(device, acknowledged));
    co_await cloud.flush();
    const auto reply = co_await cloud.read();
    if (reply.text.find(R"("status":"ok")") == std::string_view::npos) throw std::runtime_error("not joined");
}

void run_own(net::io_context& context, std::uint16_t browser_port, bool acknowledged) {
    const Device device = Device::from_environment();
    OwnLink cloud(context), browser(context);
    net::co_spawn(context, open_own(cloud, browser, device, browser_port, acknowledged), rethrow);
    context.run();
    context.restart();
    run(context, cloud, browser, device, acknowledged);
}

}  // namespace
}  // namespace bench

int main(int argc, char** argv) {
    using namespace bench;
    const std::vector<std::string_view> words(argv + 1, argv + argc);
    const auto asked = [&](std::string_view word) {
        return std::find(words.begin(), words.end(), word) != words.end();
    };
    if (words.empty()) return std::cerr << "usage: forwarder PORT [ack] [own]\n", 64;
    net::io_context context{1};
    net::ssl::context tls(net::ssl::context::tls_client);
    const auto port = static_cast<std::uint16_t>(std::stoul(argv[1]));
    if (asked("own")) {
        run_own(context, port, asked("ack"));
    } else if (with_tls()) {
        run_beast(context, TlsSocket(context, tls), port, asked("ack"));
    } else {
        run_beast(context, Socket(context), port, asked("ack"));
    }
}
