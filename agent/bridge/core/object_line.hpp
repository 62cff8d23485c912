// Writes one JSON object on one line. Pure.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include "platform/core/time_point.hpp"
#include "platform/json/core/slice.hpp"

namespace bridge {

class ObjectLine {
  public:
    void text(std::string_view name, std::string_view value) {
        begin(name);
        platform::append_quoted(out_, value);
    }
    void text_if(std::string_view name, std::string_view value) {
        if (!value.empty()) text(name, value);
    }
    void number(std::string_view name, std::uint64_t value) { raw(name, std::to_string(value)); }
    /// Milliseconds with a tenth.
    void milliseconds(std::string_view name, Duration took) {
        constexpr auto tenth = std::chrono::microseconds{100};
        const auto tenths = took < Duration::zero() ? 0 : took / tenth;
        raw(name, std::to_string(tenths / 10) + "." + std::to_string(tenths % 10));
    }
    void flag(std::string_view name, bool value) { raw(name, value ? "true" : "false"); }
    /// JSON text: white space between its tokens may hold line ends.
    void raw(std::string_view name, std::string_view value) {
        begin(name);
        for (const char c : value) out_ += c == '\n' || c == '\r' ? ' ' : c;
    }
    bool empty() const noexcept { return out_.empty(); }
    std::string end() { return out_.empty() ? "{}" : std::move(out_ += '}'); }

  private:
    void begin(std::string_view name) {
        out_ += out_.empty() ? '{' : ',';
        platform::append_quoted(out_, name);
        out_ += ':';
    }
    std::string out_;
};

}  // namespace bridge
