#include "agent/cli/table.hpp"

namespace cli::arguments {

void add_recording(CLI::App& app, Given& given, Marks& marks) {
    const auto* group = "Far browsers";
    app.add_option("--record", given.record.file,
                   "With --watch or --bridge: write a JSON line into FILE for each command with its answer, each event "
                   "and each end of a client. An earlier recording in FILE is replaced")
        ->type_name("FILE")
        ->group(group);
    app.add_flag(
           "--with-params", given.record.with_params,
           "With --watch or --record: also show parameters, but never cookies, headers, scripts, titles or typed text")
        ->group(group);
    marks.replay = app.add_option("--replay", given.replay.value,
                                  "Print a report of the recording in FILE: its slowest commands, its errors, and the "
                                  "time that each domain took")
                       ->type_name("FILE")
                       ->allow_extra_args(false)
                       ->group(group);
}

}  // namespace cli::arguments
