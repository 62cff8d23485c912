// Which URLs a browser may be sent to, and which pages may be read: judged after parsing as WHATWG says, since the
// browser will parse before it loads.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace relay {

/// The URL as the browser's parser begins to see it: controls and spaces stripped from both ends, tabs and newlines
/// removed everywhere, the scheme in lower case. Nothing else is changed.
std::string normalize_url(std::string_view url);

/// The scheme of a normalized URL without its colon; empty where there is none.
std::string_view scheme_of(std::string_view normalized) noexcept;

/// Whether no command may send a browser there in `observe` and `test`: every scheme but those of the web, data:,
/// blob:, javascript: and the two harmless about: pages. Text without a scheme is no URL to Chrome, which says so.
bool is_refused_url(std::string_view url);

/// Whether a page that stands there must not be read or changed. More lenient than is_refused_url(): every about: page,
/// error pages, the new tab page and the browser's own interface (type `browser_ui`) are where pages begin.
bool is_refused_page(std::string_view url, std::string_view type);

/// Glob: `*` stands for any text, everything else for itself.
bool matches_glob(std::string_view pattern, std::string_view text) noexcept;

/// Whether the owner's list names this URL. One that climbs (`..`, also escaped, or a backslash) matches nothing.
bool is_allowed_url(const std::vector<std::string>& globs, std::string_view url);

/// Whether it steps out of the folder that it names: `..` or a backslash, also escaped.
bool climbs(std::string_view url);

/// The origin of a URL for the audit trail (`https://host:port`), or its scheme alone where it has none. Never the
/// path, the query or the user.
std::string origin_of(std::string_view url);

}  // namespace relay
