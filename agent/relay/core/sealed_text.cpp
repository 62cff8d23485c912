#include "agent/relay/core/sealed_text.hpp"

#include <chrono>
#include <memory>

#include "platform/json/core/slice.hpp"

namespace relay {
namespace {

constexpr char frame_end = '\0';
constexpr std::string_view sealed_no_object = "A sealed message is no JSON object.";

bool is_sealed_message(std::string_view text) noexcept {
    return platform::json_kind(text) == platform::JsonKind::object && platform::valid_utf8(text) &&
           platform::check_json(text, platform::max_json_depth_limit).ok();
}

}  // namespace

std::string sealed_binding(std::string_view device_uuid, const OpenRequest& open) {
    const auto lease = std::chrono::duration_cast<std::chrono::milliseconds>(open.lease).count();
    std::string out = "bmc-agent/1 ";
    out.append(device_uuid).append(1, ' ').append(open.target);
    out.append(open.exclusive ? " 1 " : " 0 ").append(std::to_string(lease)).append(1, ' ');
    return out.append(open.label);
}

std::string frame_sealed(std::string_view message) {
    std::string out{message};
    return out += frame_end;
}

void SealedFrames::take(std::string_view plain, StreamReceiver::Received& out) {
    const std::size_t last = plain.rfind(frame_end);
    partial_ += plain;
    if (last == std::string_view::npos) {
        if (partial_.size() > max_message_) out.wrong = "A sealed message is too large.";
        return;
    }
    const std::size_t rest = plain.size() - last - 1;
    out.whole = std::make_unique<std::string>(std::move(partial_));
    partial_.assign(plain.substr(last + 1));
    std::string_view text{out.whole->data(), out.whole->size() - rest};
    while (!text.empty() && out.wrong.empty()) {
        const std::string_view message = text.substr(0, text.find(frame_end));
        if (message.size() > max_message_) out.wrong = "A sealed message is too large.";
        if (!is_sealed_message(message)) out.wrong = sealed_no_object;
        if (out.messages.size() == max_packet_messages) out.wrong = "There are too many messages in one broadcast.";
        out.messages.push_back(message);
        text.remove_prefix(message.size() + 1);
    }
    if (!out.wrong.empty()) out.messages.clear();
}

}  // namespace relay
