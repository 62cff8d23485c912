// Makes a row of the option table out of a reference to a setting: its type says how it is read, bounded and written.
#pragma once

#include <concepts>
#include <filesystem>
#include <limits>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "agent/config/option.hpp"
#include "agent/config/values.hpp"

namespace config {

/// The names of an enum's values as the configuration writes them.
template <class E>
struct Choices;

template <class T>
concept Named = requires {
    Choices<T>::names;
};

/// What a value may be; both ends included. For durations in seconds, for sizes in bytes.
struct Bounds {
    double least = 0;
    double most = std::numeric_limits<double>::max();
    bool bytes = false;  // an integer that counts bytes
    bool live = false;   // a reload applies it
    bool named = false;  // a list of NAME=value: a file may write it as a table
    Secrecy secrecy = Secrecy::open;
    bool given() const { return least != 0 || most != std::numeric_limits<double>::max(); }
};

namespace detail {

template <class T>
std::string bound_text(double bound, const Bounds& bounds) {
    if constexpr (std::same_as<T, Duration>) {
        return to_text(std::chrono::duration_cast<Duration>(std::chrono::duration<double>(bound)));
    } else if (bounds.bytes) {
        return bytes_text(static_cast<std::uint64_t>(bound));
    } else {
        return std::to_string(static_cast<long long>(bound));
    }
}

template <class T>
std::string range_text(const Bounds& bounds) {
    if (!bounds.given()) return {};
    if (bounds.most == std::numeric_limits<double>::max()) return "at least " + bound_text<T>(bounds.least, bounds);
    return bound_text<T>(bounds.least, bounds) + " to " + bound_text<T>(bounds.most, bounds);
}

template <class T>
std::string out_of_range(double value, const Bounds& bounds) {
    if (value >= bounds.least && value <= bounds.most) return {};
    return "must be " + range_text<T>(bounds);
}

std::string read_number(const std::string& word, double& value);

/// A number, or a size in bytes.
template <class T>
std::string read_amount(const std::string& word, T& out, const Bounds& bounds) {
    double value = 0;
    if (bounds.bytes) {
        const auto size = parse_bytes(word);
        if (!size) return "must be a size in bytes, such as 4096, 64KiB or 3MB";
        value = static_cast<double>(*size);
    } else if (auto wrong = read_number(word, value); !wrong.empty()) {
        return wrong;
    }
    // First: a number beyond the range may not fit into the integer below.
    if (auto wrong = out_of_range<T>(value, bounds); !wrong.empty()) return wrong;
    if constexpr (std::integral<T>) {
        if (value != static_cast<double>(static_cast<long long>(value))) return "must be a whole number";
    }
    out = static_cast<T>(value);
    return {};
}

template <class T>
std::string read(const std::vector<std::string>& words, T& out, const Bounds& bounds) {
    if constexpr (std::same_as<T, std::vector<std::string>>) {
        out = words;
        return {};
    } else {
        if (words.size() != 1) return "takes one value, not " + std::to_string(words.size());
        const auto& word = words.front();
        if constexpr (std::same_as<T, std::string> || std::same_as<T, std::filesystem::path>) {
            out = word;
            return {};
        } else if constexpr (std::same_as<T, bool>) {
            const auto value = parse_bool(word);
            if (!value) return "must be true or false";
            out = *value;
            return {};
        } else if constexpr (std::same_as<T, Duration>) {
            const auto value = parse_duration(word);
            if (!value) return "must be a time with its unit, such as 20s, 500ms or 5min";
            out = *value;
            return out_of_range<T>(std::chrono::duration<double>(*value).count(), bounds);
        } else if constexpr (Named<T>) {
            std::string all;
            for (const auto& [name, value] : Choices<T>::names) {
                if (word == name) return out = value, std::string{};
                all.append(all.empty() ? "" : ", ").append(name);
            }
            return "must be one of " + all;
        } else {
            return read_amount(word, out, bounds);
        }
    }
}

template <class T>
std::string write(const T& value, const Bounds& bounds) {
    if constexpr (std::same_as<T, std::vector<std::string>>) {
        std::string text = "[";
        for (const auto& word : value) text.append(text.size() > 1 ? ", " : "").append(toml_quote(word));
        return text + "]";
    } else if constexpr (std::same_as<T, std::string>) {
        return toml_quote(value);
    } else if constexpr (std::same_as<T, std::filesystem::path>) {
        return toml_quote(value.string());
    } else if constexpr (std::same_as<T, bool>) {
        return value ? "true" : "false";
    } else if constexpr (std::same_as<T, Duration>) {
        return toml_quote(to_text(value));
    } else if constexpr (Named<T>) {
        for (const auto& [name, one] : Choices<T>::names) {
            if (one == value) return toml_quote(name);
        }
        return "\"\"";
    } else if (bounds.bytes) {
        return toml_quote(bytes_text(static_cast<std::uint64_t>(value)));
    } else if constexpr (std::floating_point<T>) {
        auto text = std::to_string(value);
        text.erase(text.find_last_not_of('0') + 1);
        if (text.back() == '.') text.pop_back();
        return text;
    } else {
        return std::to_string(value);
    }
}

template <class T>
constexpr Kind kind_of(bool bytes) {
    if constexpr (std::same_as<T, std::vector<std::string>>) return Kind::list;
    if constexpr (std::same_as<T, std::string> || std::same_as<T, std::filesystem::path>) return Kind::text;
    if constexpr (std::same_as<T, bool>) return Kind::boolean;
    if constexpr (std::same_as<T, Duration>) return Kind::duration;
    if constexpr (Named<T>) return Kind::choice;
    if constexpr (std::floating_point<T>) return Kind::number;
    return bytes ? Kind::bytes : Kind::integer;
}

}  // namespace detail

/// `where` gives the setting in a Config: `[](auto& c) -> auto& { return c.realtime.heartbeat; }`.
template <class Where>
Option make_option(std::string key, Where where, std::string help, Bounds bounds = {}) {
    using T = std::remove_cvref_t<decltype(where(std::declval<Config&>()))>;
    Option option;
    option.key = std::move(key);
    option.kind = detail::kind_of<T>(bounds.bytes);
    option.help = std::move(help);
    option.live = bounds.live;
    option.named = bounds.named;
    option.secrecy = bounds.secrecy;
    if constexpr (Named<T>) {
        for (const auto& [name, value] : Choices<T>::names) option.choices.emplace_back(name);
    } else if constexpr (std::same_as<T, Duration> || std::is_arithmetic_v<T>) {
        if constexpr (!std::same_as<T, bool>) option.range = detail::range_text<T>(bounds);
    }
    option.set = [where, bounds](Config& config, const std::vector<std::string>& words) {
        return detail::read(words, where(config), bounds);
    };
    option.get = [where, bounds](const Config& config) { return detail::write(where(config), bounds); };
    return option;
}

}  // namespace config
