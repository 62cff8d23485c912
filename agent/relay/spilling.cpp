#include "agent/relay/spilling.hpp"

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <utility>

#include "agent/relay/nameless_file.hpp"
#include "platform/log/log.hpp"
#include "platform/unwritten.hpp"
#include "platform/wait.hpp"
#include "platform/worker.hpp"

namespace relay {
namespace {

/// Of the memory that all clients may use, a quarter is for what waits: the rest is for what is not acknowledged.
constexpr std::size_t waiting_share = 4;

/// How far a job came.
struct WrittenChunks {
    Error error = {};
    std::shared_ptr<NamelessFile> file = {};  // null: nothing was written
    std::size_t chunks = 0;
};

Error write_chunk(const std::string& folder, std::shared_ptr<NamelessFile>& file, std::size_t offset,
                  const std::string& text) {
    std::error_code unknown;
    const auto space = std::filesystem::space(folder, unknown);
    if (!unknown && !Spilling::fits(space.available, text.size())) return {ENOSPC, boost::system::system_category()};
    if (!file) {
        auto made = NamelessFile::create(folder);
        if (!made) return made.error();
        file = std::move(*made);
    }
    return file->write(offset, text);
}

WrittenChunks write_chunks(const std::string& folder, const SpilledMessages::Job& job) {
    WrittenChunks done;
    std::shared_ptr<NamelessFile> file = job.place.file;
    std::size_t offset = job.place.offset;
    for (const auto& text : job.texts) {
        done.error = write_chunk(folder, file, offset, *text);
        if (done.error) break;
        done.file = file;
        ++done.chunks;
        offset += text->size();
    }
    return done;
}

}  // namespace

Spilling::Spilling(net::any_io_executor executor, const ClientSettings& settings, platform::Worker& files,
                   const ClientTable& clients, SpillOwner& owner)
    : settings_{settings}, files_{files}, clients_{clients}, owner_{owner}, wake_{std::move(executor)} {}

/// Bytes that wait in the stream of one client.
std::size_t Spilling::bound() const noexcept {
    const std::size_t of_each = settings_.max_bytes_of_all / waiting_share / std::max<std::size_t>(clients_.size(), 1);
    return std::min(settings_.spill_beyond, of_each);
}

bool Spilling::add(Client& client, std::string_view message, bool as_part) {
    const std::size_t size = message.size() + StreamSender::overhead;
    const std::size_t waiting = client.stream.waiting_bytes();
    const bool in_memory = client.spilled.empty() && (waiting == 0 || waiting + size <= bound());
    const bool off = settings_.spill_folder.empty() || settings_.max_spilled == 0;
    if (in_memory || off) return client.stream.add(message, as_part);
    if (client.bytes() + size > settings_.max_bytes) return false;  // the disk takes it too slowly, or not at all
    client.spilled.put(message, as_part);
    wake_.cancel();
    return true;
}

bool Spilling::wants(const Client& client) const noexcept {
    return client.stream.waiting_bytes() <= bound() / 2;
}

void Spilling::refill(Client& client) {
    if (client.spilled.empty()) return;
    while (wants(client)) {
        const auto message = client.spilled.next();
        if (!message) break;
        // Without room it comes when more is acknowledged.
        if (!client.stream.add(message->text, message->as_part)) break;
        client.spilled.take();
    }
    let_go(client.spilled.taken_files());
    wake_.cancel();
}

void Spilling::let_go(SpilledMessages::Files files) {
    if (!files.empty()) files_.post([held = std::move(files)](std::stop_token) mutable { held.clear(); });
}

/// The clients take turns.
std::optional<Spilling::Work> Spilling::next_work() {
    auto one = clients_.upper_bound(last_);
    for (std::size_t i = 0; i < clients_.size(); ++i, ++one) {
        if (one == clients_.end()) one = clients_.begin();
        auto job = one->second->spilled.begin_job(wants(*one->second));
        if (!job) continue;
        last_ = one->first;
        return Work{one->first, std::move(*job)};
    }
    return std::nullopt;
}

awaitable<void> Spilling::write(Work work) {
    auto put = [folder = settings_.spill_folder, job = work.job]() -> Result<WrittenChunks> {
        return write_chunks(folder, job);
    };
    auto result = co_await platform::run_blocking(files_, std::move(put));
    WrittenChunks done = result ? std::move(*result) : WrittenChunks{.error = result.error()};
    warn(done.error);
    SpilledMessages::Files unused;
    if (Client* const client = client_in(clients_, work.client)) {
        client->spilled.written(work.job, std::move(done.file), done.chunks);
        unused = client->spilled.taken_files();
    }
    // Whatever else holds them may be gone by now: their blocks are freed on the worker.
    unused.push_back(std::move(done.file));
    unused.push_back(std::move(work.job.place.file));
    std::erase(unused, nullptr);
    let_go(std::move(unused));
}

awaitable<void> Spilling::read(Work work) {
    auto get = [place = work.job.place] { return place.file->read(place.offset, place.size); };
    auto text = co_await platform::run_blocking(files_, std::move(get));
    SpilledMessages::Files read_from;
    read_from.push_back(std::move(work.job.place.file));
    let_go(std::move(read_from));
    Client* const client = client_in(clients_, work.client);
    const bool cancelled = !text && text.error() == net::error::operation_aborted;
    if (client == nullptr || cancelled) co_return;
    if (text) {
        client->spilled.was_read(work.job, std::move(*text));
        co_return owner_.on_read_back(*client);
    }
    platform::log::error("a client is ended, since what waits for it cannot be read from {}: {}",
                         settings_.spill_folder, text.error().message());
    owner_.on_lost(work.client);
}

void Spilling::warn(const Error& failed) {
    const bool before = std::exchange(failing_, static_cast<bool>(failed));
    if (!failed || before || failed == net::error::operation_aborted) return;
    platform::log::warning("what waits for a client stays in memory (nothing is lost): {}",
                           platform::explain_unwritten(settings_.spill_folder, failed));
}

awaitable<Error> Spilling::run() {
    while (!stopping_) {
        auto work = next_work();
        if (!work) {
            wake_.expires_at(TimePoint::max());
            co_await platform::expiry(wake_);
        } else if (!work->job.texts.empty()) {
            co_await write(std::move(*work));
        } else {
            co_await read(std::move(*work));
        }
    }
    co_return Error{};
}

void Spilling::stop() {
    stopping_ = true;
    wake_.cancel();
}

}  // namespace relay
