#include "agent/bridge/core/presence_roll.hpp"

#include "platform/json/core/slice.hpp"

namespace bridge {
namespace {

using platform::JsonKind;

/// Of a uuid, a version, a key or a ref, in bytes. A longer one is no agent's.
constexpr std::size_t word_bytes = 128;

std::string presence_word(std::string_view value) {
    std::string scratch;
    const auto text = platform::unescape(value, scratch);
    return text.size() <= word_bytes ? std::string{text} : std::string{};
}

/// Calls `visit(key, meta)` for each meta of each key: `{"KEY":{"metas":[META,…]},…}`.
template <class Visit>
void each_meta(std::string_view keys, Visit&& visit) {
    if (platform::json_kind(keys) != JsonKind::object) return;
    platform::for_each_member(keys, [&](std::string_view key, std::string_view entry) {
        if (platform::json_kind(entry) != JsonKind::object) return true;
        const std::string name{key};
        platform::for_each_member(entry, [&](std::string_view member, std::string_view metas) {
            if (member != "metas" || platform::json_kind(metas) != JsonKind::array) return true;
            platform::for_each_element(metas, [&](std::string_view meta) {
                if (platform::json_kind(meta) == JsonKind::object) visit(name, meta);
                return true;
            });
            return true;
        });
        return true;
    });
}

/// The string members of a meta that are asked for.
struct Meta {
    explicit Meta(std::string_view meta) {
        platform::for_each_member(meta, [this](std::string_view key, std::string_view value) {
            if (key == "phx_ref") ref = presence_word(value);
            if (key == "device_uuid") uuid = presence_word(value);
            if (key == "version") version = presence_word(value);
            return true;
        });
    }
    std::string ref, uuid, version;
};

}  // namespace

bool PresenceRoll::on_state(std::string_view payload) {
    const bool readable = platform::json_kind(payload) == JsonKind::object && platform::check_json(payload).ok();
    if (!readable) return false;
    presences_.clear();
    by_uuid_.clear();
    known_ = true;
    add_all(payload);
    return true;
}

void PresenceRoll::on_diff(std::string_view payload) {
    if (!known_ || platform::json_kind(payload) != JsonKind::object || !platform::check_json(payload).ok()) return;
    // An update of one member joins under a new ref and leaves under the old one.
    for (const std::string_view which : {"joins", "leaves"}) {
        platform::for_each_member(payload, [&](std::string_view key, std::string_view keys) {
            if (key == which && which == "joins") add_all(keys);
            if (key == which && which == "leaves") remove_all(keys);
            return true;
        });
    }
}

void PresenceRoll::reset() noexcept {
    known_ = false;
    presences_.clear();
    by_uuid_.clear();
}

std::optional<std::string> PresenceRoll::version_of(std::string_view uuid) const {
    const auto [first, end] = by_uuid_.equal_range(uuid);
    if (first == end) return std::nullopt;
    for (auto at = first; at != end; ++at) {
        const auto found = presences_.find(at->second);
        if (found != presences_.end() && !found->second.version.empty()) return found->second.version;
    }
    return std::string{};
}

void PresenceRoll::add_all(std::string_view keys) {
    each_meta(keys, [this](const std::string& key, std::string_view meta) { add(key, meta); });
}

void PresenceRoll::add(std::string_view key, std::string_view text) {
    const Meta meta{text};
    if (meta.uuid.empty() || key.size() > word_bytes || presences_.size() >= most) return;
    const Place place{std::string{key}, meta.ref};
    if (!presences_.emplace(place, Presence{meta.uuid, meta.version}).second) return;
    by_uuid_.emplace(meta.uuid, place);
}

void PresenceRoll::remove_all(std::string_view keys) {
    each_meta(keys, [this](const std::string& key, std::string_view text) {
        const Meta meta{text};
        const auto found = presences_.find(Place{key, meta.ref});
        if (found == presences_.end()) return;
        const auto [first, end] = by_uuid_.equal_range(found->second.uuid);
        for (auto at = first; at != end; ++at) {
            if (at->second != found->first) continue;
            by_uuid_.erase(at);
            break;
        }
        presences_.erase(found);
    });
}

}  // namespace bridge
