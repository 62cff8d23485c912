#include "tests/hub/external_size.hpp"

namespace hub {

namespace {

constexpr std::size_t version = 1, binary_head = 5, map_head = 5, list_head = 5, list_tail = 1, float_size = 9;
constexpr std::size_t atom_head = 2, byte_integer = 2, word_integer = 5, big_head = 3, byte_list_head = 3;
constexpr std::size_t byte_list_limit = 65535;

std::size_t integer_size(std::uint64_t magnitude, bool negative) {
    if (!negative && magnitude < 256) return byte_integer;
    if (magnitude <= (negative ? std::uint64_t{1} << 31 : (std::uint64_t{1} << 31) - 1)) return word_integer;
    std::size_t bytes = 0;
    for (; magnitude > 0; magnitude >>= 8) ++bytes;
    return big_head + bytes;
}

bool is_byte(const nlohmann::json& value) {
    return value.is_number_unsigned() && value.get<std::uint64_t>() < 256;
}

std::size_t term_size(const nlohmann::json& value) {
    using Type = nlohmann::json::value_t;
    switch (value.type()) {
        case Type::null:
            return atom_head + 3;
        case Type::boolean:
            return atom_head + (value.get<bool>() ? 4 : 5);
        case Type::string:
            return binary_head + value.get_ref<const std::string&>().size();
        case Type::number_float:
            return float_size;
        case Type::number_unsigned:
            return integer_size(value.get<std::uint64_t>(), false);
        case Type::number_integer: {
            const auto number = value.get<std::int64_t>();
            return integer_size(
                number < 0 ? 0 - static_cast<std::uint64_t>(number) : static_cast<std::uint64_t>(number), number < 0);
        }
        case Type::array: {
            if (value.empty()) return list_tail;
            bool bytes = value.size() <= byte_list_limit;
            std::size_t size = list_head + list_tail;
            for (const auto& item : value) {
                bytes = bytes && is_byte(item);
                size += term_size(item);
            }
            return bytes ? byte_list_head + value.size() : size;
        }
        case Type::object: {
            std::size_t size = map_head;
            for (const auto& [key, member] : value.items()) size += binary_head + key.size() + term_size(member);
            return size;
        }
        default:
            return 0;
    }
}

}  // namespace

std::size_t external_size(const nlohmann::json& value) {
    return version + term_size(value);
}

std::size_t external_size(std::string_view event, bool json_encoding, std::size_t payload_bytes) {
    constexpr std::size_t tuple_head = 2;
    const std::size_t atom = atom_head + (json_encoding ? 4 : 6);  // `json`, `binary`
    return version + tuple_head + binary_head + event.size() + atom + binary_head + payload_bytes + map_head;
}

}  // namespace hub
