#include "agent/relay/core/stream_sender.hpp"

#include <algorithm>
#include <iterator>
#include <utility>
#include <vector>

#include "agent/relay/core/stream_packet.hpp"
#include "platform/json/core/slice.hpp"

namespace relay {
namespace {

constexpr std::string_view unknown_number = "It acknowledges what was never sent.";

}  // namespace

bool StreamSender::add(std::string_view message, bool as_part) {
    const std::size_t size = message.size() + overhead;
    if (bytes() + size > limits_.held) return false;
    waiting_.push_back({std::string{message}, as_part});
    waiting_bytes_ += size;
    return true;
}

bool StreamSender::has_next(std::size_t room, TimePoint now) const noexcept {
    return hand_ == 0 && (again_ > 0 || now >= timeout_at() || may_make(room));
}

std::optional<StreamSender::Content> StreamSender::next(std::size_t room, TimePoint now) {
    if (hand_ != 0) return std::nullopt;
    look_at_time(now);
    if (again_ == 0 && !make(room)) return std::nullopt;
    const auto one = std::find_if(kept_.begin(), kept_.end(), [](const Unacknowledged& kept) { return kept.again; });
    one->again = false;
    one->left = TimePoint::max();
    --again_;
    hand_ = one->seq;
    return Content{one->seq, one->members, one->raw};
}

/// The oldest alone: if only the acknowledgement was lost, the answer tells that the others are there.
void StreamSender::look_at_time(TimePoint now) {
    if (now < timeout_at()) return;
    mark_again(kept_.front());
    timeout_ = std::min(2 * timeout_, limits_.last_timeout);
    timed_out_ = true;
}

void StreamSender::mark_again(Unacknowledged& one) noexcept {
    if (!std::exchange(one.again, true)) ++again_;
}

/// Makes the next broadcast of what waits. False: nothing waits, or the window is full.
bool StreamSender::make(std::size_t room) {
    if (!may_make(room)) return false;
    const Waiting& first = waiting_.front();
    const std::size_t as_list = limits_.list_name.size() + first.text.size() + packet_overhead;
    const bool in_parts = cut_.parts > 0 || first.as_part || as_list > room;
    const bool bytes = limits_.list_name.empty();
    Unacknowledged& made = kept_.emplace_back();
    try {
        if (bytes) {
            make_bytes(room, made);
        } else {
            made.members = in_parts ? make_part(room) : make_list(room);
        }
    } catch (...) {
        kept_.pop_back();  // all of it waits as before
        throw;
    }
    made.seq = ++last_seq_;
    kept_bytes_ += made.size() + overhead;
    mark_again(made);
    return true;
}

std::string StreamSender::make_list(std::size_t room) {
    std::string members = "\"";
    members.append(limits_.list_name).append("\":[");
    std::size_t count = 0;
    do {
        if (count > 0) members += ',';
        members += waiting_[count].text;
    } while (++count < std::min(max_packet_messages, waiting_.size()) && !waiting_[count].as_part &&
             members.size() + waiting_[count].text.size() + packet_overhead <= room);
    members += ']';
    while (count-- > 0) drop_first_waiting();
    return members;
}

/// All slices of a message are cut for the room that there was at the first: their number stands in each.
std::string StreamSender::make_part(std::size_t room) {
    const std::string_view text = waiting_.front().text;
    if (cut_.parts == 0) {
        cut_.room = room > packet_overhead ? room - packet_overhead : 1;
        cut_.parts = count_slices(text, cut_.room);
    }
    const std::size_t end = slice_end(text, cut_.at, cut_.room);
    std::string members = write_part(cut_.part + 1, cut_.parts, text.substr(cut_.at, end - cut_.at));
    cut_.at = end;
    if (++cut_.part == cut_.parts) {
        drop_first_waiting();
        cut_ = {};
    }
    return members;
}

void StreamSender::make_bytes(std::size_t room, Unacknowledged& made) {
    const std::size_t left = room > packet_overhead ? room - packet_overhead : 0;
    const std::size_t most = sends_raw_ ? std::max<std::size_t>(left, 1) : bytes_within(left);
    std::string bytes;
    bytes.reserve(std::min(most, waiting_bytes_));
    std::size_t whole = 0;  // messages, or rests of messages
    std::size_t at = cut_.at;
    while (whole < waiting_.size() && bytes.size() < most) {
        const std::string_view rest = std::string_view{waiting_[whole].text}.substr(at);
        const std::string_view taken = rest.substr(0, most - bytes.size());
        bytes += taken;
        const bool all = taken.size() == rest.size();
        at = all ? 0 : at + taken.size();
        whole += all ? 1 : 0;
    }
    if (sends_raw_) {
        made.raw = std::move(bytes);
    } else {
        made.members = write_bytes(bytes);
    }
    while (whole-- > 0) drop_first_waiting();
    cut_ = {};
    cut_.at = at;
}

void StreamSender::drop_first_waiting() noexcept {
    waiting_bytes_ -= waiting_.front().text.size() + overhead;
    waiting_.pop_front();
}

StreamSender::Unacknowledged* StreamSender::in_hand() noexcept {
    const auto one =
        std::find_if(kept_.begin(), kept_.end(), [this](const Unacknowledged& kept) { return kept.seq == hand_; });
    return one != kept_.end() ? &*one : nullptr;
}

void StreamSender::left(TimePoint now) noexcept {
    if (hand_ == 0) return;
    if (Unacknowledged* const one = in_hand()) {
        one->left = now;
        one->first_left = std::min(one->first_left, now);
    }
    hand_ = 0;
}

void StreamSender::not_taken() noexcept {
    if (hand_ == 0) return;
    if (Unacknowledged* const one = in_hand()) mark_again(*one);
    hand_ = 0;
}

bool StreamSender::cut_anew() {
    Unacknowledged* const one = in_hand();
    const std::size_t size = one != nullptr ? one->size() : 0;  // before its bytes are taken
    const bool fresh = one != nullptr && one == &kept_.back() && one->first_left == TimePoint::max();
    if (!fresh || !take_back(*one)) {
        not_taken();
        return false;
    }
    if (one->again) --again_;
    kept_bytes_ -= size + overhead;
    kept_.pop_back();
    --last_seq_;
    hand_ = 0;
    return true;
}

/// The messages of the newest broadcast wait again, in front of all others.
bool StreamSender::take_back(Unacknowledged& one) {
    const std::string_view members = one.members;
    if (limits_.list_name.empty()) {
        take_bytes_back(one);
        return true;
    }
    if (cut_.part == 1) {  // the message waits there until its last part is made
        cut_ = {};
        return true;
    }
    const std::size_t head = limits_.list_name.size() + 3;  // "items":
    if (members.substr(1, limits_.list_name.size()) != limits_.list_name) return false;
    std::vector<Waiting> all;
    std::size_t bytes = 0;
    const auto take_one = [&](std::string_view message) {
        all.push_back({std::string{message}, false});
        bytes += message.size() + overhead;
        return true;
    };
    platform::for_each_element(members.substr(head), take_one, platform::max_json_depth_limit);
    waiting_.insert(waiting_.begin(), std::move_iterator{all.begin()}, std::move_iterator{all.end()});
    waiting_bytes_ += bytes;
    return true;
}

void StreamSender::take_bytes_back(Unacknowledged& one) {
    std::string bytes = one.raw.empty() ? bytes_in(one.members) : std::string{};
    waiting_.emplace_front();  // all memory first: what follows does not fail
    if (cut_.at > 0) {
        waiting_[1].text.erase(0, cut_.at);
        waiting_bytes_ -= cut_.at;
        cut_ = {};
    }
    waiting_.front().text = one.raw.empty() ? std::move(bytes) : std::move(one.raw);
    waiting_bytes_ += waiting_.front().text.size() + overhead;
}

std::string_view StreamSender::on_ack(std::uint64_t number) {
    if (number > last_seq_) return unknown_number;
    bool any = false;
    while (!kept_.empty() && kept_.front().seq <= number) {
        if (kept_.front().again) --again_;
        kept_bytes_ -= kept_.front().size() + overhead;
        kept_.pop_front();
        any = true;
    }
    if (!any) return {};
    timeout_ = limits_.first_timeout;
    // The oldest was lost, so that those behind it were thrown away, or were lost as well.
    if (std::exchange(timed_out_, false)) send_all_again();
    return {};
}

std::string_view StreamSender::on_nack(std::uint64_t number, TimePoint now) {
    const std::string_view wrong = on_ack(number);
    if (!wrong.empty()) return wrong;
    const bool answered = nacked_at_ != TimePoint::min() && now < nacked_at_ + limits_.resend_pause;
    if (answered || kept_.empty()) return {};
    nacked_at_ = now;
    send_all_again();
    return {};
}

void StreamSender::send_all_again() noexcept {
    timed_out_ = false;
    for (Unacknowledged& one : kept_) {
        const bool on_its_way = one.seq == hand_ && &one == &kept_.front();
        if (!on_its_way) mark_again(one);
    }
}

bool StreamSender::stuck(std::size_t room) const noexcept {
    const auto too_large = [room](const Unacknowledged& kept) { return kept.size() > room; };
    return std::any_of(kept_.begin(), kept_.end(), too_large);
}

TimePoint StreamSender::timeout_at() const noexcept {
    if (kept_.empty() || kept_.front().again || kept_.front().left == TimePoint::max()) return TimePoint::max();
    return kept_.front().left + limits_.ack_delay + timeout_;
}

TimePoint StreamSender::due_at() const noexcept {
    if (hand_ != 0) return TimePoint::max();
    return again_ > 0 ? TimePoint::min() : timeout_at();
}

}  // namespace relay
