// The ids that were seen last, up to a number: the oldest one makes room for the newest. Pure.
#pragma once

#include <algorithm>
#include <cstddef>
#include <deque>
#include <string>
#include <string_view>

namespace realtime {

class RecentIds {
  public:
    /// `most`: how many are kept. `id_max`: longer ids, in bytes, are cut.
    explicit RecentIds(std::size_t most, std::size_t id_max = std::string_view::npos) : most_{most}, id_max_{id_max} {}

    bool contains(std::string_view id) const noexcept {
        return std::find(ids_.begin(), ids_.end(), id.substr(0, id_max_)) != ids_.end();
    }

    void add(std::string_view id) {
        ids_.emplace_back(id.substr(0, id_max_));
        if (ids_.size() > most_) ids_.pop_front();
    }

  private:
    std::size_t most_;
    std::size_t id_max_;
    std::deque<std::string> ids_;  // the newest last
};

}  // namespace realtime
