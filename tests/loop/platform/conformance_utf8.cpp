// Section 6: text is UTF-8, however it is cut.
#include <initializer_list>
#include <utility>

#include "conformance.hpp"

namespace tests::conformance {
namespace {

const std::string greek = "\xce\xba\xe1\xbd\xb9\xcf\x83\xce\xbc\xce\xb5";
const std::string edited = "edited";
const std::string surrogate = "\xed\xa0\x80";
const std::string beyond_unicode = "\xf4\x90\x80\x80";

/// One text in one frame: valid, or ended with 1007.
Case whole(std::string id, std::string subject, std::string payload, bool valid) {
    Case one{std::move(id), std::move(subject), {{text, std::move(payload)}}, {}, not_utf8};
    if (valid) {
        one.expected = one.sent;
        one.code = 1000;
    }
    return one;
}

std::vector<Frame> cut_at(const std::string& payload, std::initializer_list<std::size_t> places) {
    std::vector<Frame> frames;
    std::size_t from = 0;
    for (const std::size_t at : places) {
        frames.push_back({from == 0 ? text : continuation, payload.substr(from, at - from), false});
        from = at;
    }
    frames.push_back({continuation, payload.substr(from)});
    return frames;
}

std::vector<Frame> in_octets(const std::string& payload) {
    std::vector<Frame> frames;
    for (std::size_t i = 0; i < payload.size(); ++i) {
        frames.push_back({i == 0 ? text : continuation, payload.substr(i, 1), i + 1 == payload.size()});
    }
    return frames;
}

/// `{id, subject, bytes}` of section 6 that are all valid, or all not.
struct Row {
    const char* subject;
    std::string bytes;
};
void add_rows(std::vector<Case>& cases, int part, std::initializer_list<Row> rows, bool valid) {
    std::size_t number = 0;
    for (const Row& row : rows) {
        cases.push_back(
            whole("6." + std::to_string(part) + '.' + std::to_string(++number), row.subject, row.bytes, valid));
    }
}

/// 6.1 to 6.3: one text, whole and in pieces.
std::vector<Case> pieces() {
    const Frame nothing{text, ""};
    const std::string good = "Hello-\xc2\xb5@\xc3\x9f\xc3\xb6\xc3\xa4\xc3\xbc\xc3\xa0\xc3\xa1-UTF-8!!";
    const std::string bad = greek + surrogate + edited;
    return {
        {"6.1.1", "a text of no bytes", {nothing}, {nothing}},
        {"6.1.2",
         "three frames of no bytes",
         {{text, "", false}, {continuation, "", false}, {continuation, ""}},
         {nothing}},
        {"6.1.3",
         "three frames, bytes in the middle one",
         {{text, "", false}, {continuation, "middle frame payload", false}, {continuation, ""}},
         {{text, "middle frame payload"}}},
        {"6.2.1", "valid text in one frame", {{text, good}}, {{text, good}}},
        {"6.2.2", "valid text, cut between two characters", cut_at(good, {8}), {{text, good}}},
        {"6.2.3", "valid text in frames of one byte", in_octets(good), {{text, good}}},
        {"6.2.4", "valid text in frames of one byte", in_octets(greek), {{text, greek}}},
        {"6.3.1", "a surrogate in one frame", {{text, bad}}, {}, not_utf8},
        {"6.3.2", "a surrogate in frames of one byte", in_octets(bad), {}, not_utf8},
    };
}

/// 6.4: the suite would like the end as soon as the text cannot become valid any more. Ours comes with the last frame.
std::vector<Case> early_ends() {
    const std::string payload = greek + beyond_unicode + edited;
    const std::size_t at = greek.size();
    const auto late = [](std::string id, std::string subject, std::vector<Frame> sent, Chop chop) {
        return Case{std::move(id), std::move(subject),    std::move(sent), {}, not_utf8, chop,
                    false,         Strictness::non_strict};
    };
    return {
        late("6.4.1", "beyond Unicode, the whole character in the second of three frames",
             cut_at(payload, {at, at + 4}), by_frame),
        late("6.4.2", "beyond Unicode, cut within the character", cut_at(payload, {at + 1, at + 2}), by_frame),
        late("6.4.3", "as 6.4.1 in one frame", {{text, payload}}, {at + 6}),
        late("6.4.4", "as 6.4.2 in one frame", {{text, payload}}, by_octet),
    };
}

/// 6.5: five ways to cut one valid text. 6.6: all beginnings of it.
std::vector<Case> greek_cases() {
    std::vector<Case> cases{
        {"6.5.1", "valid text in one frame", {{text, greek}}, {{text, greek}}},
        {"6.5.2", "valid text by octets", {{text, greek}}, {{text, greek}}, 1000, by_octet},
        {"6.5.3", "two frames, cut between two characters", cut_at(greek, {5}), {{text, greek}}},
        {"6.5.4", "two frames, cut within a character", cut_at(greek, {3}), {{text, greek}}},
        {"6.5.5", "frames of one byte", in_octets(greek), {{text, greek}}},
    };
    for (std::size_t size = 1; size <= greek.size(); ++size) {
        const bool valid = size == 2 || size == 5 || size == 7 || size == 9 || size == 11;
        cases.push_back(whole("6.6." + std::to_string(size), "the first " + std::to_string(size) + " bytes of a text",
                              greek.substr(0, size), valid));
    }
    return cases;
}

/// 6.7 to 6.11: the edges of what can be encoded.
void add_edges(std::vector<Case>& cases) {
    add_rows(cases, 7,
             {{"the first character of one byte", std::string(1, '\0')},
              {"the first of two bytes", "\xc2\x80"},
              {"the first of three bytes", "\xe0\xa0\x80"},
              {"the first of four bytes", "\xf0\x90\x80\x80"}},
             true);
    add_rows(cases, 8,
             {{"the first of five bytes", "\xf8\x88\x80\x80\x80"}, {"the first of six", "\xfc\x84\x80\x80\x80\x80"}},
             false);
    add_rows(cases, 9,
             {{"the last character of one byte", "\x7f"},
              {"the last of two bytes", "\xdf\xbf"},
              {"the last of three bytes", "\xef\xbf\xbf"},
              {"the last of four bytes", "\xf4\x8f\xbf\xbf"}},
             true);
    add_rows(cases, 10,
             {{"the last of four bytes by pattern", "\xf7\xbf\xbf\xbf"},
              {"the last of five", "\xfb\xbf\xbf\xbf\xbf"},
              {"the last of six", "\xfd\xbf\xbf\xbf\xbf\xbf"}},
             false);
    add_rows(cases, 11,
             {{"below the surrogates", "\xed\x9f\xbf"},
              {"above the surrogates", "\xee\x80\x80"},
              {"the replacement character", "\xef\xbf\xbd"},
              {"the last of Unicode", "\xf4\x8f\xbf\xbf"}},
             true);
    cases.push_back(whole("6.11.5", "the first one beyond Unicode", beyond_unicode, false));
}

/// Each byte from `first` on, `count` of them, followed by a space.
std::string lonely(int first, int count) {
    std::string bytes;
    for (int i = 0; i < count; ++i) bytes.append(1, static_cast<char>(first + i)).append(" ");
    return bytes;
}

/// 6.12 to 6.16: bytes that do not belong together.
void add_malformed(std::vector<Case>& cases) {
    std::string all_continuations;
    for (int byte = 0x80; byte <= 0xBF; ++byte) all_continuations += static_cast<char>(byte);
    add_rows(cases, 12,
             {{"a lonely continuation byte", "\x80"},
              {"the last of them", "\xbf"},
              {"two of them", "\x80\xbf"},
              {"three", "\x80\xbf\x80"},
              {"four", "\x80\xbf\x80\xbf"},
              {"five", "\x80\xbf\x80\xbf\x80"},
              {"six", "\x80\xbf\x80\xbf\x80\xbf"},
              {"all of them", all_continuations}},
             false);
    add_rows(cases, 13,
             {{"first bytes of two, each before a space", lonely(0xC0, 32)},
              {"of three", lonely(0xE0, 16)},
              {"of four", lonely(0xF0, 8)},
              {"of five", lonely(0xF8, 4)},
              {"of six", lonely(0xFC, 2)}},
             false);
    const std::initializer_list<Row> unfinished{{"two bytes without the last", "\xc0"},
                                                {"three", "\xe0\x80"},
                                                {"four", "\xf0\x80\x80"},
                                                {"five", "\xf8\x80\x80\x80"},
                                                {"six", "\xfc\x80\x80\x80\x80"},
                                                {"two, the largest", "\xdf"},
                                                {"three, the largest", "\xef\xbf"},
                                                {"four, the largest", "\xf7\xbf\xbf"},
                                                {"five, the largest", "\xfb\xbf\xbf\xbf"},
                                                {"six, the largest", "\xfd\xbf\xbf\xbf\xbf"}};
    add_rows(cases, 14, unfinished, false);
    std::string all;
    for (const Row& row : unfinished) all += row.bytes;
    cases.push_back(whole("6.15.1", "all of 6.14 one after another", all, false));
    add_rows(cases, 16, {{"0xFE", "\xfe"}, {"0xFF", "\xff"}, {"both, twice", "\xfe\xfe\xff\xff"}}, false);
}

/// 6.17 to 6.19: longer than need be.
void add_overlong(std::vector<Case>& cases) {
    add_rows(cases, 17,
             {{"a slash in two bytes", "\xc0\xaf"},
              {"in three", "\xe0\x80\xaf"},
              {"in four", "\xf0\x80\x80\xaf"},
              {"in five", "\xf8\x80\x80\x80\xaf"},
              {"in six", "\xfc\x80\x80\x80\x80\xaf"}},
             false);
    add_rows(cases, 18,
             {{"the largest that is too long, in two bytes", "\xc1\xbf"},
              {"in three", "\xe0\x9f\xbf"},
              {"in four", "\xf0\x8f\xbf\xbf"},
              {"in five", "\xf8\x87\xbf\xbf\xbf"},
              {"in six", "\xfc\x83\xbf\xbf\xbf\xbf"}},
             false);
    add_rows(cases, 19,
             {{"NUL in two bytes", "\xc0\x80"},
              {"in three", "\xe0\x80\x80"},
              {"in four", "\xf0\x80\x80\x80"},
              {"in five", "\xf8\x80\x80\x80\x80"},
              {"in six", "\xfc\x80\x80\x80\x80\x80"}},
             false);
}

/// 6.20 and 6.21: surrogates, alone and in pairs.
void add_surrogates(std::vector<Case>& cases) {
    const std::string first = "\xed\xa0\x80", b = "\xed\xad\xbf", c = "\xed\xae\x80", d = "\xed\xaf\xbf";
    const std::string low = "\xed\xb0\x80", middle = "\xed\xbe\x80", last = "\xed\xbf\xbf";
    add_rows(cases, 20,
             {{"D800", first}, {"DB7F", b}, {"DB80", c}, {"DBFF", d}, {"DC00", low}, {"DF80", middle}, {"DFFF", last}},
             false);
    add_rows(cases, 21,
             {{"D800 DC00", first + low},
              {"D800 DFFF", first + last},
              {"DB7F DC00", b + low},
              {"DB7F DFFF", b + last},
              {"DB80 DC00", c + low},
              {"DB80 DFFF", c + last},
              {"DBFF DC00", d + low},
              {"DBFF DFFF", d + last}},
             false);
}

std::string encoded(std::uint32_t character) {
    const auto low = [](std::uint32_t bits) { return static_cast<char>(0x80 | (bits & 0x3F)); };
    if (character <= 0xFFFF) {
        return {static_cast<char>(0xE0 | character >> 12), low(character >> 6), low(character)};
    }
    return {static_cast<char>(0xF0 | character >> 18), low(character >> 12), low(character >> 6), low(character)};
}

/// 6.22: the last two of each plane, which are no characters, and valid. 6.23: the specials.
void add_specials(std::vector<Case>& cases) {
    std::size_t number = 0;
    for (std::uint32_t plane = 0; plane <= 16; ++plane) {
        for (const std::uint32_t last : {0xFFFEU, 0xFFFFU}) {
            cases.push_back(whole("6.22." + std::to_string(++number), "no character, plane " + std::to_string(plane),
                                  encoded(plane << 16 | last), true));
        }
    }
    for (std::uint32_t i = 0; i < 7; ++i) {
        cases.push_back(whole("6.23." + std::to_string(i + 1), "a special", encoded(0xFFF9 + i), true));
    }
}

}  // namespace

std::vector<Case> utf8_cases() {
    std::vector<Case> cases = pieces();
    for (auto&& others : {early_ends(), greek_cases()}) cases.insert(cases.end(), others.begin(), others.end());
    add_edges(cases);
    add_malformed(cases);
    add_overlong(cases);
    add_surrogates(cases);
    add_specials(cases);
    return cases;
}

std::vector<Case> cut_cases() {
    std::vector<Case> cases;
    for (const Case& one : utf8_cases()) {
        if (one.sent.size() != 1) continue;
        const std::string& payload = one.sent.front().payload;
        for (std::size_t at = 1; at < payload.size(); ++at) {
            cases.push_back(one);
            cases.back().id += " at " + std::to_string(at);
            cases.back().sent = cut_at(payload, {at});
        }
    }
    return cases;
}

}  // namespace tests::conformance
