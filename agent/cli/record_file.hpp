// The file of --record: a JSON line for each thing that passes between a client and a far browser. Readable by its
// owner alone. Nothing in it commands a terminal.
#pragma once

#include <string_view>

#include "agent/bridge/core/record_text.hpp"
#include "agent/cli/arguments.hpp"
#include "platform/core/result.hpp"
#include "platform/unique_fd.hpp"

namespace cli {

class RecordFile {
  public:
    /// `wished` outlives it. Without a file in it nothing is recorded.
    explicit RecordFile(const arguments::Record& wished) : wished_{wished} {}
    RecordFile(const RecordFile&) = delete;
    RecordFile& operator=(const RecordFile&) = delete;

    bool wished() const { return !wished_.file.empty(); }

    /// Opens it as the present user. An earlier recording is replaced; any other file stays. False: the reason was
    /// printed.
    bool open();

    /// The first line.
    void begin(bridge::RecordHead head);

    /// False: it cannot be written, which was printed the first time. Nothing more is recorded then.
    bool write(const bridge::SeenMessage& sight);

  private:
    bool open_ours();
    bool append(std::string_view line);

    const arguments::Record& wished_;
    platform::UniqueFd file_;
};

}  // namespace cli
