// The table of all arguments: what --help-all prints, what is generated from it, and the reading of a command line.
#pragma once

#include <CLI/CLI.hpp>

#include "agent/cli/given.hpp"

namespace cli::arguments {

/// The options of whose presence more must be known than their value.
struct Marks {
    CLI::Option* pause = nullptr;
    CLI::Option* renew_before = nullptr;
    CLI::Option* name = nullptr;
    CLI::Option* topic = nullptr;
    CLI::Option* watch = nullptr;
    CLI::Option* forget_device = nullptr;
    CLI::Option* bridge = nullptr;
    CLI::Option* replay = nullptr;
};

/// The arguments that are about recordings.
void add_recording(CLI::App& app, Given& given, Marks& marks);

class Table {
  public:
    Table();
    Table(const Table&) = delete;
    Table& operator=(const Table&) = delete;

    const CLI::App& app() const noexcept { return app_; }

    /// Throws what CLI11 throws: CLI::ParseError, of which calls for help and version are kinds.
    Given read(int argc, char** argv);

  private:
    CLI::App app_;
    Given given_;
    Marks marks_;
};

}  // namespace cli::arguments
