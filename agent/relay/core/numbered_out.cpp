#include "agent/relay/core/numbered_out.hpp"

#include <algorithm>
#include <utility>
#include <vector>

#include "agent/relay/core/numbered_packet.hpp"
#include "platform/json/core/slice.hpp"

namespace relay {
namespace {

constexpr std::string_view unknown_number = "It acknowledges what was never sent.";

}  // namespace

bool NumberedOut::add(std::string_view message, bool as_part) {
    const std::size_t size = message.size() + overhead;
    if (bytes() + size > limits_.held) return false;
    waiting_.push_back({std::string{message}, as_part});
    waiting_bytes_ += size;
    return true;
}

bool NumberedOut::has_next(std::size_t room, TimePoint now) const noexcept {
    return hand_ == 0 && (again_ > 0 || now >= timeout_at() || may_make(room));
}

std::optional<NumberedOut::Content> NumberedOut::next(std::size_t room, TimePoint now) {
    if (hand_ != 0) return std::nullopt;
    look_at_time(now);
    if (again_ == 0 && !make(room)) return std::nullopt;
    const auto one = std::find_if(kept_.begin(), kept_.end(), [](const Unacknowledged& kept) { return kept.again; });
    one->again = false;
    one->left = TimePoint::max();
    --again_;
    hand_ = one->seq;
    return Content{one->seq, one->members};
}

/// The oldest alone: if only the acknowledgement was lost, the answer tells that the others are there.
void NumberedOut::look_at_time(TimePoint now) {
    if (now < timeout_at()) return;
    mark_again(kept_.front());
    timeout_ = std::min(2 * timeout_, limits_.last_timeout);
    timed_out_ = true;
}

void NumberedOut::mark_again(Unacknowledged& one) noexcept {
    if (!std::exchange(one.again, true)) ++again_;
}

/// Makes the next broadcast of what waits. False: nothing waits, or the window is full.
bool NumberedOut::make(std::size_t room) {
    if (!may_make(room)) return false;
    const Waiting& first = waiting_.front();
    const std::size_t as_list = limits_.list_name.size() + first.text.size() + packet_overhead;
    const bool in_parts = cut_.parts > 0 || first.as_part || as_list > room;
    Unacknowledged made;
    made.seq = ++last_seq_;
    made.members = in_parts ? make_part(room) : make_list(room);
    kept_bytes_ += made.members.size() + overhead;
    kept_.push_back(std::move(made));
    mark_again(kept_.back());
    return true;
}

std::string NumberedOut::make_list(std::size_t room) {
    std::string members = "\"";
    members.append(limits_.list_name).append("\":[");
    std::size_t count = 0;
    do {
        if (members.back() != '[') members += ',';
        members += waiting_.front().text;
        drop_first_waiting();
    } while (++count < max_packet_messages && !waiting_.empty() && !waiting_.front().as_part &&
             members.size() + waiting_.front().text.size() + packet_overhead <= room);
    return members += ']';
}

/// All slices of a message are cut for the room that there was at the first: their number is told with each.
std::string NumberedOut::make_part(std::size_t room) {
    const std::string_view text = waiting_.front().text;
    if (cut_.parts == 0) {
        cut_.room = room > packet_overhead ? room - packet_overhead : 1;
        cut_.parts = count_slices(text, cut_.room);
    }
    const std::size_t end = slice_end(text, cut_.at, cut_.room);
    std::string members = write_part(++cut_.part, cut_.parts, text.substr(cut_.at, end - cut_.at));
    cut_.at = end;
    if (cut_.part == cut_.parts) {
        drop_first_waiting();
        cut_ = {};
    }
    return members;
}

void NumberedOut::drop_first_waiting() noexcept {
    waiting_bytes_ -= waiting_.front().text.size() + overhead;
    waiting_.pop_front();
}

NumberedOut::Unacknowledged* NumberedOut::in_hand() noexcept {
    const auto one =
        std::find_if(kept_.begin(), kept_.end(), [this](const Unacknowledged& kept) { return kept.seq == hand_; });
    return one != kept_.end() ? &*one : nullptr;
}

void NumberedOut::left(TimePoint now) noexcept {
    if (hand_ == 0) return;
    if (Unacknowledged* const one = in_hand()) {
        one->left = now;
        one->first_left = std::min(one->first_left, now);
    }
    hand_ = 0;
}

void NumberedOut::not_taken() noexcept {
    if (hand_ == 0) return;
    if (Unacknowledged* const one = in_hand()) mark_again(*one);
    hand_ = 0;
}

bool NumberedOut::cut_anew() {
    Unacknowledged* const one = in_hand();
    const bool fresh = one != nullptr && one == &kept_.back() && one->first_left == TimePoint::max();
    if (!fresh || !take_back(one->members)) {
        not_taken();
        return false;
    }
    if (one->again) --again_;
    kept_bytes_ -= one->members.size() + overhead;
    kept_.pop_back();
    --last_seq_;
    hand_ = 0;
    return true;
}

/// The messages of the newest broadcast wait again, in front of all others.
bool NumberedOut::take_back(std::string_view members) {
    if (cut_.part == 1) {  // the message waits there until its last part is made
        cut_ = {};
        return true;
    }
    const std::size_t head = limits_.list_name.size() + 3;  // "items":
    if (members.substr(1, limits_.list_name.size()) != limits_.list_name) return false;
    std::vector<std::string_view> all;
    const auto take_one = [&all](std::string_view message) {
        all.push_back(message);
        return true;
    };
    platform::for_each_element(members.substr(head), take_one, platform::max_json_depth_limit);
    for (auto message = all.rbegin(); message != all.rend(); ++message) {
        waiting_bytes_ += message->size() + overhead;
        waiting_.push_front({std::string{*message}, false});
    }
    return true;
}

std::string_view NumberedOut::on_ack(std::uint64_t number) {
    if (number > last_seq_) return unknown_number;
    bool any = false;
    while (!kept_.empty() && kept_.front().seq <= number) {
        if (kept_.front().again) --again_;
        kept_bytes_ -= kept_.front().members.size() + overhead;
        kept_.pop_front();
        any = true;
    }
    if (!any) return {};
    timeout_ = limits_.first_timeout;
    // The oldest was lost, so that those behind it were thrown away, or were lost as well.
    if (std::exchange(timed_out_, false)) send_all_again();
    return {};
}

std::string_view NumberedOut::on_nack(std::uint64_t number, TimePoint now) {
    const std::string_view wrong = on_ack(number);
    if (!wrong.empty()) return wrong;
    const bool answered = nacked_at_ != TimePoint::min() && now < nacked_at_ + limits_.resend_pause;
    if (answered || kept_.empty()) return {};
    nacked_at_ = now;
    send_all_again();
    return {};
}

void NumberedOut::send_all_again() noexcept {
    timed_out_ = false;
    for (Unacknowledged& one : kept_) {
        const bool on_its_way = one.seq == hand_ && &one == &kept_.front();
        if (!on_its_way) mark_again(one);
    }
}

bool NumberedOut::stuck(std::size_t room) const noexcept {
    const auto too_large = [room](const Unacknowledged& kept) { return kept.members.size() > room; };
    return std::any_of(kept_.begin(), kept_.end(), too_large);
}

TimePoint NumberedOut::timeout_at() const noexcept {
    if (kept_.empty() || kept_.front().again || kept_.front().left == TimePoint::max()) return TimePoint::max();
    return kept_.front().left + limits_.ack_delay + timeout_;
}

TimePoint NumberedOut::due_at() const noexcept {
    if (hand_ != 0) return TimePoint::max();
    return again_ > 0 ? TimePoint::min() : timeout_at();
}

}  // namespace relay
