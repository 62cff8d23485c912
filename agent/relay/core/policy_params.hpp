// The rules on parameters: URLs, files, downloads, permissions, tracing. Each reads the few members that decide,
// rewrites some (the folder of a download), and leaves the rest as the bytes that came.
#pragma once

#include <string>
#include <string_view>

#include "agent/relay/core/policy.hpp"

namespace relay {

/// What a parameter rule needs to know.
struct ParamContext {
    std::string_view params;  // JSON text of an object, checked; empty for none
    const Surroundings& around;
    const std::vector<std::string>& allow_urls;
    const HostRules& hosts;
    bool page_refused = false;  // the session's page stands at a refused scheme
};

/// Judges the parameters of one method in `observe` and `test`. Passes what no rule speaks of.
Judgement judge_params(std::string_view method, const ParamContext& context);

/// Whether a file in the spool may have that name: `[A-Za-z0-9._-]{1,128}`, not beginning with a dot.
bool is_spool_name(std::string_view name) noexcept;

/// Whether a path is one of a file directly in the spool: the folder, a slash, such a name.
bool is_spool_file(std::string_view path, std::string_view spool) noexcept;

}  // namespace relay
