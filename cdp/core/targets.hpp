// What the browser has told of its targets: pages, workers, frames.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace cdp {

/// A data: URL may be megabytes long; its scheme and beginning are what is judged and shown.
inline constexpr std::size_t target_url_limit = 4096;

/// A target as the browser last told of it through Target.setDiscoverTargets: one event behind.
struct TargetInfo {
    std::string id;
    std::string type;
    std::string subtype;    // "prerender", "portal", …; empty for what a person sees
    std::string url;        // its first few kilobytes
    std::string title;      // likewise
    std::string opener;     // the target that opened it; empty where none
    std::string context;    // its browser context
    std::string stands_at;  // a refused place where the page was found; empty: `url` is right
    bool crashed = false;

    std::string_view place() const noexcept { return stands_at.empty() ? url : stands_at; }
};

/// Whether text may be written into params of ours as an id, a guid and the like: those need no escaping.
bool is_target_id(std::string_view text) noexcept;

/// Reads one TargetInfo object of the protocol. Nothing where it has no id.
std::optional<TargetInfo> read_target(std::string_view object);

/// The member of an object as text: strings unescaped, everything else as it came, empty where there is none.
std::string member(std::string_view object, std::string_view key);

/// The member's value as the bytes that came, or empty.
std::string_view raw_member(std::string_view object, std::string_view key);

}  // namespace cdp
