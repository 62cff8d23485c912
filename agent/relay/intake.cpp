#include "agent/relay/intake.hpp"

namespace relay {

bool Intake::read(std::string_view payload) {
    unanswerable_ = false;
    if (!reader_.read(payload)) return false;
    const auto why = sink_.uncarried(command().id);
    if (why.empty()) return true;
    unanswerable_ = true;
    unanswered_ = {.message = "The id holds " + std::string(why) + ", which this link cannot send back."};
    return false;
}

}  // namespace relay
