#include "agent/bridge/core/replay.hpp"

#include <algorithm>
#include <utility>

namespace bridge {
namespace {

using Kind = SeenMessage::Kind;

/// Sums of times stop here, far from where they would overflow.
constexpr Duration most_time = std::chrono::hours{24 * 365 * 100};

std::string key_of_line(const SeenMessage& sight) {
    return sight.client + '\0' + sight.session + '\0' + sight.id;
}

/// "Page" of "Page.navigate".
std::string domain_of(const SeenMessage& sight) {
    return sight.method.substr(0, sight.method.find('.'));
}

/// The row of that key, made where there is room for it; null: there is none.
template <class Row>
Row* row_of(std::map<std::string, Row, std::less<>>& rows, const std::string& key) {
    const auto found = rows.find(key);
    if (found != rows.end()) return &found->second;
    return rows.size() < Replay::most_rows ? &rows[key] : nullptr;
}

template <class Row, class Less>
std::vector<Row> sorted(const std::map<std::string, Row, std::less<>>& rows, Less&& less) {
    std::vector<Row> all;
    for (const auto& [key, row] : rows) all.push_back(row);
    std::stable_sort(all.begin(), all.end(), less);
    return all;
}

}  // namespace

std::string Replay::take(std::string_view text) {
    auto read = read_record(text);
    if (auto* wrong = std::get_if<std::string>(&read)) return std::move(*wrong);
    auto& line = std::get<ReplayLine>(read);
    if (!std::exchange(begun_, true)) sums_.from = sums_.to = line.time;
    sums_.from = std::min(sums_.from, line.time);
    sums_.to = std::max(sums_.to, line.time);
    if (line.head) {
        sums_.head = std::move(line.head);
        return {};
    }
    take_sight(std::move(line));
    return {};
}

void Replay::take_sight(ReplayLine line) {
    SeenMessage& sight = line.sight;
    if (!sight.client.empty() && clients_.size() < most_known) clients_.insert(sight.client);
    switch (sight.kind) {
        case Kind::answer:
            return take_answer(std::move(line));
        case Kind::waiting:
            if (waiting_.size() < most_known) waiting_.insert(key_of_line(sight));
            return;
        case Kind::event:
            return take_event(sight);
        case Kind::ended:
            if (auto* row = row_of(ended_, sight.text)) row->reason = sight.text, ++row->count;
            return;
        case Kind::note:
            if (sums_.notes.size() < most_notes) sums_.notes.push_back(std::move(sight.text));
    }
}

void Replay::take_answer(ReplayLine line) {
    const SeenMessage& sight = line.sight;
    waiting_.erase(key_of_line(sight));
    ++(sight.ok ? sums_.ok : sums_.failed);
    if (!sight.command_heard) ++sums_.unheard;
    if (!sight.ok) add_error(sight);
    if (sight.command_heard) add_time(line);
    keep_if_slow(std::move(line));
}

void Replay::add_error(const SeenMessage& sight) {
    auto* row = row_of(errors_, sight.method + '\0' + std::to_string(sight.code) + '\0' + sight.text);
    if (row == nullptr) return;
    row->method = sight.method;
    row->code = sight.code;
    row->message = sight.text;
    ++row->count;
}

void Replay::add_time(const ReplayLine& line) {
    auto name = domain_of(line.sight);
    auto* row = row_of(domains_, name);
    if (row == nullptr) return;
    row->name = std::move(name);
    ++row->commands;
    if (!line.sight.ok) ++row->failed;
    row->took = std::min(row->took, most_time) + line.sight.took;
    row->longest = std::max(row->longest, line.sight.took);
    row->bytes += line.sight.bytes;
}

void Replay::keep_if_slow(ReplayLine line) {
    if (!line.timed) return;
    auto& slowest = sums_.slowest;
    const auto slower = [](const ReplayReport::Slow& a, const ReplayReport::Slow& b) {
        return a.sight.took > b.sight.took;
    };
    ReplayReport::Slow one{line.time, std::move(line.sight)};
    slowest.insert(std::upper_bound(slowest.begin(), slowest.end(), one, slower), std::move(one));
    if (slowest.size() > most_slowest) slowest.pop_back();
}

void Replay::take_event(const SeenMessage& sight) {
    ++sums_.events;
    auto* row = row_of(events_, sight.method);
    if (row == nullptr) return;
    row->method = sight.method;
    ++row->count;
    row->bytes += sight.params_bytes;
}

ReplayReport Replay::report() const {
    ReplayReport all = sums_;
    all.clients = clients_.size();
    all.unanswered = waiting_.size();
    const auto more = [](const auto& a, const auto& b) { return a.count > b.count; };
    all.errors = sorted(errors_, more);
    all.by_event = sorted(events_, more);
    all.ended = sorted(ended_, more);
    all.domains = sorted(domains_, [](const auto& a, const auto& b) { return a.took > b.took; });
    return all;
}

}  // namespace bridge
