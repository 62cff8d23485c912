#include "agent/relay/core/file_text.hpp"

#include "agent/relay/core/policy_params.hpp"
#include "platform/json/core/slice.hpp"

namespace relay {
namespace {

using platform::JsonKind;

constexpr std::string_view invalid_file_request = "Invalid parameters";

struct FileReader {
    FileRequest out;
    unsigned seen = 0;  // a bit a member

    void take_text(unsigned bit, std::string& slot, std::string_view value) {
        if ((seen & bit) != 0 || platform::json_kind(value) != JsonKind::string) out.wrong = invalid_file_request;
        seen |= bit;
        platform::append_unescaped(slot, value);
    }
    std::size_t number(unsigned bit, std::string_view value) {
        std::uint64_t number = 0;
        if ((seen & bit) != 0 || !platform::read_unsigned(value, number)) out.wrong = invalid_file_request;
        seen |= bit;
        return number;
    }
    void take(std::string_view key, std::string_view value) {
        if (key == "client") return take_text(1, out.client, value);
        if (key == "name") return take_text(2, out.name, value);
        if (key == "data") return take_text(4, out.data, value);
        if (key == "offset") out.offset = number(8, value);
        if (key == "size") out.size = number(16, value);
    }
};

}  // namespace

FileRequest read_file_request(std::string_view params, bool puts, std::string_view own) {
    FileReader reader;
    if (!params.empty()) {
        platform::for_each_member(params, [&reader](std::string_view key, std::string_view value) {
            reader.take(key, value);
            return true;
        });
    }
    const bool has_data = (reader.seen & 4u) != 0;
    FileRequest out = std::move(reader.out);
    if (!out.wrong.empty()) return out;
    if (!own.empty() && out.client.empty()) out.client = own;
    if (!own.empty() && out.client != own) out.wrong = "No client with given id found";
    if (!out.wrong.empty()) return out;
    if (out.client.empty() || puts != has_data) out.wrong = invalid_file_request;
    if (out.size == 0) out.wrong = "Invalid max read size";
    if (!is_spool_name(out.name)) out.wrong = "\"name\" must be 1 to 128 of A-Z a-z 0-9 . _ - and not begin with a dot";
    return out;
}

std::string write_file_piece(std::string_view base64, bool eof, std::size_t size) {
    std::string out = R"({"base64Encoded":true,"data":")";
    out.reserve(base64.size() + file_piece_overhead);
    out.append(base64).append(eof ? R"(","eof":true,"size":)" : R"(","eof":false,"size":)");
    return out.append(std::to_string(size)).append(1, '}');
}

}  // namespace relay
