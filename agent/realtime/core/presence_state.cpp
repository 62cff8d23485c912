#include "agent/realtime/core/presence_state.hpp"

#include <algorithm>

#include "platform/json/core/slice.hpp"

namespace realtime {

namespace {

using platform::JsonKind;

Member read_meta(std::string_view meta) {
    Member member;
    std::string scratch;
    const auto take = [&](std::string_view key, std::string_view value) {
        if (key == "phx_ref") member.phx_ref = platform::unescape(value, scratch).substr(0, PresenceState::name_max);
        if (key == "instance") member.instance = platform::unescape(value, scratch).substr(0, PresenceState::name_max);
        if (key == "joined_at") platform::read_unsigned(value, member.joined_at);
        return true;
    };
    if (platform::json_kind(meta) == JsonKind::object) platform::for_each_member(meta, take);
    return member;
}

/// {"<key>": {"metas": [meta, …]}, …}
template <class Visit>
bool for_each_meta(std::string_view keys, Visit visit) {
    if (platform::json_kind(keys) != JsonKind::object) return false;
    const auto one_meta = [&](std::string_view meta) {
        visit(read_meta(meta));
        return true;
    };
    const auto find_metas = [&](std::string_view key, std::string_view value) {
        if (key == "metas" && platform::json_kind(value) == JsonKind::array)
            platform::for_each_element(value, one_meta);
        return true;
    };
    const auto one_key = [&](std::string_view, std::string_view value) {
        if (platform::json_kind(value) == JsonKind::object) platform::for_each_member(value, find_metas);
        return true;
    };
    return platform::for_each_member(keys, one_key).ok();
}

}  // namespace

void PresenceState::add(Member member) {
    if (member.instance.empty() || member.joined_at == 0) return;  // a controller, or somebody else's presence
    if (members_.size() < members_max) {
        members_.push_back(std::move(member));
        return;
    }
    // The eldest are kept: any number of claims to be younger hides no elder.
    const auto by_age = [](const Member& a, const Member& b) { return a.joined_at < b.joined_at; };
    const auto youngest = std::max_element(members_.begin(), members_.end(), by_age);
    if (member.joined_at < youngest->joined_at) *youngest = std::move(member);
}

bool PresenceState::add_all(std::string_view keys) {
    return for_each_meta(keys, [this](Member member) { add(std::move(member)); });
}

bool PresenceState::remove_all(std::string_view keys) {
    const auto remove = [this](const Member& gone) {
        std::erase_if(members_, [&gone](const Member& member) { return member.phx_ref == gone.phx_ref; });
    };
    return for_each_meta(keys, remove);
}

bool PresenceState::on_state(std::string_view payload) {
    members_.clear();
    known_ = true;
    return add_all(payload);
}

bool PresenceState::on_diff(std::string_view payload) {
    if (!known_) return true;
    std::string_view joins;
    std::string_view leaves;
    const auto take = [&](std::string_view key, std::string_view value) {
        if (key == "joins") joins = value;
        if (key == "leaves") leaves = value;
        return true;
    };
    if (platform::json_kind(payload) != JsonKind::object || !platform::for_each_member(payload, take).ok())
        return false;
    // Leaves first: an update comes as the leave of the old meta and the join of the new one.
    const bool left = leaves.empty() || remove_all(leaves);
    const bool joined = joins.empty() || add_all(joins);
    return left && joined;
}

void PresenceState::reset() noexcept {
    known_ = false;
    members_.clear();
}

namespace {

/// Equal times are decided by the names.
bool is_elder(const Member& member, std::string_view instance, std::uint64_t joined_at) {
    return member.joined_at < joined_at || (member.joined_at == joined_at && member.instance < instance);
}

}  // namespace

bool PresenceState::has_younger_than(std::string_view instance, std::uint64_t joined_at) const noexcept {
    return std::any_of(members_.begin(), members_.end(), [&](const Member& member) {
        return member.instance != instance && !is_elder(member, instance, joined_at);
    });
}

const Member* PresenceState::elder_of(std::string_view instance, std::uint64_t joined_at) const noexcept {
    const Member* eldest = nullptr;
    for (const Member& member : members_) {
        if (member.instance == instance) continue;
        if (is_elder(member, instance, joined_at) && (eldest == nullptr || member.joined_at < eldest->joined_at))
            eldest = &member;
    }
    return eldest;
}

}  // namespace realtime
