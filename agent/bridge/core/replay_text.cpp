#include "agent/bridge/core/replay_text.hpp"

#include <algorithm>
#include <cmath>

#include "agent/bridge/core/for_people.hpp"
#include "agent/bridge/core/object_line.hpp"

namespace bridge {
namespace {

/// Rows of each list for a person; JSON has all of them.
constexpr std::size_t most_shown = 15;
constexpr std::size_t shown_client = 4;

std::string right(std::string text, std::size_t width) {
    return text.insert(0, width - std::min(width, text.size()), ' ');
}

std::string left(std::string text, std::size_t width) {
    return text.append(width - std::min(width, text.size()), ' ');
}

std::string counted(std::uint64_t count, std::string_view one, std::string_view many) {
    return std::to_string(count) + " " + std::string{count == 1 ? one : many};
}

std::string date_and_time(RecordTime time) {
    constexpr std::size_t date_end = 10, whole_seconds = 19;
    return write_record_time(time).substr(0, whole_seconds).replace(date_end, 1, " ");
}

std::string clock_time(RecordTime time) {
    constexpr std::size_t clock_at = 11, clock_size = 12;
    return write_record_time(time).substr(clock_at, clock_size);
}

std::string method_of(const std::string& method) {
    return method.empty() ? "a command that was not heard" : method;
}

/// Lines of a list, and how many more there are.
template <class Rows, class Write>
std::string list(std::string_view title, const Rows& rows, Write&& write) {
    if (rows.empty()) return {};
    std::string text = "\n" + std::string{title} + "\n";
    const std::size_t shown = std::min(rows.size(), most_shown);
    for (std::size_t i = 0; i < shown; ++i) text += "  " + write(rows[i]) + "\n";
    if (shown < rows.size()) text += "  and " + std::to_string(rows.size() - shown) + " more; --json has all\n";
    return text;
}

std::string head_text(const ReplayReport& report) {
    std::string text;
    if (report.head) {
        const auto& name = report.head->name;
        text = "Device " + (name.empty() ? report.head->device : name + " (" + report.head->device + ")") +
               ", recorded by --" + report.head->by + "\n";
    }
    const auto took = std::chrono::duration_cast<Duration>(report.to - report.from);
    return text + "From " + date_and_time(report.from) + " to " + date_and_time(report.to) + " UTC, " +
           time_for_people(took) + "\n";
}

std::string sums_text(const ReplayReport& report) {
    auto text = counted(report.commands(), "command", "commands") + ": " + std::to_string(report.ok) + " ok, " +
                std::to_string(report.failed) + " failed, " + std::to_string(report.unanswered) +
                " without an answer\n";
    if (report.unheard > 0) {
        text +=
            counted(report.unheard, "answer", "answers") + " to commands that were sent before the recording began\n";
    }
    text += counted(report.clients, "client", "clients") + ", " + counted(report.events, "event", "events") + "\n";
    for (const auto& [reason, count] : report.ended) {
        text += counted(count, "client was", "clients were") + " ended by the far agent: " + reason + "\n";
    }
    for (const auto& note : report.notes) text += "Note: " + note + "\n";
    return text;
}

std::string slow_text(const ReplayReport::Slow& slow) {
    constexpr std::size_t time_width = 9;
    const SeenMessage& sight = slow.sight;
    const auto who = sight.client.empty() ? std::string{"call"} : "client " + sight.client.substr(0, shown_client);
    return right(time_for_people(sight.took), time_width) + "  " + clock_time(slow.time) + "  " + left(who, 11) + "  " +
           method_of(sight.method) + (sight.ok ? "" : ", which failed");
}

std::string failed_text(const ReplayReport::Failed& failed) {
    constexpr std::size_t count_width = 7;
    return right(std::to_string(failed.count), count_width) + "  " + method_of(failed.method) + ": " + failed.message +
           " (" + std::to_string(failed.code) + ")";
}

std::string event_text(const ReplayReport::Event& event) {
    constexpr std::size_t count_width = 7;
    return right(std::to_string(event.count), count_width) + "  " + event.method +
           (event.bytes > 0 ? ", " + size_for_people(event.bytes) : "");
}

double in_seconds(Duration took) {
    return std::chrono::duration<double>(took).count();
}

/// `all`: the seconds of all domains.
std::string domain_text(const ReplayReport::Domain& domain, double all) {
    constexpr std::size_t time_width = 9, name_width = 16, share_width = 6;
    const auto commands = static_cast<Duration::rep>(domain.commands);
    const auto share = all > 0 ? std::lround(100 * in_seconds(domain.took) / all) : 0;
    return right(time_for_people(domain.took), time_width) + right(std::to_string(share) + " %", share_width) + "  " +
           left(domain.name, name_width) + "  " + counted(domain.commands, "command", "commands") + ", " +
           time_for_people(domain.took / commands) + " on average, " + time_for_people(domain.longest) +
           " at most, results of " + size_for_people(domain.bytes);
}

template <class Rows, class Write>
std::string json_list(const Rows& rows, Write&& write) {
    std::string text = "[";
    for (const auto& row : rows) {
        ObjectLine line;
        write(line, row);
        text += (text.size() > 1 ? "," : "") + line.end();
    }
    return text += ']';
}

void slow_json(ObjectLine& line, const ReplayReport::Slow& slow) {
    line.text("time", write_record_time(slow.time));
    line.text_if("client", slow.sight.client);
    line.text_if("session", slow.sight.session);
    line.text_if("method", slow.sight.method);
    line.milliseconds("ms", slow.sight.took);
    line.flag("ok", slow.sight.ok);
}

void failed_json(ObjectLine& line, const ReplayReport::Failed& failed) {
    line.text_if("method", failed.method);
    line.raw("code", std::to_string(failed.code));
    line.text("message", failed.message);
    line.number("count", failed.count);
}

void domain_json(ObjectLine& line, const ReplayReport::Domain& domain) {
    line.text("domain", domain.name);
    line.number("commands", domain.commands);
    line.number("failed", domain.failed);
    line.milliseconds("ms", domain.took);
    line.milliseconds("longestMs", domain.longest);
    line.number("bytes", domain.bytes);
}

void event_json(ObjectLine& line, const ReplayReport::Event& event) {
    line.text("method", event.method);
    line.number("count", event.count);
    line.number("paramsBytes", event.bytes);
}

void ended_json(ObjectLine& line, const ReplayReport::Ended& ended) {
    line.text("reason", ended.reason);
    line.number("count", ended.count);
}

std::string notes_json(const std::vector<std::string>& notes) {
    std::string text = "[";
    for (const auto& note : notes) {
        if (text.size() > 1) text += ',';
        platform::append_quoted(text, note);
    }
    return text += ']';
}

}  // namespace

std::string write_replay_text(const ReplayReport& report) {
    double all = 0;
    for (const auto& domain : report.domains) all += in_seconds(domain.took);
    const auto write_domain = [all](const ReplayReport::Domain& domain) { return domain_text(domain, all); };
    return head_text(report) + sums_text(report) + list("Slowest commands", report.slowest, slow_text) +
           list("Errors", report.errors, failed_text) + list("Time by domain", report.domains, write_domain) +
           list("Events", report.by_event, event_text);
}

std::string write_replay_json(const ReplayReport& report) {
    ObjectLine line;
    if (report.head) {
        line.text("device", report.head->device);
        line.text_if("name", report.head->name);
        line.text("by", report.head->by);
    }
    line.text("from", write_record_time(report.from));
    line.text("to", write_record_time(report.to));
    line.number("clients", report.clients);
    line.number("commands", report.commands());
    line.number("ok", report.ok);
    line.number("failed", report.failed);
    line.number("unanswered", report.unanswered);
    line.number("unheard", report.unheard);
    line.number("events", report.events);
    line.raw("slowest", json_list(report.slowest, slow_json));
    line.raw("errors", json_list(report.errors, failed_json));
    line.raw("domains", json_list(report.domains, domain_json));
    line.raw("byEvent", json_list(report.by_event, event_json));
    line.raw("ended", json_list(report.ended, ended_json));
    line.raw("notes", notes_json(report.notes));
    return line.end();
}

}  // namespace bridge
