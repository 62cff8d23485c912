#include "agent/relay/client_files.hpp"

#include <algorithm>
#include <utility>

#include "agent/relay/agent_domain.hpp"
#include "agent/relay/core/client_text.hpp"
#include "agent/relay/core/policy_params.hpp"
#include "agent/relay/spool_file.hpp"
#include "platform/crypto.hpp"
#include "platform/wait.hpp"
#include "platform/worker.hpp"

namespace relay {
namespace {

namespace errc = boost::system::errc;

constexpr std::string_view no_spool = "Files are refused: no folder is shared with the browser (spool.folder).";

/// What a file's error means for who asked.
std::string sentence_of(const Error& error) {
    if (error == errc::no_such_file_or_directory || error == errc::too_many_symbolic_link_levels) {
        return "The client has no such file.";
    }
    if (error == errc::file_exists) return "The name is taken in the spool: choose another one.";
    if (error == errc::no_space_on_device) return "The spool has no room for it (spool.quota, or its disk).";
    if (error == errc::invalid_argument) return "The offset is beyond the end of the file.";
    if (error == errc::bad_message) return "\"data\" is no base64.";
    return "The file cannot be used: " + error.message();
}

Result<std::string> read_piece(const std::string& folder, const FileRequest& request, std::size_t most) {
    const auto piece = read_spool_file(folder, request.name, request.offset, most);
    if (!piece) return piece.error();
    const bool eof = request.offset + piece->bytes.size() >= piece->size;
    return write_file_piece(platform::base64(piece->bytes), eof, piece->size);
}

Result<std::string> put_piece(const SpoolSettings& settings, const FileRequest& request, PutMode mode) {
    const auto bytes = platform::from_base64(request.data);
    if (!bytes) return Error{errc::make_error_code(errc::bad_message)};
    if (const Error ec = put_spool_file(settings, request.name, request.offset, *bytes, mode)) return ec;
    return std::string{"{}"};
}

}  // namespace

void ClientFiles::carry_out(Flight& flight, std::string_view params) {
    const bool puts = flight.method == put_client_file;
    FileRequest request = read_file_request(params, puts, flight.held.client);
    if (const std::string why = refusal(flight, request); !why.empty()) {
        return needs_.answers.give_error(flight, write_cdp_error(flight.id, invalid_params_code, why));
    }
    if (held_ + request.data.size() > max_held_bytes) {
        return needs_.answers.refuse(
            flight,
            {Reason::overloaded, "Too much waits to be written to files: wait for the answers to what was put."});
    }
    flight.phase = Phase::at_agent;
    queue({.ticket = flight.ticket, .puts = puts, .request = std::move(request)});
}

/// Why the command cannot be carried out: a sentence; empty: it can.
std::string ClientFiles::refusal(const Flight& flight, const FileRequest& request) const {
    if (!request.wrong.empty()) return std::string{request.wrong};
    if (!needs_.lives(request.client)) return "No client with given id found";
    if (flight.held.client.empty() && needs_.sealed(request.client)) {
        return "The client is sealed: it alone reads and puts its files, inside of its seal.";
    }
    return needs_.settings.folder.empty() ? std::string{no_spool} : std::string{};
}

void ClientFiles::queue(Job job) {
    held_ += job.request.data.size();
    jobs_.push_back(std::move(job));
    wake_.cancel();
}

bool ClientFiles::knows(const std::string& client, const std::string& name) const {
    const auto found = names_.find(client);
    return found != names_.end() && std::find(found->second.begin(), found->second.end(), name) != found->second.end();
}

/// Whether the file is another client's.
bool ClientFiles::taken(const std::string& client, const std::string& name) const {
    return std::any_of(names_.begin(), names_.end(), [&](const auto& entry) {
        return entry.first != client && std::find(entry.second.begin(), entry.second.end(), name) != entry.second.end();
    });
}

void ClientFiles::announce(const std::string& client, const std::string& name) {
    if (!is_spool_name(name) || knows(client, name)) return;
    auto& names = names_[client];
    names.push_back(name);
    if (names.size() > needs_.settings.max_files) names.pop_front();  // the file has gone before
}

void ClientFiles::end(const std::string& client) {
    const auto found = names_.find(client);
    if (found == names_.end()) return;
    Job job;
    for (std::string& name : found->second) {
        if (!taken(client, name)) job.names.push_back(std::move(name));
    }
    names_.erase(found);
    if (!job.names.empty()) queue(std::move(job));
}

std::size_t ClientFiles::most_read(const Job& job) const {
    const Flight* const flight = needs_.flights.find(job.ticket);
    const std::size_t around = result_size(flight != nullptr ? flight->id : std::string_view{}, file_piece_overhead);
    const std::size_t limit = needs_.sink.payload_limit();
    const std::size_t fits = limit > around ? (limit - around) / 4 * 3 : 0;
    return std::min(job.request.size.value_or(fits), fits);
}

/// What the worker does. Whose the file is counts when its turn has come: what was put before is there then.
ClientFiles::Work ClientFiles::work_of(const Job& job) const {
    const std::string& client = job.request.client;
    const std::string& name = job.request.name;
    if (job.ticket == 0) {
        return [folder = needs_.settings.folder, names = job.names]() -> Result<std::string> {
            remove_spool_files(folder, names);
            return std::string{};
        };
    }
    const bool known = knows(client, name);
    const bool starts = job.puts && job.request.offset == 0;
    if (!known && (!starts || taken(client, name))) {
        const auto why = starts ? errc::file_exists : errc::no_such_file_or_directory;
        return [why]() -> Result<std::string> { return Error{errc::make_error_code(why)}; };
    }
    if (!job.puts) {
        return [folder = needs_.settings.folder, request = job.request, most = most_read(job)] {
            return read_piece(folder, request, most);
        };
    }
    const PutMode mode = known ? PutMode::again : PutMode::fresh;
    return [settings = needs_.settings, request = job.request, mode] { return put_piece(settings, request, mode); };
}

void ClientFiles::settle(const Job& job, const Result<std::string>& done) {
    const std::string& client = job.request.client;
    if (job.puts && done) {
        announce(client, job.request.name);
        if (!needs_.lives(client)) end(client);  // it ended meanwhile
    }
    Flight* const flight = needs_.flights.find(job.ticket);
    if (flight == nullptr || flight->phase != Phase::at_agent) return;  // answered by us meanwhile
    if (done) return needs_.answers.give_result(*flight, *done);
    needs_.answers.give_error(*flight, write_cdp_error(flight->id, server_error_code, sentence_of(done.error())));
}

awaitable<Error> ClientFiles::run() {
    while (!stopping_ || !jobs_.empty()) {
        if (jobs_.empty()) {
            wake_.expires_at(TimePoint::max());
            co_await platform::expiry(wake_);
            continue;
        }
        const Job job = std::move(jobs_.front());
        jobs_.pop_front();
        held_ -= job.request.data.size();
        Work work = work_of(job);
        const auto done = co_await platform::run_blocking(needs_.worker, std::move(work));
        settle(job, done);
    }
    co_return Error{};
}

void ClientFiles::stop() {
    stopping_ = true;
    std::erase_if(jobs_, [](const Job& job) { return job.ticket != 0; });
    wake_.cancel();
}

}  // namespace relay
