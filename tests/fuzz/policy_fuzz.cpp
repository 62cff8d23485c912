// The policy on commands, and the judgement of URLs: no spelling of a refused scheme gets through.
#include <algorithm>
#include <string>

#include "agent/relay/core/policy.hpp"
#include "agent/relay/core/policy_url.hpp"
#include "expect.hpp"
#include "platform/json/core/slice.hpp"

using fuzz::expect;

namespace {

void judge_url(std::string_view url) {
    const std::string normalized = relay::normalize_url(url);
    expect(relay::normalize_url(normalized) == normalized, "normalizing twice changes something");
    expect(relay::is_refused_url(url) == relay::is_refused_url(normalized), "a spelling changes the judgement");
    const std::string spaced = "\x01 \n" + std::string(url) + "\t ";
    expect(relay::is_refused_url(spaced) == relay::is_refused_url(url), "white space changes the judgement");
    const auto scheme = relay::scheme_of(normalized);
    if (scheme == "file" || scheme == "chrome" || scheme == "devtools" || scheme == "view-source") {
        expect(relay::is_refused_url(url), "a refused scheme passes");
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    static const relay::Policy policy{
        {.allow = {"Target.*", "Page.navigate url=file:///srv/*"}, .deny = {"DOM.focus objectId=x*"}}};
    static relay::CommandReader reader;
    const std::string_view text = fuzz::text_of(data, size);
    judge_url(text);
    if (!reader.read(text)) return 0;
    const relay::Command& command = reader.command();
    const relay::Judgement judged = policy.judge(command, {"https://a/", "page", "/spool"});
    expect(judged.params.empty() || platform::check_json(judged.params).ok(), "rewritten params are not JSON");
    const bool denied = judged.kind == relay::Judgement::Kind::deny;
    expect(!denied || judged.message.find("he policy") != std::string::npos, "a refusal that does not name the policy");
    if (command.method == "Page.navigate" && judged.kind == relay::Judgement::Kind::pass) {
        platform::for_each_member(command.params.empty() ? "{}" : command.params,
                                  [&](std::string_view key, std::string_view value) {
                                      std::string scratch;
                                      const std::string url{platform::unescape(value, scratch)};
                                      if (key == "url" && relay::is_refused_url(url)) {
                                          expect(relay::normalize_url(url).starts_with("file:///srv/"),
                                                 "a navigation to a refused scheme passes");
                                      }
                                      return true;
                                  });
    }
    return 0;
}
