// The few messages by which a client names files of this machine, read and rewritten: the far browser sees another
// disk. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace bridge {

/// Where a client wants its downloads.
struct DownloadWish {
    std::string folder = {};  // on this machine; empty: nowhere
    bool by_guid = false;     // a file is named by the download's guid, else as the page suggests
};

/// What a message to the far browser says about files. Both members empty: nothing, and it is sent unchanged.
struct FilesSent {
    std::optional<DownloadWish> downloads = {};
    std::vector<std::string> paths = {};  // files of this machine that a page is to get
    /// A drag goes on: the files that its begin has put on the far machine serve again.
    bool goes_on = false;
};
FilesSent read_files_sent(std::string_view message);

/// What a command says of itself; empty where it does not.
struct CommandHead {
    std::string method = {};
    std::string session = {};
};
CommandHead read_command_head(std::string_view message);

/// The command with `eventsEnabled`, so that the far browser reports downloads.
std::string with_download_events(std::string_view message);
/// The command with these paths of the far machine as its files.
std::string with_paths(std::string_view message, const std::vector<std::string>& paths);
/// The error that answers a command which was not sent to the far browser, in Chrome's format.
std::string refuse_command(std::string_view message, std::string_view sentence);

/// What an event of the far browser says about a download.
struct DownloadEvent {
    enum class Kind { none, begins, completed, canceled };
    Kind kind = Kind::none;
    std::string guid = {};  // of letters, digits and '-' where the kind is not `none`
    std::string name = {};  // where it begins: the page's suggestion
};
DownloadEvent read_download_event(std::string_view message);
/// The event of a completed download, with the path of its file on this machine. `path` empty: the file could not be
/// fetched, and the event says that the download was cancelled.
std::string completed_at(std::string_view message, const std::string& path);

}  // namespace bridge
