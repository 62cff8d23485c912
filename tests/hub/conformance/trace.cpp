#include "tests/hub/conformance/trace.hpp"

#include <fmt/core.h>
#include <openssl/evp.h>

#include <algorithm>
#include <array>
#include <fstream>
#include <memory>
#include <regex>

#include "tests/hub/token.hpp"

namespace conformance {

namespace {

const std::regex token_pattern{"eyJ[A-Za-z0-9_-]+\\.([A-Za-z0-9_-]+)\\.signature"};
constexpr std::size_t highest_ref = 64;

std::string from_base64url(std::string text) {
    std::replace(text.begin(), text.end(), '-', '+');
    std::replace(text.begin(), text.end(), '_', '/');
    while (text.size() % 4 != 0) text += '=';
    return from_base64(text);
}

Line parse_line(const std::string& text) {
    Line line;
    line.raw = Json::parse(text);
    line.at = line.raw.value("t", std::int64_t{0});
    line.conn = line.raw.value("conn", "");
    line.dir = line.raw.value("dir", "");
    line.kind = line.raw.value("kind", "");
    line.bulk = line.raw.contains("nth");
    if (line.raw.contains("data") && line.raw["data"].is_string()) line.data = line.raw["data"].get<std::string>();
    const bool base64 = line.kind == "binary" || line.kind == "ping" || line.kind == "pong" || line.kind == "raw";
    if (base64) line.data = from_base64(line.data);
    return line;
}

class Hash {
  public:
    Hash() : context_(EVP_MD_CTX_new(), EVP_MD_CTX_free) { EVP_DigestInit_ex(context_.get(), EVP_sha256(), nullptr); }
    Hash(const Hash& other) : Hash() { EVP_MD_CTX_copy_ex(context_.get(), other.context_.get()); }
    void add(const std::string& bytes) { EVP_DigestUpdate(context_.get(), bytes.data(), bytes.size()); }
    std::string hex() {
        std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
        unsigned size = 0;
        EVP_DigestFinal_ex(context_.get(), digest.data(), &size);
        std::string out;
        for (unsigned i = 0; i < size; ++i) out += fmt::format("{:02x}", digest[i]);
        return out;
    }

  private:
    std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context_;
};

/// What can stand behind the run of equal characters.
std::vector<std::string> possible_ends(const Line& line) {
    if (line.kind == "binary") return {""};
    if (line.kind == "http") return {R"("},"private":true}]})", R"("}}]})"};
    if (line.data.front() == '[') return {R"("}}])", R"("},"type":"broadcast"}])"};
    std::vector<std::string> ends{};
    std::vector<std::string> refs{"900", "901"};
    for (std::size_t ref = 1; ref < highest_ref; ++ref) refs.push_back(std::to_string(ref));
    for (const auto& ref : refs) ends.push_back(fmt::format(R"("}}}},"ref":"{}","join_ref":"1"}})", ref));
    return ends;
}

}  // namespace

std::string from_base64(const std::string& text) {
    std::string bytes(text.size() / 4 * 3 + 3, '\0');
    const int size =
        EVP_DecodeBlock(reinterpret_cast<unsigned char*>(bytes.data()),
                        reinterpret_cast<const unsigned char*>(text.data()), static_cast<int>(text.size()));
    const auto padding = static_cast<int>(std::count(text.begin(), text.end(), '='));
    bytes.resize(static_cast<std::size_t>(std::max(0, size - padding)));
    return bytes;
}

std::string sha256(const std::string& bytes) {
    Hash hash;
    hash.add(bytes);
    return hash.hex();
}

std::string whole_text(const Line& line) {
    const auto length = line.raw["len"].get<std::size_t>();
    const auto wanted = line.raw.value("sha256", "");
    std::map<std::size_t, Hash> hashed;  // by the length of the end: all but the end
    for (const auto& end : possible_ends(line)) {
        const auto filler = length - line.data.size() - end.size();
        const auto body = [&] { return line.data + std::string(filler, line.data.back()); };
        if (wanted.empty()) return body() + end;
        auto found = hashed.find(end.size());
        if (found == hashed.end()) {
            found = hashed.emplace(end.size(), Hash{}).first;
            found->second.add(body());
        }
        Hash hash{found->second};
        hash.add(end);
        if (hash.hex() == wanted) return body() + end;
    }
    return {};
}

Trace::Trace(const std::filesystem::path& file) : name_(file.stem().string()) {
    std::ifstream in{file};
    std::size_t number = 0;
    for (std::string text; std::getline(in, text);) {
        ++number;
        lines_.push_back(parse_line(text));
        lines_.back().number = number;
    }
    fill_gaps();
}

double Trace::started() const {
    // A token made at `at` says the second in which that was: the start lies within a second's range; ranges intersect.
    double lowest = 0, highest = 0;
    for (const auto& line : lines_) {
        if (line.dir != "c2s" || line.kind != "text") continue;
        std::smatch match;
        if (!std::regex_search(line.data, match, token_pattern)) continue;
        const auto claims = Json::parse(from_base64url(match[1]), nullptr, false);
        if (!claims.is_object() || !claims.contains("iat") || !claims["iat"].is_number()) continue;
        const double low = claims["iat"].get<double>() - static_cast<double>(line.at) / 1000, high = low + 1;
        if (lowest == 0) {
            lowest = low;
            highest = high;
        } else if (low < highest && high > lowest) {
            lowest = std::max(lowest, low);
            highest = std::min(highest, high);
        }
    }
    constexpr double safely_inside = 0.1, some_time = 1'795'450'000;
    return lowest == 0 ? some_time : lowest + std::min(safely_inside, (highest - lowest) / 2);
}

void Trace::sign(const std::string& secret) {
    std::map<std::string, std::string> note_of;  // by connection; "" for the last one that names none
    for (auto& line : lines_) {
        if (line.kind == "note") {
            const auto colon = line.data.find(": ");
            const bool names_one = colon != std::string::npos && line.data.find(' ') > colon;
            note_of[names_one ? line.data.substr(0, colon) : ""] = line.data;
            continue;
        }
        if (line.dir != "c2s") continue;
        const auto own = note_of.find(line.conn);
        const auto note = own != note_of.end() ? own->second : note_of[""];
        bool wrong = note.find("another secret") != std::string::npos || note.find("does not fit") != std::string::npos;
        const bool push = line.data.find("\"access_token\",{") != std::string::npos ||
                          line.data.find("\"event\":\"access_token\"") != std::string::npos;
        if (note.find("apikey") != std::string::npos)
            wrong = wrong && line.kind == "http";
        else
            wrong = wrong && line.kind == "text" && (note.find("push") == std::string::npos || push);
        const auto renew = [&](const std::string& text) {
            std::string out;
            auto rest = text.cbegin();
            for (std::smatch match; std::regex_search(rest, text.cend(), match, token_pattern);
                 rest = match[0].second) {
                out.append(rest, match[0].first);
                const auto claims = Json::parse(from_base64url(match[1]));
                out += hub::sign_token(claims, wrong ? "another secret, not the hub's own one" : secret);
            }
            out.append(rest, text.cend());
            return out;
        };
        if (line.kind == "text" || line.kind == "http" || line.kind == "http-raw") line.data = renew(line.data);
        if (line.raw.contains("path")) line.raw["path"] = renew(line.raw["path"].get<std::string>());
        if (line.raw.contains("headers"))
            for (auto& [key, value] : line.raw["headers"].items())
                if (value.is_string()) value = renew(value.get<std::string>());
    }
}

void Trace::fill_gaps() {
    if (name_.substr(0, 3) == "07-") fill_rate_burst();
    if (name_.substr(0, 3) == "17-") fill_joins();
}

/// Every 150th of a burst is recorded: those between are counted through, at even distances.
void Trace::fill_rate_burst() {
    std::vector<Line> filled;
    std::map<std::string, Line> last;
    const auto number_of = [](const Line& line) { return std::stol(Json::parse(line.data)[4]["payload"]["i"].dump()); };
    const auto ref_of = [](const Line& line) { return std::stol(Json::parse(line.data)[1].get<std::string>()); };
    const auto fill = [&](const Line& from, long count, std::int64_t until) {
        auto message = Json::parse(from.data);
        const auto ref = ref_of(from), number = number_of(from);
        for (long i = 1; i < count; ++i) {
            Line line = from;
            line.added = true;
            line.at = from.at + (until - from.at) * i / count;
            message[1] = std::to_string(ref + i);
            message[4]["payload"]["i"] = number + i;
            line.data =
                fmt::format(R"(["1","{}",{},"broadcast",{{"type":"broadcast","event":"seq","payload":{{"i":{}}}}}])",
                            ref + i, message[2].dump(), number + i);
            filled.push_back(std::move(line));
        }
    };
    for (auto& line : lines_) {
        const std::regex total{"(\\d+) (broadcasts )?sent"};
        std::smatch match;
        const bool ends = line.kind == "note" && std::regex_search(line.data, match, total) &&
                          (line.data.find("burst over") == 0 || line.data.find("S2:") == 0);
        const bool sends = line.bulk && line.dir == "c2s";
        const auto who = ends ? (line.data.find("S2:") == 0 ? "S2" : "A") : line.conn;
        if ((ends || sends) && last.count(who) != 0) {
            const auto before = last[who];
            const auto count = ends ? std::stol(match[1]) - number_of(before) : number_of(line) - number_of(before);
            fill(before, count, line.at);
        }
        if (sends) last[who] = line;
        filled.push_back(line);
    }
    lines_ = std::move(filled);
    std::stable_sort(lines_.begin(), lines_.end(), [](const Line& a, const Line& b) { return a.at < b.at; });
}

/// Joins 1 to 98 of the first socket, and the loop of joins and leaves between those of refs 5 and 93.
void Trace::fill_joins() {
    std::vector<Line> filled;
    const auto copy = [&](const Line& from, std::int64_t at,
                          const std::vector<std::pair<std::string, std::string>>& changes) {
        Line line = from;
        line.added = true;
        line.at = at;
        for (const auto& [what, with] : changes) line.data = std::regex_replace(line.data, std::regex{what}, with);
        filled.push_back(std::move(line));
    };
    Line join;
    for (const auto& line : lines_) {
        const bool text = line.dir == "c2s" && line.kind == "text";
        if (text && line.conn == "A" && line.data.find("readonly:99\"") != std::string::npos)
            for (int i = 1; i < 99; ++i)
                copy(line, line.at * i / 99,
                     {{"\"99\"", "\"" + std::to_string(i) + "\""},
                      {"readonly:99\"", "readonly:" + std::to_string(i) + "\""}});
        filled.push_back(line);
        if (text && line.conn == "J" && line.data.find("\"ref\":\"5\"") != std::string::npos) join = line;
        if (!text || line.conn != "J" || line.data.find("\"ref\":\"6\"") == std::string::npos) continue;
        constexpr std::int64_t last_join = 27'393;
        for (int ref = 7; ref <= 93; ref += 2) {
            const auto at = line.at + (last_join - line.at) * (ref - 5) / (93 - 5);
            const auto own = std::to_string(ref), next = std::to_string(ref + 1);
            copy(join, at, {{"ref\":\"5\"", "ref\":\"" + own + "\""}});
            if (ref < 93)
                copy(line, at,
                     {{"ref\":\"6\"", "ref\":\"" + next + "\""}, {"join_ref\":\"5\"", "join_ref\":\"" + own + "\""}});
        }
    }
    lines_ = std::move(filled);
    std::stable_sort(lines_.begin(), lines_.end(), [](const Line& a, const Line& b) { return a.at < b.at; });
}

}  // namespace conformance
