#include "tests/hub/conformance/replay.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <regex>

namespace conformance {

namespace {

using std::chrono::milliseconds;

constexpr std::int64_t time_step = 250;         // ms of the hub's time between two looks
constexpr std::int64_t late_by_at_most = 7000;  // ms that an answer may come later than recorded
constexpr unsigned no_frame = 1006;

std::string shortened(const std::string& text) {
    constexpr std::size_t enough = 300;
    return text.size() <= enough ? text : text.substr(0, enough) + fmt::format("… ({} bytes)", text.size());
}

std::string describe(const Arrival& arrival) {
    using Kind = Arrival::Kind;
    switch (arrival.kind) {
        case Kind::http:
            return fmt::format("HTTP {} {}", arrival.status, shortened(arrival.head + " | " + arrival.data));
        case Kind::text:
            return "text " + shortened(arrival.data);
        case Kind::binary:
            return fmt::format("binary of {} bytes", arrival.data.size());
        case Kind::pong:
            return "pong";
        case Kind::close:
            return fmt::format("close {}", arrival.code);
        case Kind::end:
            return "end of the connection";
    }
    return {};
}

}  // namespace

Replay::Replay(Trace trace) : trace_(std::move(trace)), started_(trace_.started()) {
    start_hub(0);
    trace_.sign(hub_->tenant().settings().secret);
}

Replay::~Replay() {
    peers_.clear();
    hub_->stop();
    io_.restart();
    io_.poll();
}

void Replay::start_hub(std::uint16_t port) {
    hub::Settings settings;
    settings.port = port;
    settings.tenant = "realtime-dev";
    // The front end before supabase-js picks the tenant; without a Host of the tenant's those lines carry none.
    hub_ = std::make_unique<hub::Hub>(io_, settings);
    const auto failed = hub_->start();
    if (failed) throw std::runtime_error{"the hub does not start: " + failed.message()};
    port_ = hub_->port();
    hub_->clock().freeze(started_ + static_cast<double>(now_) / 1000);
    constexpr auto owner = "aaaaaaaa-aaaa-4aaa-8aaa-aaaaaaaaaaaa";
    for (int file = 1; file <= 40; ++file)
        hub_->tenant().devices()[fmt::format("{:08}-1111-4111-8111-111111111111", file)].owner = owner;
    hub_->tenant().tables()["test_tenant"] =
        Json::array({{{"name", "id"}, {"type", "int4"}}, {{"name", "details"}, {"type", "text"}}});
}

/// The recorded server had been running: its counters and sweeps do not begin with the trace.
void Replay::prepare() {
    std::int64_t ran_before = 60'000;
    if (trace_.name().substr(0, 3) == "07-") ran_before = 57'797;
    if (trace_.name().substr(0, 4) == "15b-") ran_before = 229'770;
    pump();
    hub_->clock().freeze(started_ - static_cast<double>(ran_before) / 1000);
    hub_->tenant().events().add(hub_->clock().now(), 0);
    hub_->tenant().requests().add(hub_->clock().now(), 0);
    hub_->clock().advance(milliseconds{ran_before});
    pump();
}

void Replay::pump() {
    constexpr int quiet_rounds = 3;
    for (int quiet = 0; quiet < quiet_rounds;) {
        io_.restart();
        bool moved = io_.poll() > 0;
        for (auto& [conn, peer] : peers_) moved = peer->pump() || moved;
        quiet = moved ? 0 : quiet + 1;
    }
}

void Replay::go_to(std::int64_t at) {
    pump();
    while (now_ < at) {
        const auto by = std::min(time_step, at - now_);
        now_ += by;
        hub_->clock().advance(milliseconds{by});
        pump();
    }
}

Peer& Replay::peer(const std::string& conn) {
    auto& slot = peers_[conn];
    if (!slot) slot = std::make_unique<Peer>(io_, port_);
    return *slot;
}

void Replay::report(const Line& line, const std::string& what) {
    problems_.push_back(fmt::format("{}:{} (t={} {}) {}", trace_.name(), line.number, line.at, line.conn, what));
}

std::vector<std::string> Replay::run() {
    prepare();
    for (const auto& line : trace_.lines()) {
        go_to(line.at);
        step(line);
    }
    pump();
    check_leftovers();
    return problems_;
}

void Replay::step(const Line& line) {
    if (line.kind == "callback" || line.kind == "error") return;
    if (line.kind == "sql") return sql(line.data);
    if (line.dir == "note") return note(line);
    if (line.dir == "c2s") return client(line);
    if (!line.bulk) expect(line);
}

void Replay::client(const Line& line) {
    using hub::wire::Opcode;
    if (line.kind == "http" && line.conn == "http") return request(line);
    if (line.kind == "http" || line.kind == "http-raw") return connect(line);
    if (line.kind == "raw") return peer(line.conn).send(line.data);
    auto& to = peer(line.conn);
    const auto data = line.raw.value("cut", false) ? whole_text(line) : line.data;
    if (line.raw.value("cut", false) && data.empty())
        return report(line, "the cut frame could not be put together again");
    if (line.kind == "text") to.send_frame(Opcode::text, data);
    if (line.kind == "binary") to.send_frame(Opcode::binary, data);
    if (line.kind == "ping") to.send_frame(Opcode::ping, data);
    if (line.kind == "close")
        to.send_frame(Opcode::close, hub::wire::close_payload(line.raw.value("code", std::uint16_t{1000})) +
                                         line.raw.value("reason", ""));
    // Two lines of the same moment may be two frames that arrive together.
}

void Replay::connect(const Line& line) {
    finished_.erase(line.conn);
    peers_[line.conn] = std::make_unique<Peer>(io_, port_);
    if (line.kind == "http-raw") return peer(line.conn).send(line.data);
    std::string target = line.data.substr(std::string_view{"GET "}.size());
    if (line.raw.value("cut", false)) {
        // A key padded until the target has the recorded length; its end is not recorded.
        const auto length = line.raw["len"].get<std::size_t>();
        const std::string tail = "&vsn=1.0.0", before = "/socket/websocket?apikey=";
        auto claims = hub::anon_claims(static_cast<std::int64_t>(hub_->clock().wall()));
        std::string key;
        for (std::size_t pad = length / 2; before.size() + key.size() + tail.size() < length; ++pad) {
            claims["pad"] = std::string(pad, 'x');
            key = hub_->tenant().sign(claims);
        }
        target = before + key + tail;
    }
    std::string head = fmt::format(
        "GET {} HTTP/1.1\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n",
        target);
    const auto headers = line.raw.value("headers", Json{{"Host", "realtime-dev.localhost"}});
    for (const auto& [name, value] : headers.items()) {
        auto text = value.get<std::string>();
        if (text == "(5000 times x)") text = std::string(5000, 'x');
        head += name + ": " + text + "\r\n";
    }
    peer(line.conn).send(head + "\r\n");
}

void Replay::request(const Line& line) {
    peers_[line.conn] = std::make_unique<Peer>(io_, port_);
    auto body = line.raw.value("cut", false) ? whole_text(line) : line.data;
    const auto headers = line.raw.value("headers", Json::object());
    if (headers.value("content-type", "") == "application/octet-stream") body = from_base64(body);
    std::string head = line.raw.value("method", "GET") + " " + line.raw.value("path", "/") + " HTTP/1.1\r\n";
    for (const auto& [name, value] : headers.items())
        if (name != "content-length")
            head += name + ": " + (value.is_string() ? value.get<std::string>() : value.dump()) + "\r\n";
    if (!headers.contains("connection")) head += "connection: keep-alive\r\n";
    peer(line.conn).send(head + fmt::format("content-length: {}\r\n\r\n", body.size()) + body);
}

bool Replay::expected_silence(const Line& line) const {
    // The recording's own client ends this connection; the server had said nothing.
    return line.conn == "R5000000" && line.kind == "tcp-close";
}

/// Finds the recorded answer: the first that arrived. Of bulk runs those before it are passed over.
bool Replay::take(const Line& line) {
    auto& inbox = peer(line.conn).inbox();
    for (; !inbox.empty(); inbox.pop_front()) {
        if (comparer_.same(line, inbox.front())) {
            inbox.pop_front();
            return true;
        }
        if (!may_be_left(line.conn, inbox.front())) return false;
    }
    return false;
}

void Replay::expect(const Line& line) {
    if (expected_silence(line)) return;
    if (line.kind == "close" || line.kind == "tcp-close") finished_[line.conn] = true;
    auto& from = peer(line.conn);
    if (line.kind == "close" && line.raw.value("code", 0U) == no_code) {
        // The recording client closed without a code, and no longer listened to what came before the answer.
        pump();
        from.inbox().clear();
        from.send_frame(hub::wire::Opcode::close, "");
    }
    if (!from.connected()) {
        const bool told = line.kind == "close" && line.raw.value("code", 0U) == no_frame;
        if (!told) report(line, "nobody listened");
        return;
    }
    if (line.kind == "http" && line.raw.value("status", 0U) == 101 && peers_.count(line.conn) != 0 &&
        from.inbox().empty() && line.conn.substr(0, 5) == "R5000") {
        // Recorded without its request.
        const auto target = "GET /socket/websocket?vsn=2.0.0&apikey=" + hub_->anon_key();
        Line made = line;
        made.data = target;
        connect(made);
    }
    if (line.kind == "raw" || line.kind == "tcp-close") {
        pump();
        auto& inbox = peer(line.conn).inbox();
        const bool matches = !inbox.empty() && (line.kind == "raw" ? hub::wire::frame(hub::wire::Opcode::close,
                                                                                      {inbox.front().data}) == line.data
                                                                   : inbox.front().kind == Arrival::Kind::end);
        if (!matches) return report(line, "recorded bytes did not come");
        inbox.pop_front();
        return;
    }
    pump();
    const auto until = line.at + late_by_at_most;
    bool found = take(line);
    while (!found && now_ < until && peer(line.conn).inbox().empty()) {
        go_to(now_ + time_step);
        found = take(line);
    }
    if (found) return;
    const auto& inbox = peer(line.conn).inbox();
    const auto what = line.kind == "close"
                          ? fmt::format("close {}", line.raw.value("code", 0))
                          : line.kind + " " + shortened(line.data.empty() ? line.raw.dump() : line.data);
    report(line, "recorded: " + what + "\n      hub: " + (inbox.empty() ? "nothing" : describe(inbox.front())));
    if (!inbox.empty()) peer(line.conn).inbox().pop_front();
}

/// Replies and deliveries of bulk runs of which the recording holds only some.
bool Replay::may_be_left(const std::string& conn, const Arrival& arrival) const {
    const auto file = trace_.name().substr(0, 3);
    const bool reply = arrival.data.find("phx_reply") != std::string::npos;
    if (file == "07-")
        return arrival.data.find("\"event\":\"seq\"") != std::string::npos ||
               (reply && arrival.data.find("\"unmatched topic\"") != std::string::npos) ||
               (reply && arrival.data.find(R"({"status":"ok","response":{}}])") != std::string::npos);
    if (file != "17-" || (conn != "A" && conn != "J")) return false;
    return arrival.data.find(R"("status":"ok")") != std::string::npos ||
           arrival.data.find("phx_close") != std::string::npos;
}

void Replay::check_leftovers() {
    for (auto& [conn, peer] : peers_) {
        for (const auto& arrival : peer->inbox()) {
            const bool after_end = arrival.kind == Arrival::Kind::end ||
                                   (arrival.kind == Arrival::Kind::close && finished_.count(conn) != 0);
            if (after_end || may_be_left(conn, arrival)) continue;
            problems_.push_back(
                fmt::format("{} ({}) the hub sent what was not recorded: {}", trace_.name(), conn, describe(arrival)));
        }
    }
}

}  // namespace conformance
