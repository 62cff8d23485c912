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

/// What a message on its way up says of files. Neither: nothing, and it goes up as it is.
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

/// The same command, which asks for the events of downloads.
std::string with_download_events(std::string_view message);
/// The same command with files of the far machine.
std::string with_paths(std::string_view message, const std::vector<std::string>& paths);
/// The answer to a command that was not handed on, in Chrome's shape.
std::string refuse_command(std::string_view message, std::string_view sentence);

/// What an event on its way down says of a download.
struct DownloadEvent {
    enum class Kind { none, begins, completed, canceled };
    Kind kind = Kind::none;
    std::string guid = {};  // of letters, digits and '-' where the kind is not `none`
    std::string name = {};  // where it begins: the page's suggestion
};
DownloadEvent read_download_event(std::string_view message);
/// The completion of a download that lies at that path of this machine; empty: it could not be brought here.
std::string completed_at(std::string_view message, const std::string& path);

}  // namespace bridge
