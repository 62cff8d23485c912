#include "agent/relay/io_streams.hpp"

#include <algorithm>
#include <cstdlib>
#include <deque>
#include <unordered_map>

#include "agent/relay/core/route.hpp"
#include "agent/relay/nameless_file.hpp"
#include "cdp/core/streams.hpp"
#include "platform/crypto.hpp"
#include "platform/log/log.hpp"
#include "platform/unwritten.hpp"
#include "platform/wait.hpp"
#include "platform/worker.hpp"

namespace relay {
namespace {

constexpr std::size_t handle_random_bytes = 16;

Result<std::shared_ptr<NamelessFile>> write_out(const std::string& folder, std::string_view text) {
    auto file = NamelessFile::create(folder);
    if (!file) return file;
    if (const Error failed = (*file)->write(0, text)) return failed;
    return file;
}

std::string temporary_folder(const std::string& configured) {
    if (!configured.empty()) return configured;
    const char* const folder = std::getenv("TMPDIR");
    return folder != nullptr && *folder != '\0' ? folder : "/tmp";
}

std::size_t quoted_bytes(char c) noexcept {
    if (c == '"' || c == '\\' || c == '\n' || c == '\r' || c == '\t') return 2;
    return static_cast<unsigned char>(c) < 0x20 ? 6 : 1;
}

bool continues_sequence(char c) noexcept {
    return (static_cast<unsigned char>(c) & 0xC0) == 0x80;
}

// A stream's bytes: in memory, in a file, or for a moment in both. Shared with the worker's job that writes them out.
struct Body {
    std::shared_ptr<const std::string> text;
    std::shared_ptr<NamelessFile> file;
};

// A piece of work for the worker, done in turn.
struct Job {
    std::string handle;
    std::optional<std::size_t> offset;
    std::optional<std::size_t> size;
    std::size_t quoted_limit = 0;
    std::function<void(const Piece&)> done;  // none: write the stream out
};

}  // namespace

std::size_t fit_quoted(std::string_view text, std::size_t limit) noexcept {
    std::size_t taken = 0;
    std::size_t used = 2;  // the quotes
    while (taken < text.size() && used + quoted_bytes(text[taken]) <= limit) used += quoted_bytes(text[taken++]);
    std::size_t whole = taken;
    while (whole > 0 && whole < text.size() && continues_sequence(text[whole])) --whole;
    return whole > 0 ? whole : taken;
}

struct IoStreams::Impl {
    Impl(net::any_io_executor executor, const StreamSettings& chosen, platform::Worker& worker)
        : settings{chosen},
          files{worker},
          wake{executor},
          table{{chosen.max_count, chosen.max_bytes, chosen.idle_limit, chosen.evict_after}} {}

    Body* body_of(const cdp::StreamEntry& entry) {
        const auto found = bodies.find(entry.key);
        return found == bodies.end() ? nullptr : &found->second;
    }

    void free_gone() {
        for (const cdp::StreamKey key : table.take_gone()) {
            const auto body = bodies.find(key);
            if (body == bodies.end()) continue;
            bodies.erase(body);
        }
    }

    void queue(Job job) {
        jobs.push_back(std::move(job));
        wake.cancel();
    }

    // The range that a read is about: as asked, within the stream, and not more than could fit.
    static std::pair<std::size_t, std::size_t> range_of(const Job& job, const cdp::StreamEntry& entry) {
        const std::size_t begin = std::min(job.offset.value_or(entry.position), entry.size);
        const std::size_t wanted = std::min(job.size.value_or(entry.size), job.quoted_limit);
        return {begin, std::min(wanted, entry.size - begin)};
    }

    static void give(const Job& job, cdp::StreamEntry& entry, std::size_t begin, std::string_view text) {
        const std::size_t taken = fit_quoted(text, job.quoted_limit);
        entry.position = begin + taken;
        job.done({true, false, entry.position == entry.size, text.substr(0, taken)});
    }

    awaitable<void> spill(cdp::StreamKey key, std::shared_ptr<const std::string> text) {
        auto write = [folder = temporary_folder(settings.folder), text] { return write_out(folder, *text); };
        auto file = co_await platform::run_blocking(files, std::move(write));
        if (!file) {
            if (file.error() == net::error::operation_aborted) co_return;
            platform::log::warning("a large result stays in memory (nothing is lost): {}",
                                   platform::explain_unwritten(temporary_folder(settings.folder), file.error()));
            co_return;
        }
        const auto body = bodies.find(key);
        if (body == bodies.end()) co_return;
        body->second.file = std::move(*file);
        body->second.text.reset();
    }

    awaitable<void> read_out(Job job, std::shared_ptr<NamelessFile> file) {
        const auto [begin, size] = range_of(job, *table.find(job.handle));
        auto read = [file, offset = begin, count = size] { return file->read(offset, count); };
        const std::size_t from = begin;
        auto text = co_await platform::run_blocking(files, std::move(read));
        cdp::StreamEntry* const entry = table.find(job.handle);
        if (entry == nullptr) {
            job.done({});
        } else if (!text) {
            job.done({true, true, false, {}});
        } else {
            give(job, *entry, from, *text);
        }
    }

    awaitable<void> work(Job job) {
        cdp::StreamEntry* const entry = table.find(job.handle);
        Body* const body = entry != nullptr ? body_of(*entry) : nullptr;
        if (body == nullptr) {
            if (job.done) job.done({});
            co_return;
        }
        if (!job.done) {
            const cdp::StreamKey key = entry->key;
            auto text = body->text;
            co_await spill(key, std::move(text));
            co_return;
        }
        auto file = body->file;
        co_await read_out(std::move(job), std::move(file));
    }

    awaitable<void> wait() {
        const auto expiry = table.next_expiry();
        if (expiry) {
            wake.expires_at(*expiry);
        } else {
            wake.expires_at(TimePoint::max());
        }
        co_await platform::expiry(wake);
        table.expire(platform::BootClock::now());
        free_gone();
    }

    StreamSettings settings;
    platform::Worker& files;
    platform::Timer wake;
    cdp::StreamTable table;
    std::unordered_map<cdp::StreamKey, Body> bodies;
    std::deque<Job> jobs;
    bool stopping = false;
};

IoStreams::IoStreams(net::any_io_executor executor, const StreamSettings& settings, platform::Worker& files)
    : impl_{std::make_unique<Impl>(std::move(executor), settings, files)} {}

IoStreams::~IoStreams() = default;

std::string IoStreams::keep(std::string_view text, TimePoint now) {
    std::string handle{agent_stream_prefix};
    handle += platform::hex(platform::random_bytes(handle_random_bytes));
    const auto key = impl_->table.add(handle, text.size(), now);
    impl_->free_gone();
    if (!key) return {};
    impl_->bodies[*key].text = std::make_shared<const std::string>(text);
    impl_->wake.cancel();  // the next expiry may have changed
    if (text.size() > impl_->settings.memory_bytes) impl_->queue({handle, {}, {}, 0, nullptr});
    return handle;
}

void IoStreams::read(const ReadRequest& request, TimePoint now, std::function<void(const Piece&)> done) {
    impl_->table.expire(now);
    impl_->free_gone();
    cdp::StreamEntry* const entry = impl_->table.find(request.handle);
    if (entry == nullptr) return done({});
    entry->touched = now;
    Job job{std::string(request.handle), request.offset, request.size, request.quoted_limit, std::move(done)};
    const Body* const body = impl_->body_of(*entry);
    if (!body->text) return impl_->queue(std::move(job));
    const auto [begin, size] = Impl::range_of(job, *entry);
    Impl::give(job, *entry, begin, std::string_view{*body->text}.substr(begin, size));
}

bool IoStreams::close(std::string_view handle) {
    const bool closed = impl_->table.close(handle);
    impl_->free_gone();
    return closed;
}

awaitable<Error> IoStreams::run() {
    while (!impl_->stopping) {
        if (impl_->jobs.empty()) {
            co_await impl_->wait();
            continue;
        }
        Job job = std::move(impl_->jobs.front());
        impl_->jobs.pop_front();
        co_await impl_->work(std::move(job));
    }
    co_return Error{};
}

void IoStreams::stop() {
    impl_->stopping = true;
    impl_->wake.cancel();
}

std::size_t IoStreams::count() const noexcept {
    return impl_->table.count();
}
std::size_t IoStreams::bytes() const noexcept {
    return impl_->table.bytes();
}

}  // namespace relay
