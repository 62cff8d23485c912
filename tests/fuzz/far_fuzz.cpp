// The texts that the bridge reads: what comes over the channel, what a local client names of files, requests.
#include <string>

#include "agent/bridge/core/access.hpp"
#include "agent/bridge/core/call_error.hpp"
#include "agent/bridge/core/client_end.hpp"
#include "agent/bridge/core/client_message.hpp"
#include "agent/bridge/core/far_text.hpp"
#include "agent/bridge/core/file_messages.hpp"
#include "agent/bridge/core/file_names.hpp"
#include "agent/bridge/core/listing.hpp"
#include "agent/bridge/core/record_text.hpp"
#include "agent/bridge/core/replay.hpp"
#include "agent/bridge/core/replay_text.hpp"
#include "agent/bridge/core/safe_params.hpp"
#include "bytes.hpp"
#include "platform/json/core/slice.hpp"

using fuzz::expect;

namespace {

void expect_json(std::string_view text, const char* what) {
    expect(platform::check_json(text, platform::max_json_depth_limit).ok(), what);
}

/// What the agent, or somebody in its place, sends.
void from_afar(std::string_view text) {
    const auto result = bridge::read_result(text);
    expect(fuzz::inside(result.result, text) && fuzz::inside(result.error, text), "a slice outside of the text");
    expect(!result.readable || !(result.ok ? result.result : result.error).empty(), "a readable result without one");
    const auto error = bridge::read_error(text);
    expect_json(bridge::write_bridge_error(error.reason, error.message), "an error of ours is no JSON");
    bridge::read_call_error(text);
    bridge::ending_of_open(text, false);
    const auto opened = bridge::read_opened(text);
    expect(opened.client.size() <= bridge::max_client_name, "a client's name that is too long");
    expect(!opened.pace || *opened.pace >= 0, "a pace below none");
    const auto post = bridge::write_post("1", opened.client, R"("ack":1)");
    expect_json(post, "a post is no JSON");
    expect(post.size() <= 7 + bridge::post_envelope, "an envelope beyond what is kept for it");
    const auto event = bridge::read_event(text);
    bridge::ending_of(event.ended, true);
    expect(fuzz::inside(bridge::read_piece(text).data, text), "a piece outside of the text");
    bridge::read_target_id(text);
}

void list(std::string_view text) {
    const bridge::Reached reached{"127.0.0.1:9222", "/s"};
    const auto version = bridge::read_version(text).value_or(bridge::BrowserVersion{});
    expect_json(bridge::write_version(version, "id", reached), "/json/version is no JSON");
    const auto targets = bridge::read_targets(text);
    if (targets) expect_json(bridge::write_list(*targets, version, reached), "/json/list is no JSON");
}

/// What a local client sends, once it was found to be JSON.
void from_client(std::string_view text) {
    const auto refusal = bridge::refusal_of(text);
    if (!refusal.empty()) return expect_json(refusal, "a refusal is no JSON");
    expect_json(bridge::refuse_command(text, "no"), "the answer to a command is no JSON");
    const auto said = bridge::read_files_sent(text);
    for (const auto& path : said.paths) {
        const auto name = bridge::spool_name(path);
        expect(!name.empty() && name.size() <= 128 && name.front() != '.', "a name that the spool refuses");
        expect(name.find('/') == std::string::npos, "a name that is a path");
    }
    expect_json(bridge::with_paths(text, said.paths), "a command with other files is no JSON");
    expect_json(bridge::with_download_events(text), "a command with events is no JSON");
    const auto download = bridge::read_download_event(text);
    expect_json(bridge::completed_at(text, "/tmp/x"), "an event with a path is no JSON");
    const auto name = bridge::download_name(download.name);
    expect(!name.empty() && name.front() != '.' && name.find('/') == std::string::npos, "a download with a path");
    expect(name.find('\0') == std::string::npos, "a download with a NUL in its name");
}

/// What stands in a recording, and what is read from one.
void record(std::string_view text) {
    auto seen = bridge::read_seen(text);
    seen.sight.kind = bridge::SeenMessage::Kind::event;
    expect(seen.sight.params.size() <= bridge::SeenMessage::most_params, "parameters beyond their bound");
    const auto line = bridge::write_record(seen.sight, "2026-12-01T12:01:02.345Z", true);
    expect_json(line, "a recorded event is no JSON");
    expect(line.find('\n') == std::string::npos, "a recorded event on two lines");
    for (const auto author : {bridge::Author::controller, bridge::Author::browser}) {
        const auto safe = bridge::safe_params("Page.navigate", text, author);
        expect_json(safe.kept, "the parameters that pass are no JSON");
        const auto address = bridge::safe_address(text, author);
        const bool bare = author == bridge::Author::controller || address.find('@') == std::string::npos;
        expect(bare && address.find_first_of("?#;") == std::string::npos, "an address with a password or a query");
    }
}

void replay(std::string_view text) {
    bridge::Replay replay;
    replay.take(text);
    const auto report = replay.report();
    expect(report.commands() <= 1, "more than one command on a line");
    expect_json(bridge::write_replay_json(report), "a report is no JSON");
    bridge::write_replay_text(report);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text = fuzz::text_of(data, size);
    from_client(text);
    bridge::download_name(text);
    bridge::spool_name(text);
    replay(text);
    // What comes over the channel is checked before it is handed on.
    if (!platform::check_json(text).ok()) return 0;
    from_afar(text);
    list(text);
    record(text);
    return 0;
}
