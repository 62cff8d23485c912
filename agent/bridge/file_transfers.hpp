// The files of one client. The far browser has another disk: a file to upload is first copied into the far machine's
// spool, and a finished download is copied to this machine before the client gets the event of its completion.
//
// Thread rule: the loop's thread. Lifetime: the arguments of the constructor outlive it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <utility>

#include "agent/bridge/core/file_messages.hpp"
#include "agent/bridge/far_browser.hpp"
#include "agent/bridge/progress.hpp"
#include "platform/net.hpp"
#include "platform/worker.hpp"

namespace bridge {

/// Downloads that are remembered, and bytes of an event of a download's end.
inline constexpr std::size_t most_downloads = 1024;
inline constexpr std::size_t most_event_bytes = 64 << 10;

class FileTransfers {
  public:
    /// `disk`: where files are read and written.
    FileTransfers(FarBrowser& far, const FarClient& client, platform::Worker& disk, ShowTransfer show = {})
        : far_{far}, client_{client}, disk_{disk}, show_{std::move(show)} {}

    /// A message of the client's with no files to be put: as it goes up.
    std::string pass(std::string_view message);
    /// What becomes of one with files, once they are put: it goes up, or is answered. One of the two is empty.
    struct Sent {
        std::string up = {};
        std::string answer = {};
    };
    awaitable<Sent> send(std::string message);

    /// True: this message of the browser tells of a finished download, and next() returns it once the file is here.
    bool takes(std::string_view message);
    bool waits() const { return !completed_.empty(); }
    /// Fetches the file of the oldest waiting message, and returns that message. Only while waits() is true.
    awaitable<std::string> next();

  private:
    struct Completed {
        std::string message;
        DownloadEvent event;
        DownloadWish wish;  // as it was when the message came
    };

    awaitable<Sent> upload(std::string message, FilesSent said);
    awaitable<std::string> find_spool();
    awaitable<std::string> put(std::string path, std::string name);
    awaitable<std::string> fetch(std::string guid, std::string name, DownloadWish wish);
    std::string name_for(const std::string& path);

    FarBrowser& far_;
    const FarClient& client_;
    platform::Worker& disk_;
    const ShowTransfer show_;
    DownloadWish wish_;                           // the last one: events do not tell the browser context
    std::map<std::string, std::string> names_;    // of downloads in work, by guid
    std::map<std::string, std::string> put_as_;   // the path of each file in the spool, by its name there
    std::set<std::string> there_;                 // of these, the names of those that were put in full
    std::map<std::string, std::string> fetched_;  // where each lies, by guid; empty: nowhere
    std::deque<Completed> completed_;
    std::string spool_;  // the far folder, once it was asked for
};

}  // namespace bridge
