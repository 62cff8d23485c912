// The lines of the audit trail, as JSON.
#include <fmt/chrono.h>
#include <fmt/core.h>

#include "agent/relay/audit.hpp"
#include "platform/json/core/slice.hpp"
#include "platform/text.hpp"

namespace relay {
namespace {

void append_text(std::string& out, std::string_view name, std::string_view text) {
    if (text.empty()) return;
    out.append(",\"").append(name).append("\":");
    platform::append_quoted(out, platform::clean(text));
}

void append_id(std::string& out, std::string_view id) {
    out += ",\"id\":";
    if (platform::json_kind(id) != platform::JsonKind::string) {
        out += id.empty() ? "null" : id;
        return;
    }
    std::string scratch;
    platform::append_quoted(out, platform::clean(platform::unescape(id, scratch)));
}

/// A line up to its time.
std::string begin_line(std::chrono::sys_time<std::chrono::milliseconds> time) {
    const auto whole = std::chrono::floor<std::chrono::seconds>(time);
    return fmt::format("{{\"time\":\"{:%Y-%m-%dT%H:%M:%S}.{:03}Z\"", fmt::gmtime(whole), (time - whole).count());
}

double milliseconds_of(Duration took) {
    return std::chrono::duration<double, std::milli>(took).count();
}

}  // namespace

std::string write_audit_gap(std::uint64_t lines, std::chrono::sys_time<std::chrono::milliseconds> time) {
    return fmt::format("{},\"outcome\":\"lost\",\"lines\":{}}}\n", begin_line(time), lines);
}

std::string write_audit_line(const AuditRecord& record, std::chrono::sys_time<std::chrono::milliseconds> time) {
    std::string line = begin_line(time);
    append_id(line, record.id);
    append_text(line, "client", record.client);
    append_text(line, "key", record.key);
    append_text(line, "method", record.method);
    append_text(line, "session", record.session);
    append_text(line, "outcome", record.outcome);
    append_text(line, "rule", record.rule);
    append_text(line, "origin", record.origin);
    line += fmt::format(",\"bytes_in\":{},\"bytes_out\":{},\"ms\":{:.3f}}}\n", record.command_bytes,
                        record.result_bytes, milliseconds_of(record.took));
    return line;
}

}  // namespace relay
