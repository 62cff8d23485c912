// Numbered streams. A hostile end: whatever comes, what is held stays within bounds and nothing that is no JSON object
// is handed on. Two honest ends on a bad channel: each message arrives once and in order.
#include <deque>
#include <string>
#include <vector>

#include "agent/relay/core/message_stream.hpp"
#include "bytes.hpp"
#include "platform/json/core/check.hpp"

using fuzz::expect;
using relay::MessageStream;
using namespace std::chrono_literals;

namespace {

constexpr std::size_t payload_limit = 600;
constexpr std::size_t envelope = 100;
constexpr std::size_t most_message = 4000;

MessageStream::Settings settings_of(std::string_view out, std::string_view in) {
    MessageStream::Settings settings;
    settings.in.message = most_message;
    settings.out.list_name = out;
    settings.list_name_in = in;
    return settings;
}

/// Broadcasts, one a line, from an end that keeps no rule.
void take_anything(fuzz::Bytes& bytes) {
    MessageStream stream{settings_of("items", "messages"), payload_limit, envelope};
    TimePoint now{};
    for (int i = 0; i < 4; ++i) stream.add(R"({"id":1,"result":{}})");
    while (!bytes.empty()) {
        const std::string text{bytes.until('\n')};
        now += 300ms;
        while (stream.next(now)) stream.left(now);
        const auto received = stream.receive(text, now);
        for (const auto message : received.messages) {
            expect(message.starts_with('{'), "a message that is no object");
            expect(platform::check_json(message, platform::max_json_depth_limit).ok(), "a message that is no JSON");
            expect(fuzz::inside(message, text) || (received.whole && fuzz::inside(message, *received.whole)),
                   "a message lies outside of what came");
        }
        expect(received.wrong.empty() || received.messages.empty(), "messages of a broadcast that breaks the rules");
        expect(stream.bytes() <= most_message + text.size() + 4096, "more is held than the limit");
        if (!received.wrong.empty()) return;
    }
}

/// Two ends and the broadcasts on their way to each.
class Line {
  public:
    /// What each end sends: messages, or bytes in the one form or the other.
    enum class Form { messages, base64, raw, one_raw };
    explicit Line(Form form) {
        if (form == Form::messages) return;
        for (MessageStream& end : ends_) end.carry_bytes();
        if (form != Form::base64) ends_[0].send_raw();
        if (form == Form::raw) ends_[1].send_raw();
    }

    void send(std::size_t from, std::size_t size) {
        std::string text =
            R"({"n":)" + std::to_string(sent_[from].size()) + R"(,"t":")" + std::string(size, 'x') + "\"}";
        if (ends_[from].add(text, size % 7 == 3)) sent_[from].push_back(std::move(text));
    }
    void pump(std::size_t from) {
        while (const auto broadcast = ends_[from].next(now_)) {
            const Broadcast sent{"{" + broadcast->members + "}", std::string{broadcast->raw}};
            expect(sent.text.size() + 1 + sent.raw.size() + envelope <= payload_limit, "a broadcast beyond the limit");
            on_way_[1 - from].push_back(sent);
            ends_[from].left(now_);
        }
    }
    /// What becomes of the first broadcast on its way to `to`.
    void deliver(std::size_t to, std::size_t fate) {
        auto& queue = on_way_[to];
        if (queue.empty()) return;
        const Broadcast one = queue.front();
        if (fate != 1) queue.pop_front();            // 1: it comes again
        if (fate == 2) return;                       // lost
        if (fate == 3) return queue.push_back(one);  // late
        const auto received = ends_[to].receive(one.text, now_, one.raw);
        expect(received.wrong.empty(), "an honest end broke the rules");
        take_bytes(to, received.bytes());
        for (const auto message : received.messages) {
            expect(got_[to] < sent_[1 - to].size(), "a message that was not sent");
            expect(sent_[1 - to][got_[to]] == message, "a message in another order, or another one");
            ++got_[to];
        }
    }
    void pass(Duration time) { now_ += time; }

    /// Without any more faults all comes to rest.
    void settle() {
        for (int round = 0; round < 400 && !at_rest(); ++round) {
            pass(1s);
            for (const std::size_t end : {0U, 1U}) pump(end);
            for (const std::size_t end : {0U, 1U}) {
                while (!on_way_[end].empty()) deliver(end, 0);
            }
        }
        expect(at_rest(), "a message never arrived, or was never acknowledged");
    }

  private:
    struct Broadcast {
        std::string text;
        std::string raw;
    };

    /// Each is a part of what was sent, the one that comes next.
    void take_bytes(std::size_t to, std::string_view bytes) {
        if (bytes.empty()) return;
        bytes_[to] += bytes;
        while (got_[to] < sent_[1 - to].size() && bytes_[to].starts_with(sent_[1 - to][got_[to]])) {
            bytes_[to].erase(0, sent_[1 - to][got_[to]++].size());
        }
        const bool all = got_[to] == sent_[1 - to].size();
        expect(all ? bytes_[to].empty() : sent_[1 - to][got_[to]].starts_with(bytes_[to]),
               "other bytes than were sent");
    }
    bool at_rest() const {
        return got_[0] == sent_[1].size() && got_[1] == sent_[0].size() && ends_[0].drained() && ends_[1].drained();
    }

    MessageStream ends_[2]{{settings_of("items", "messages"), payload_limit, envelope},
                           {settings_of("messages", "items"), payload_limit, envelope}};
    std::deque<Broadcast> on_way_[2];
    std::vector<std::string> sent_[2];
    std::size_t got_[2] = {0, 0};
    std::string bytes_[2];  // of a message that is not whole
    TimePoint now_{};
};

void exchange(fuzz::Bytes& bytes, Line::Form form) {
    Line line{form};
    while (!bytes.empty()) {
        const std::size_t what = bytes.byte();
        const std::size_t end = what & 1;
        switch (what >> 1 & 3) {
            case 0:
                line.send(end, bytes.byte() * std::size_t{5});
                break;
            case 1:
                line.pump(end);
                break;
            case 2:
                line.deliver(end, bytes.below(4));
                break;
            default:
                line.pass(bytes.byte() * 20ms);
                break;
        }
    }
    line.settle();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    fuzz::Bytes bytes{data, std::min<std::size_t>(size, 4096)};
    const std::uint8_t what = bytes.byte();
    if ((what & 1) == 0)
        take_anything(bytes);
    else
        exchange(bytes, static_cast<Line::Form>(what >> 1 & 3));
    return 0;
}
