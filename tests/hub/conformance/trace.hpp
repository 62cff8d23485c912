// A recorded trace: its lines, with what the recording left out put back: signatures, cut texts, frames of bulk runs.
#pragma once

#include <filesystem>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

namespace conformance {

using Json = nlohmann::json;

struct Line {
    std::int64_t at = 0;  ///< ms since the trace's first line
    std::string conn, dir, kind;
    std::string data;        ///< decoded from base64 where it is binary
    Json raw;                ///< the whole line
    bool added = false;      ///< not in the file: put back by fill_gaps()
    bool bulk = false;       ///< one of many of which the others are left out
    std::size_t number = 0;  ///< in the file, from 1
};

class Trace {
  public:
    explicit Trace(const std::filesystem::path& file);

    const std::string& name() const { return name_; }
    std::vector<Line>& lines() { return lines_; }
    /// The server's clock at the trace's first line, in seconds since 1970, from the tokens that were made during it.
    double started() const;

    /// Signs every token anew with `secret`, where the notes do not say that the signature was wrong.
    void sign(const std::string& secret);

  private:
    void fill_gaps();
    void fill_rate_burst();
    void fill_joins();

    std::string name_;
    std::vector<Line> lines_;
};

std::string from_base64(const std::string& text);
std::string sha256(const std::string& bytes);
/// The frame whose beginning is `line.data` and whose length and hash the line gives; empty: it could not be found.
std::string whole_text(const Line& line);

}  // namespace conformance
