// Which stored broadcasts the next join asks for, and which of those that come are new. Pure: time is an argument.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "agent/realtime/core/given_tokens.hpp"
#include "agent/realtime/core/recent_ids.hpp"
#include "platform/core/time_point.hpp"

namespace realtime {

class Replay {
  public:
    /// Ids of stored broadcasts that are remembered; a replay brings at most 25.
    static constexpr std::size_t ids_kept = 64;
    /// Of such an id, in bytes.
    static constexpr std::size_t id_max = 64;
    /// No replay is asked for.
    static constexpr std::int64_t none = -1;

    /// `since_ms`: Unix milliseconds by the server's clock; negative: no replay.
    explicit Replay(std::int64_t since_ms) : since_ms_{since_ms} {}

    std::int64_t since_ms() const noexcept { return since_ms_; }
    void start_at(std::int64_t since_ms) noexcept { since_ms_ = since_ms; }
    /// Everything up to then has come.
    void caught_up(std::int64_t now_ms) noexcept { since_ms_ = std::max(since_ms_, now_ms); }

    /// What a join at `now` with that token asks for; `none` where a replay was refused to it.
    std::int64_t wanted(Generation token, TimePoint now) const noexcept {
        return now >= not_before_ || token != refused_with_ ? since_ms_ : none;
    }

    /// The server refused a replay: it is left out until then, or until another token is used.
    void refused(Generation token, TimePoint until) noexcept {
        refused_with_ = token;
        not_before_ = until;
    }

    /// True where that id was not seen before; stored broadcasts come again at every join.
    bool first_sight(std::string_view meta_id) {
        if (meta_id.empty()) return true;
        if (seen_.contains(meta_id)) return false;
        seen_.add(meta_id);
        return true;
    }

  private:
    std::int64_t since_ms_;
    TimePoint not_before_{};
    Generation refused_with_ = 0;
    RecentIds seen_{ids_kept, id_max};
};

}  // namespace realtime
