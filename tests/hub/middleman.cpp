#include "tests/hub/middleman.hpp"

#include <algorithm>
#include <map>
#include <stdexcept>
#include <utility>

#include "platform/core/base64.hpp"

namespace hub {

namespace {

/// Shorter runs are words.
constexpr std::size_t least_run = 12;

bool is_base64(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '+' || c == '/';
}

/// In the text as it is, in what its base64 holds, and in what the base64 in that holds.
bool holds(std::string_view text, std::string_view marker) {
    constexpr int depth = 3;
    std::string decoded;
    for (int level = 0; level < depth; ++level) {
        if (text.find(marker) != std::string_view::npos) return true;
        decoded = decoded_runs(text);
        text = decoded;
    }
    return false;
}

/// Of a raw payload what is text, and what is behind the zero byte; all of it is text where there is none.
struct Parts {
    std::string_view text, bytes;
};
Parts parts_of(std::string_view payload) {
    const auto end = payload.find('\0');
    if (end == std::string_view::npos) return {payload, {}};
    return {payload.substr(0, end), payload.substr(end + 1)};
}

}  // namespace

std::string decoded_runs(std::string_view text) {
    std::string out;
    std::size_t at = 0;
    while (at < text.size()) {
        const auto is_end = [](char c) { return !is_base64(c); };
        const auto begin = std::find_if(text.begin() + static_cast<std::ptrdiff_t>(at), text.end(), is_base64);
        const auto end = std::find_if(begin, text.end(), is_end);
        auto run = std::string_view{text}.substr(static_cast<std::size_t>(begin - text.begin()),
                                                 static_cast<std::size_t>(end - begin));
        at = static_cast<std::size_t>(end - text.begin()) + 1;
        if (run.size() < least_run) continue;
        if (run.size() % 4 == 1) run.remove_suffix(1);
        const auto bytes = platform::from_base64(run);
        if (bytes) out += *bytes;
    }
    return out;
}

std::string with_a_change(std::string payload) {
    if (const auto bytes = parts_of(payload).bytes; !bytes.empty()) {
        char& one = payload[payload.size() - bytes.size() + bytes.size() / 2];
        one = static_cast<char>(one ^ 1);
        return payload;
    }
    constexpr std::string_view member = "\"data\":\"";
    const auto data = payload.find(member);
    const auto begin =
        data == std::string::npos ? payload.rfind('"', payload.rfind('"') - 1) + 1 : data + member.size();
    const auto end = payload.find('"', begin);
    if (end == std::string::npos || end == begin) return payload;
    char& one = payload[begin + (end - begin) / 2];
    one = one == 'A' ? 'B' : 'A';
    return payload;
}

void Middleman::remember(const Seen& message) {
    if (!watching_ || full_) return;
    bytes_ += message.payload.size();
    full_ = bytes_ > most_bytes || seen_.size() >= most_seen;
    if (!full_) seen_.push_back(message);
}

Middleman::Rule* Middleman::rule_for(const Seen& message) {
    for (Rule& rule : rules_) {
        if (!rule.event.empty() && rule.event != message.event) continue;
        if (rule.raw && *rule.raw != message.raw) continue;
        if (rule.done >= rule.times || message.payload.find(rule.holds) == std::string::npos) continue;
        if (rule.skip > 0) {
            --rule.skip;
            continue;
        }
        ++rule.done;
        return &rule;
    }
    return nullptr;
}

std::vector<Middleman::Seen> Middleman::pass(Seen message) {
    remember(message);
    Rule* const rule = rule_for(message);
    std::vector<Seen> out;
    if (rule != nullptr && rule->deed == "swap") {
        held_.push_back(std::move(message));
        if (held_.size() < 2) return out;
        std::swap(held_.front(), held_.back());
        ++swapped_;
        return std::exchange(held_, {});
    }
    if (rule != nullptr && rule->deed == "drop") return out;
    if (rule != nullptr && rule->deed == "change") message.payload = with_a_change(std::move(message.payload));
    out.push_back(message);
    if (rule != nullptr && rule->deed == "double") out.push_back(std::move(message));
    for (Seen& late : std::exchange(held_, {})) out.push_back(std::move(late));
    return out;
}

Json Middleman::find(const std::string& marker) const {
    std::uint64_t found = 0;
    std::map<std::string, std::string> streams;  // a marker may lie across two broadcasts
    for (const Seen& message : seen_) {
        if (holds(message.payload, marker)) ++found;
        auto& stream = streams[message.topic + " " + message.event];
        if (message.raw) {
            stream += parts_of(message.payload).bytes;
        } else {
            stream += decoded_runs(message.payload);
        }
    }
    for (const auto& [name, bytes] : streams) {
        if (holds(bytes, marker)) ++found;
    }
    return found;
}

Json Middleman::list(const Json& wish) const {
    const auto event = wish.value("event", "");
    const auto from = wish.value("from", std::size_t{0}), count = wish.value("count", std::size_t{1000});
    Json all = Json::array();
    for (std::size_t i = from; i < seen_.size() && all.size() < count; ++i) {
        const Seen& one = seen_[i];
        if (!event.empty() && one.event != event) continue;
        const auto [text, bytes] = parts_of(one.payload);
        Json told{{"number", i}, {"topic", one.topic}, {"event", one.event}, {"payload", text}};
        if (one.raw) told["bytes"] = platform::base64(bytes);
        all.push_back(std::move(told));
    }
    return all;
}

Json Middleman::handle(const Json& body) {
    if (body.value("forget", false)) {
        seen_.clear();
        bytes_ = 0;
        full_ = false;
    }
    if (body.contains("watch")) watching_ = body["watch"].get<bool>();
    if (body.contains("rules")) rules_.clear();
    for (const auto& rule : body.value("rules", Json::array())) {
        const auto deed = rule.at("do").get<std::string>();
        if (deed != "drop" && deed != "double" && deed != "change" && deed != "swap")
            throw std::invalid_argument("a rule does drop, double, change or swap");
        Rule made{.deed = deed, .event = rule.value("event", ""), .holds = rule.value("holds", "")};
        if (rule.contains("raw")) made.raw = rule["raw"].get<bool>();
        made.skip = rule.value("skip", std::uint64_t{0});
        made.times = rule.value("times", std::uint64_t{1});
        rules_.push_back(std::move(made));
    }
    Json done = Json::array();
    for (const Rule& rule : rules_) done.push_back(rule.done);
    Json answer{{"seen", seen_.size()}, {"bytes", bytes_}, {"full", full_}, {"done", done}, {"swapped", swapped_}};
    if (body.contains("find")) answer["found"] = find(body["find"].get<std::string>());
    if (body.contains("list")) answer["list"] = list(body["list"]);
    return answer;
}

}  // namespace hub
