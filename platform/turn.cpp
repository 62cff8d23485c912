#include "platform/turn.hpp"

#include <algorithm>
#include <cstddef>
#include <utility>

namespace platform {

Turns& Turns::of(const boost::asio::any_io_executor& executor) {
    return boost::asio::use_service<Turns>(executor.context());
}

bool Turns::at_end(TurnEnd& who) {
    if (depth_ == 0) return false;
    const bool asked = std::find(waiting_.begin(), waiting_.end(), &who) != waiting_.end();
    if (!asked) waiting_.push_back(&who);
    return true;
}

void Turns::end() {
    if (depth_ == 1) {
        for (std::size_t i = 0; i < waiting_.size(); ++i) {
            if (TurnEnd* who = std::exchange(waiting_[i], nullptr)) who->at_turn_end();
        }
        waiting_.clear();
    }
    --depth_;
}

TurnEnd::~TurnEnd() {
    std::replace(turns_.waiting_.begin(), turns_.waiting_.end(), this, static_cast<TurnEnd*>(nullptr));
}

}  // namespace platform
