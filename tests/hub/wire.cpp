#include "tests/hub/wire.hpp"

#include <openssl/evp.h>
#include <openssl/sha.h>

#include <array>
#include <cstring>

namespace hub::wire {

namespace {

// The space offered to one read: a batch of small commands, or a good part of a large one.
constexpr std::size_t read_bytes = 64 * 1024;
constexpr std::size_t control_limit = 125;

void put_header(std::string& out, Opcode opcode, std::size_t length, bool masked, bool final = true) {
    const auto mask_bit = masked ? 0x80 : 0;
    out += static_cast<char>((final ? 0x80 : 0) | static_cast<int>(opcode));
    if (length < 126) {
        out += static_cast<char>(mask_bit | static_cast<int>(length));
    } else if (length < 65536) {
        out += static_cast<char>(mask_bit | 126);
        out += static_cast<char>(length >> 8);
        out += static_cast<char>(length & 0xff);
    } else {
        out += static_cast<char>(mask_bit | 127);
        for (int shift = 56; shift >= 0; shift -= 8) out += static_cast<char>((std::uint64_t{length} >> shift) & 0xff);
    }
}

void unmask(char* data, std::size_t size, std::uint32_t mask) {
    std::uint64_t wide = mask;
    wide |= wide << 32;
    std::size_t i = 0;
    for (; i + 8 <= size; i += 8) {
        std::uint64_t word;
        std::memcpy(&word, data + i, 8);
        word ^= wide;
        std::memcpy(data + i, &word, 8);
    }
    std::array<char, 4> bytes{};
    std::memcpy(bytes.data(), &mask, 4);
    for (; i < size; ++i) data[i] = static_cast<char>(data[i] ^ bytes[i % 4]);
}

}  // namespace

std::string frame(Opcode opcode, std::initializer_list<std::string_view> parts) {
    std::size_t length = 0;
    for (const auto part : parts) length += part.size();
    std::string out;
    out.reserve(length + 10);
    put_header(out, opcode, length, false);
    for (const auto part : parts) out += part;
    return out;
}

std::string close_payload(std::uint16_t code) {
    return {static_cast<char>(code >> 8), static_cast<char>(code & 0xff)};
}

std::string masked_frame(Opcode opcode, std::string_view payload, bool final) {
    std::string out;
    out.reserve(payload.size() + 14);
    put_header(out, opcode, payload.size(), true, final);
    out.append(4, '\0');
    out += payload;
    return out;
}

std::pair<char*, std::size_t> Reader::prepare() {
    if (begin_ == end_) begin_ = end_ = 0;
    if (buffer_.size() - end_ < read_bytes) {
        if (begin_ > 0) {
            std::memmove(buffer_.data(), buffer_.data() + begin_, end_ - begin_);
            end_ -= begin_;
            begin_ = 0;
        }
        std::size_t wanted = end_ + read_bytes;
        if (const auto pending = head()) wanted = std::max(wanted, pending->header + pending->length + read_bytes);
        if (buffer_.size() < wanted) buffer_.resize(wanted);
    }
    return {buffer_.data() + end_, buffer_.size() - end_};
}

void Reader::feed(std::string_view bytes) {
    if (buffer_.size() < end_ + bytes.size()) buffer_.resize(end_ + bytes.size() + read_bytes);
    std::memcpy(buffer_.data() + end_, bytes.data(), bytes.size());
    end_ += bytes.size();
}

std::optional<Reader::Head> Reader::head() {
    const auto* at = reinterpret_cast<const unsigned char*>(buffer_.data() + begin_);
    const auto have = end_ - begin_;
    if (have < 2 || state_ != State::more) return std::nullopt;
    Head head{(at[0] & 0x80) != 0, static_cast<Opcode>(at[0] & 0x0f), 2, at[1] & 0x7fu, 0};
    const std::size_t extra = head.length == 126 ? 2 : head.length == 127 ? 8 : 0;
    const bool mask = (at[1] & 0x80) != 0;
    if ((at[0] & 0x70) != 0 || mask != masked_) {
        state_ = State::protocol_error;
        return std::nullopt;
    }
    if (have < 2 + extra + (mask ? 4 : 0)) return std::nullopt;
    if (extra > 0) {
        std::uint64_t length = 0;
        for (std::size_t i = 0; i < extra; ++i) length = length << 8 | at[2 + i];
        head.length = length;
    }
    head.header = 2 + extra + (mask ? 4 : 0);
    if (mask) std::memcpy(&head.mask, at + 2 + extra, 4);
    const auto code = static_cast<int>(head.opcode);
    const bool control = code >= 8;
    const bool known = code <= 2 || (code >= 8 && code <= 10);
    const bool in_order = control || (head.opcode == Opcode::continuation) == partial_opcode_.has_value();
    if (!known || !in_order || (control && (!head.final || head.length > control_limit))) {
        state_ = State::protocol_error;
        return std::nullopt;
    }
    if (head.length + partial_.size() > limit_) {
        state_ = State::too_big;
        return std::nullopt;
    }
    return head;
}

std::optional<Message> Reader::next() {
    if (!partial_opcode_ && !partial_.empty()) partial_.clear();  // the message handed out last time
    while (const auto found = head()) {
        if (end_ - begin_ < found->header + found->length) return std::nullopt;
        char* data = buffer_.data() + begin_ + found->header;
        if (found->mask != 0) unmask(data, found->length, found->mask);
        begin_ += found->header + found->length;
        const std::string_view payload{data, found->length};
        if (static_cast<int>(found->opcode) >= 8) return Message{found->opcode, payload};
        if (found->final && !partial_opcode_) return Message{found->opcode, payload};
        if (!partial_opcode_) partial_opcode_ = found->opcode;
        partial_ += payload;
        if (!found->final) continue;
        const auto opcode = *partial_opcode_;
        partial_opcode_.reset();
        return Message{opcode, partial_};
    }
    return std::nullopt;
}

std::string accept_key(std::string_view key) {
    std::string text{key};
    text += "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
    std::array<unsigned char, SHA_DIGEST_LENGTH> digest{};
    unsigned length = 0;
    EVP_Digest(text.data(), text.size(), digest.data(), &length, EVP_sha1(), nullptr);
    std::array<unsigned char, 4 * ((SHA_DIGEST_LENGTH + 2) / 3) + 1> encoded{};
    const int size = EVP_EncodeBlock(encoded.data(), digest.data(), SHA_DIGEST_LENGTH);
    return {reinterpret_cast<const char*>(encoded.data()), static_cast<std::size_t>(size)};
}

}  // namespace hub::wire
