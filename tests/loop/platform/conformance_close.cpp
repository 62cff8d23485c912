// Section 7: how a connection is closed.
#include <array>
#include <utility>

#include "conformance.hpp"

namespace tests::conformance {
namespace {

constexpr std::size_t longest_reason = 123;

Frame closing(std::string payload) {
    return {close_frame, std::move(payload)};
}

std::vector<Case> order_cases() {
    const Frame hello{text, "Hello World!"};
    const Frame end = closing(close_payload(normal));
    const Frame large{text, std::string(std::size_t{256} * 1024, '*')};
    return {
        {"7.1.1", "a text, a close frame", {hello, end}, {hello}},
        {"7.1.2", "two close frames", {end, end}, {}},
        {"7.1.3", "a close frame, a ping", {end, {ping}}, {}},
        {"7.1.4", "a close frame, a text", {end, hello}, {}},
        {"7.1.5",
         "a close frame between two frames of a text",
         {{text, "fragment1", false}, end, {continuation, "fragment2"}},
         {}},
        {"7.1.6", "256 KiB, a text, a close frame, a ping", {large, hello, end, {ping}}, {large, hello}},
        {"7.3.1", "a close frame without payload", {closing("")}, {}},
        {"7.3.2", "a close frame of one byte", {closing("a")}, {}, forbidden},
        {"7.3.3", "a close frame of two bytes: the code alone", {end}, {}},
        {"7.3.4", "a code and a reason", {closing(close_payload(normal, "Hello World!"))}, {}},
        {"7.3.5", "the longest reason", {closing(close_payload(normal, std::string(longest_reason, '*')))}, {}},
        {"7.3.6",
         "a reason that is one byte too long",
         {closing(close_payload(normal, std::string(longest_reason + 1, '*')))},
         {},
         forbidden},
        {"7.5.1",
         "a reason that is no UTF-8",
         {closing(close_payload(normal,
                                "\xce\xba\xe1\xbd\xb9\xcf\x83\xce\xbc\xce\xb5\xed\xa0\x80"
                                "edited"))},
         {},
         not_utf8},
    };
}

Case code_case(std::string id, std::uint16_t code, bool valid) {
    return {std::move(id),
            "code " + std::to_string(code) + (valid ? "" : ", which no close frame may have"),
            {closing(close_payload(code, "Reason"))},
            {},
            valid ? code : forbidden};
}

}  // namespace

std::vector<Case> close_cases() {
    constexpr std::array<std::uint16_t, 13> good{1000, 1001, 1002, 1003, 1007, 1008, 1009,
                                                 1010, 1011, 3000, 3999, 4000, 4999};
    constexpr std::array<std::uint16_t, 9> bad{0, 999, 1004, 1005, 1006, 1016, 1100, 2000, 2999};
    constexpr std::array<std::uint16_t, 2> beyond{5000, 65535};
    std::vector<Case> cases = order_cases();
    int number = 0;
    for (const std::uint16_t code : good) cases.push_back(code_case("7.7." + std::to_string(++number), code, true));
    number = 0;
    for (const std::uint16_t code : bad) cases.push_back(code_case("7.9." + std::to_string(++number), code, false));
    number = 0;
    for (const std::uint16_t code : beyond) cases.push_back(code_case("7.13." + std::to_string(++number), code, false));
    return cases;
}

}  // namespace tests::conformance
