#include "tests/support/controller.hpp"

#include <boost/asio/ip/tcp.hpp>
#include <nlohmann/json.hpp>

#include "platform/percent.hpp"
#include "tests/support/child.hpp"

namespace support {
namespace {

// The id of a cdp-result as the bytes that stand between `{"id":` and the next key.
std::string id_of(std::string_view result) {
    constexpr std::string_view start = R"({"id":)";
    if (!result.starts_with(start)) {
        // A server that wrote the result anew (vsn 1.0.0 at the other end) has ordered its keys.
        const auto tree = nlohmann::json::parse(result, nullptr, false);
        return tree.is_object() && tree.contains("id") ? tree["id"].dump() : std::string{};
    }
    const auto end = result.find(R"(,"ok":)");
    return std::string{result.substr(start.size(), end - start.size())};
}

}  // namespace

Controller::Controller(net::io_context& io, ControllerOptions options)
    : io_{io},
      options_{std::move(options)},
      topic_{"realtime:" + (options_.channel.empty() ? "device:" + options_.device_uuid : options_.channel)},
      socket_{io.get_executor(), platform::WebSocketOptions{.max_message = 64U << 20U}},
      wake_{io.get_executor()},
      heart_{io.get_executor()} {}

Controller::~Controller() {
    over_ = true;
    socket_.drop();
    wake_.cancel();
    heart_.cancel();
    run_until(io_, [this] { return loops_ == 0; });
}

bool Controller::join(std::chrono::milliseconds limit) {
    ++loops_;
    net::co_spawn(
        io_, [this]() -> awaitable<void> { return serve(); }, rethrow);
    return run_until(
               io_, [this] { return joined_ || loops_ == 0; }, limit) &&
           joined_;
}

awaitable<void> Controller::serve() {
    net::ip::tcp::socket tcp{io_};
    const net::ip::tcp::endpoint hub{net::ip::address_v4::loopback(), options_.port};
    auto [ec] = co_await tcp.async_connect(hub, no_throw);
    if (!ec) {
        platform::Upgrade upgrade{.host = "127.0.0.1",
                                  .port = options_.port,
                                  .target = "/realtime/v1/websocket?apikey=" +
                                            platform::percent_encode(options_.token) + "&vsn=" + options_.vsn,
                                  .headers = {}};
        const Error opened = co_await socket_.connect(std::move(tcp), std::move(upgrade), nullptr);
        ec = opened;
    }
    if (!ec) {
        loops_ += 2;
        net::co_spawn(
            io_, [this]() -> awaitable<void> { return write(); }, rethrow);
        net::co_spawn(
            io_, [this]() -> awaitable<void> { return beat(); }, rethrow);
        const nlohmann::json join{{"config",
                                   {{"broadcast", {{"ack", false}, {"self", false}}},
                                    {"presence", {{"enabled", options_.presence}}},
                                    {"private", options_.private_channel}}},
                                  {"access_token", options_.token}};
        queue_text("phx_join", join.dump(), topic_);
        for (;;) {
            auto got = co_await socket_.read();
            if (!got) break;
            take(got->data, got->binary);
        }
    }
    over_ = true;
    joined_ = false;
    wake_.cancel();
    heart_.cancel();
    --loops_;
}

awaitable<void> Controller::write() {
    while (!over_) {
        if (socket_.queued() > 0) {
            const Error ec = co_await socket_.flush();
            if (ec) break;
            continue;
        }
        wake_.expires_at(TimePoint::max());
        auto [ignored] = co_await wake_.async_wait(no_throw);
        static_cast<void>(ignored);
    }
    --loops_;
}

awaitable<void> Controller::beat() {
    while (!over_) {
        heart_.expires_after(20s);
        auto [ec] = co_await heart_.async_wait(no_throw);
        if (!ec) queue_text("heartbeat", "{}", "phoenix");
    }
    --loops_;
}

void Controller::queue_text(std::string_view event, std::string_view payload, std::string_view topic) {
    const std::string ref = std::to_string(++ref_);
    std::string head;
    std::string tail;
    if (options_.vsn == "1.0.0") {
        head = R"({"topic":")" + std::string{topic} + R"(","event":")" + std::string{event} + R"(","payload":)";
        tail = R"(,"ref":")" + ref + R"(","join_ref":"2"})";
    } else {
        const std::string join_ref = topic == "phoenix" ? "null" : "\"2\"";
        head = "[" + join_ref + ",\"" + ref + "\",\"" + std::string{topic} + "\",\"" + std::string{event} + "\",";
        tail = "]";
    }
    socket_.queue(false, head, payload, tail);
    wake_.cancel();
}

void Controller::broadcast(std::string_view event, std::string_view payload) {
    if (options_.vsn == "1.0.0") {
        const std::string outer =
            R"({"type":"broadcast","event":")" + std::string{event} + R"(","payload":)" + std::string{payload} + "}";
        queue_text("broadcast", outer, topic_);
        return;
    }
    const std::string ref = std::to_string(++ref_);
    std::string head{'\x03',
                     '\x01',
                     static_cast<char>(ref.size()),
                     static_cast<char>(topic_.size()),
                     static_cast<char>(event.size()),
                     '\0',
                     '\x01'};
    head += "2" + ref + topic_ + std::string{event};
    socket_.queue(true, head, payload);
    wake_.cancel();
}

void Controller::take(std::string_view data, bool binary) {
    if (binary) {
        if (data.size() < 5 || data[0] != 4) return;
        const auto length = [&](std::size_t at) {
            return static_cast<std::size_t>(static_cast<unsigned char>(data[at]));
        };
        const std::size_t event_at = 5 + length(1);
        const std::size_t payload_at = event_at + length(2) + length(3);
        take_broadcast(std::string{data.substr(event_at, length(2))}, std::string{data.substr(payload_at)});
        return;
    }
    const auto frame = nlohmann::ordered_json::parse(data, nullptr, false);
    if (frame.is_discarded()) return;
    const bool array = frame.is_array();
    const auto& event = array ? frame[3] : frame["event"];
    const auto& payload = array ? frame[4] : frame["payload"];
    const auto& topic = array ? frame[2] : frame["topic"];
    if (event == "phx_reply" && topic == topic_ && !joined_) joined_ = payload["status"] == "ok";
    if (event == "phx_close" || event == "phx_error") joined_ = false;
    if (event == "presence_state" || event == "presence_diff") heard_.push_back({event, payload.dump()});
    if (event == "broadcast") take_broadcast(payload["event"], payload["payload"].dump());
}

void Controller::take_broadcast(std::string event, std::string payload) {
    if (options_.on_result) {
        if (event == "cdp-result") options_.on_result(id_of(payload), payload);
        return;
    }
    if (event == "cdp-result") results_.emplace(id_of(payload), payload);
    heard_.push_back({std::move(event), std::move(payload)});
}

std::optional<std::string> Controller::result(std::string_view id, std::chrono::milliseconds limit) {
    const auto there = [&] { return results_.find(id) != results_.end(); };
    if (!run_until(io_, there, limit)) return std::nullopt;
    return results_.find(id)->second;
}

std::optional<std::string> Controller::call(std::string_view id, std::string_view method, std::string_view params,
                                            std::string_view session) {
    std::string text =
        R"({"id":)" + std::string{id} + R"(,"method":")" + std::string{method} + R"(","params":)" + std::string{params};
    if (!session.empty()) text += R"(,"sessionId":")" + std::string{session} + "\"";
    text += "}";
    command(text);
    return result(id);
}

std::size_t Controller::copies(std::string_view id) const {
    return results_.count(std::string{id});
}

void Controller::forget() {
    heard_.clear();
    results_.clear();
}

std::string when_loaded(std::string_view expression) {
    return R"js({"awaitPromise":true,"returnByValue":true,"expression":"new Promise(done=>{const tell=()=>done()js" +
           std::string{expression} +
           R"js();document.readyState==='complete'?tell():addEventListener('load',tell)})"})js";
}

std::string result_of(const std::string& text) {
    const auto at = text.find(R"(,"result":)");
    return at == std::string::npos ? text : text.substr(at + 10, text.size() - at - 11);
}

}  // namespace support
