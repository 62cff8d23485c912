#include "agent/relay/kept_files.hpp"

#include <utility>

#include "platform/wait.hpp"

namespace relay {

KeptFiles::KeptFiles(const net::any_io_executor& executor, const Settings& settings, platform::Worker& files,
                     Spool::EndDownload end)
    : streams{executor, settings.streams, files},
      audit{executor, settings.audit, files},
      spool{executor, settings.spool, files, std::move(end)} {}

void KeptFiles::on_trouble(const std::function<void()>& listener) {
    audit.on_change(listener);
    spool.on_change(listener);
}

awaitable<Error> KeptFiles::run() {
    using net::experimental::awaitable_operators::operator&&;
    auto streaming = platform::ignoring(streams.run());
    auto auditing = platform::ignoring(audit.run());
    auto spooling = platform::ignoring(spool.run());
    co_await (std::move(streaming) && std::move(auditing) && std::move(spooling));  // stop() ends them
    co_return Error{};
}

void KeptFiles::stop() {
    streams.stop();
    spool.stop();
    audit.stop();
}

}  // namespace relay
