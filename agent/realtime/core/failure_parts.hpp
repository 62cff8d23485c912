// What the parts of failure share. Included by failure.cpp and failure_http.cpp alone.
#pragma once

#include <algorithm>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "agent/realtime/core/failure.hpp"
#include "agent/realtime/core/failure_rules.hpp"
#include "platform/core/answer_text.hpp"

namespace realtime {

/// What a class waits for.
Wait wait_of(Class what) noexcept;
/// Who ends a failure of that class, where nothing more is known.
Cause cause_of(Class what) noexcept;

inline Judgement verdict(Class what, std::string sentence) {
    Judgement made;
    made.what = what;
    made.wait = wait_of(what);
    made.cause = cause_of(what);
    made.sentence = std::move(sentence);
    return made;
}

/// A wrong setting by its class, and yet somebody else mends it: what stands on the way.
inline Judgement on_the_way(std::string sentence) {
    Judgement made = verdict(Class::configuration, std::move(sentence));
    made.cause = Cause::others;
    return made;
}

/// With the server's own words behind it, where there are any.
inline std::string sentence_of(std::string_view sentence, std::string_view servers_words) {
    std::string out{sentence};
    if (servers_words.empty()) return out;
    out += " (server: ";
    out += servers_words.substr(0, platform::quoted_words);
    out += ')';
    return out;
}

inline std::optional<rules::Rule> rule_by_text(std::string_view text) noexcept {
    const auto& texts = rules::texts;
    const auto found = std::find_if(texts.begin(), texts.end(),
                                    [text](const rules::Rule& rule) { return text.starts_with(rule.text); });
    if (found == texts.end()) return std::nullopt;
    return *found;
}

/// The HTTP answer that refused the websocket.
Judgement judge_upgrade(int status, std::string_view whole_body, bool without_key);
/// An HTTP answer to an ordinary request (REST, the login) that is not what was asked for.
Judgement judge_request(int status, std::string_view whole_body);
/// The HTTP answer to a result that was posted.
Judgement judge_post(int status, std::string_view whole_body);

}  // namespace realtime
