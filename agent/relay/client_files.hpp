// The files of clients in the spool: a client may read the downloads that its events announced, and the files that it
// put there itself. They are removed when their client ends.
#pragma once

#include <cstddef>
#include <deque>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "agent/relay/answers.hpp"
#include "agent/relay/core/file_text.hpp"
#include "agent/relay/core/flights.hpp"
#include "agent/relay/result_sink.hpp"
#include "agent/relay/settings.hpp"
#include "platform/net.hpp"

namespace platform {
class Worker;
}

namespace relay {

/// What ClientFiles works with; all of it outlives it.
struct ClientFilesNeeds {
    net::any_io_executor executor;
    const SpoolSettings& settings;
    platform::Worker& worker;  // of files
    const ResultSink& sink;
    Flights& flights;
    Answers& answers;
    std::function<bool(std::string_view)> lives;   // whether there is a client of that name
    std::function<bool(std::string_view)> sealed;  // whether it asks for its files inside of its seal
};

/// One thread. The files are read and written on the worker, one after the other.
class ClientFiles {
  public:
    /// Bytes (in base64) that wait to be put. Beyond it: `overloaded`.
    static constexpr std::size_t max_held_bytes = std::size_t{64} * 1024 * 1024;

    explicit ClientFiles(ClientFilesNeeds needs) : needs_{std::move(needs)}, wake_{needs_.executor} {}

    /// Answers an Agent.fileRead or Agent.filePut; later, when its turn comes.
    void carry_out(Flight& flight, std::string_view params);

    /// An event of the client's names that download.
    void announce(const std::string& client, const std::string& name);

    /// The client has ended: files that no other client's event named are removed.
    void end(const std::string& client);

    /// Works until stop(), and removes then what has to be.
    awaitable<Error> run();
    void stop();

  private:
    struct Job {
        realtime::Ticket ticket = 0;  // of the command; 0: removes `names`
        bool puts = false;
        FileRequest request = {};
        std::vector<std::string> names = {};
    };
    using Work = std::function<Result<std::string>()>;

    std::string refusal(const Flight& flight, const FileRequest& request) const;
    Work work_of(const Job& job) const;
    std::size_t most_read(const Job& job) const;
    bool knows(const std::string& client, const std::string& name) const;
    bool taken(const std::string& client, const std::string& name) const;
    void queue(Job job);
    void settle(const Job& job, const Result<std::string>& done);

    ClientFilesNeeds needs_;
    platform::Timer wake_;
    std::map<std::string, std::deque<std::string>, std::less<>> names_;  // by client, the newest last
    std::deque<Job> jobs_;
    std::size_t held_ = 0;  // bytes of data in jobs_
    bool stopping_ = false;
};

}  // namespace relay
