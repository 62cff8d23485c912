#include "agent/bridge/core/asks.hpp"

#include <charconv>
#include <utility>

#include "platform/json/core/slice.hpp"

namespace bridge {
namespace {

/// Before the number of each: `"b-7"`.
constexpr std::string_view ask_prefix = "\"b-";
/// The agent writes the id of a reply first.
constexpr std::string_view ask_reply_begin = "{\"id\":\"b-";

struct AskReply {
    std::uint64_t number = 0;  // 0: of none of these
    std::string_view result;
    std::string_view error;
};

/// The text of an id, quotes included.
std::uint64_t ask_number(std::string_view id) {
    std::uint64_t number = 0;
    if (!id.starts_with(ask_prefix)) return 0;
    std::from_chars(id.data() + ask_prefix.size(), id.data() + id.size(), number);
    return number;
}

AskReply read_ask_reply(std::string_view message) {
    AskReply reply;
    const auto take = [&reply](std::string_view key, std::string_view value) {
        if (key == "id") reply.number = ask_number(value);
        if (key == "result") reply.result = value;
        if (key == "error") reply.error = value;
        return reply.number != 0;
    };
    platform::for_each_member(message, take, platform::max_json_depth_limit);
    return reply;
}

}  // namespace

Asks::Sent Asks::add(const Question& question, Done done) {
    const std::uint64_t number = ++last_;
    Sent sent{number, R"({"id":)" + std::string{ask_prefix} + std::to_string(number) + R"(","method":)"};
    platform::append_quoted(sent.message, question.method);
    if (!question.params.empty()) sent.message.append(R"(,"params":)").append(question.params);
    sent.message += '}';
    waiting_[number] = std::move(done);
    return sent;
}

bool Asks::take(std::string_view message) {
    if (last_ == 0 || !message.starts_with(ask_reply_begin)) return false;
    const AskReply reply = read_ask_reply(message);
    const auto found = waiting_.find(reply.number);
    if (found == waiting_.end()) return true;  // it was forgotten
    const Done done = std::move(found->second);
    waiting_.erase(found);
    const bool ok = reply.error.empty();
    done({ok, std::string{ok ? reply.result : reply.error}});
    return true;
}

void Asks::fail_all(const std::string& error) {
    for (auto& entry : std::exchange(waiting_, {})) entry.second({false, error});
}

}  // namespace bridge
