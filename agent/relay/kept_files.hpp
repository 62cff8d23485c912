// What the relay keeps in files: results that are too large to be sent, the audit trail, the spool.
#pragma once

#include <functional>

#include "agent/relay/audit.hpp"
#include "agent/relay/io_streams.hpp"
#include "agent/relay/settings.hpp"
#include "agent/relay/spool.hpp"
#include "platform/net.hpp"

namespace platform {
class Worker;
}

namespace relay {

struct KeptFiles {
    /// `settings` and `files`, the worker for files, outlive it. `end` ends a download in the browser.
    KeptFiles(const net::any_io_executor& executor, const Settings& settings, platform::Worker& files,
              Spool::EndDownload end);

    /// Called when a trouble of the audit trail or of the spool begins or is over; must not destroy the object.
    void on_trouble(const std::function<void()>& listener);

    /// Writes and looks through all of them until stop().
    awaitable<Error> run();
    void stop();

    IoStreams streams;
    Audit audit;
    Spool spool;
};

}  // namespace relay
