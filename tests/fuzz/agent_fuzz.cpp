// The params of the Agent domain: what a controller asks of the agent itself is read or refused, and what is answered
// is JSON.
#include <string>

#include "agent/relay/core/client_text.hpp"
#include "agent/relay/core/file_text.hpp"
#include "agent/relay/core/flatten.hpp"
#include "agent/relay/core/policy_params.hpp"
#include "bytes.hpp"
#include "platform/json/core/slice.hpp"

using fuzz::expect;

namespace {

void expect_json(std::string_view text, const char* what) {
    expect(platform::check_json(text, platform::max_json_depth_limit).ok(), what);
}

void open(std::string_view params) {
    const auto request = relay::read_open(params);
    if (!request.wrong.empty()) return;
    expect(request.lease >= relay::least_lease && request.lease <= relay::most_lease, "a lease out of its range");
    expect(request.label.size() <= relay::max_label_bytes, "a label that is too long");
    for (const char c : request.target) expect(c != '"' && c != '\\' && c >= ' ', "a target that needs escapes");
}

void name(std::string_view params) {
    const auto client = relay::client_named(params);
    relay::ClientLimits limits;
    limits.pace = static_cast<double>(params.size()) / 7;
    expect_json(relay::write_opened(client, "i", limits), "the answer to an open is no JSON");
    expect_json(relay::write_opened(client, "i", limits, {params, true}), "the answer to a sealed open is no JSON");
    expect_json(relay::write_client_ended(client, "i", "lease"), "the end of a client is no JSON");
    const auto broadcast = relay::write_client_broadcast(client, "i", R"("ack":1)", limits.pace);
    expect_json(broadcast, "a broadcast is no JSON");
}

void file(std::string_view params, bool puts) {
    const auto request = relay::read_file_request(params, puts);
    if (!request.wrong.empty()) return;
    expect(relay::is_spool_name(request.name), "a name that leads out of the spool");
    expect(request.name.find('/') == std::string::npos && request.name.front() != '.', "a name that is a path");
    expect(!request.client.empty(), "a file of nobody");
    expect(!request.size || *request.size > 0, "a read of nothing");
}

void flatten(std::string_view params) {
    static const relay::Policy policy{relay::PolicySettings{}};
    const auto judged = relay::flatten(params, policy);
    if (judged.kind != relay::Judgement::Kind::rewrite) return;
    expect_json(judged.params, "rewritten params are not JSON");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text = fuzz::text_of(data, size);
    relay::is_browser_id(text);
    // CommandReader has checked the params that come this far.
    if (!platform::check_json(text).ok() || platform::json_kind(text) != platform::JsonKind::object) return 0;
    open(text);
    name(text);
    for (const bool puts : {false, true}) file(text, puts);
    flatten(text);
    return 0;
}
