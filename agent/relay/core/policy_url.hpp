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

/// Whether a target that stands there must not be read or changed. Harmless: the web, data:, blob:, about:blank,
/// about:srcdoc, error pages, a fresh page that stands nowhere yet, and the browser target, which is no page. The
/// browser's interface (type `browser_ui`) is refused wherever it stands, and a frame or worker whose place is not
/// known yet as well.
bool is_refused_page(std::string_view url, std::string_view type);

/// Whether it is a part of the browser, not of the web: its interface, and what is neither page, frame nor worker.
bool is_browsers_own(std::string_view type) noexcept;

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
