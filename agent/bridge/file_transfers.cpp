#include "agent/bridge/file_transfers.hpp"

#include <nlohmann/json.hpp>
#include <utility>

#include "agent/bridge/core/file_names.hpp"
#include "agent/bridge/file_download.hpp"
#include "agent/bridge/file_upload.hpp"
#include "agent/bridge/incoming_file.hpp"
#include "platform/json/tree.hpp"

namespace bridge {
namespace {

using nlohmann::json;

}  // namespace

std::string FileTransfers::pass(std::string_view message) {
    auto said = read_files_sent(message);
    if (!said.downloads) return std::string(message);
    wish_ = std::move(*said.downloads);
    return with_download_events(message);
}

awaitable<FileTransfers::Sent> FileTransfers::send(std::string message) {
    FilesSent said = read_files_sent(message);
    auto sent = co_await upload(std::move(message), std::move(said));
    if (show_) show_({});
    co_return sent;
}

awaitable<FileTransfers::Sent> FileTransfers::upload(std::string message, FilesSent said) {
    const auto spool = co_await find_spool();
    if (spool.empty()) {
        co_return Sent{
            .answer = refuse_command(message, "The far machine takes no files: it shares no folder with its browser.")};
    }
    std::vector<std::string> there;
    for (const std::string& path : said.paths) {
        const auto name = name_for(path);
        there.push_back(spool + "/" + name);
        if (said.goes_on && there_.contains(name)) continue;
        there_.erase(name);
        const auto problem = co_await put(path, name);
        if (!problem.empty()) co_return Sent{.answer = refuse_command(message, problem)};
        there_.insert(name);
    }
    co_return Sent{.up = with_paths(message, there)};
}

/// The far folder; empty: there is none, or nobody says so.
awaitable<std::string> FileTransfers::find_spool() {
    if (!spool_.empty()) co_return spool_;
    Call call{.method = "Agent.getInfo", .repeatable = true};
    const auto answer = co_await far_.call(std::move(call));
    const auto tree = platform::parse_json(answer.result);
    const json* const limits = answer.ok && tree ? platform::find(*tree, "limits") : nullptr;
    if (limits != nullptr) spool_ = platform::get_string(*limits, "spool").value_or("");
    co_return spool_;
}

/// The name that the page sees. Another file's name is not taken: a page may read that one later.
std::string FileTransfers::name_for(const std::string& path) {
    for (int count = 0;; ++count) {
        auto name = spool_name(path, count);
        const auto [entry, fresh] = put_as_.try_emplace(name, path);
        if (fresh || entry->second == path) return name;
    }
}

/// Empty: it is there. Else a sentence.
awaitable<std::string> FileTransfers::put(std::string path, std::string name) {
    FileUpload upload{{far_, client_, disk_, show_}, std::move(path), std::move(name)};
    auto problem = co_await upload.run();
    co_return problem;
}

bool FileTransfers::takes(std::string_view message) {
    auto event = read_download_event(message);
    if (event.kind == DownloadEvent::Kind::canceled) names_.erase(event.guid);
    if (event.kind == DownloadEvent::Kind::begins && names_.size() < most_downloads) names_[event.guid] = event.name;
    if (event.kind != DownloadEvent::Kind::completed || wish_.folder.empty()) return false;
    // Anybody may send such events: only small ones are kept, and not many of them.
    if (message.size() > most_event_bytes || completed_.size() >= most_downloads) return false;
    completed_.push_back({std::string(message), std::move(event), wish_});
    return true;
}

awaitable<std::string> FileTransfers::next() {
    const Completed one = std::move(completed_.front());
    completed_.pop_front();
    // Chrome tells of a download's end twice, to the page's session and to the browser's.
    if (const auto known = fetched_.find(one.event.guid); known != fetched_.end()) {
        co_return completed_at(one.message, known->second);
    }
    const auto name = one.wish.by_guid ? one.event.guid : download_name(names_[one.event.guid]);
    names_.erase(one.event.guid);
    auto path = co_await fetch(one.event.guid, name, one.wish);
    if (show_) show_({});
    auto message = completed_at(one.message, path);
    if (fetched_.size() >= most_downloads) fetched_.clear();
    fetched_.try_emplace(one.event.guid, std::move(path));
    co_return message;
}

/// The file's path; empty: it could not be brought here.
awaitable<std::string> FileTransfers::fetch(std::string guid, std::string name, DownloadWish wish) {
    auto create = [folder = wish.folder] { return IncomingFile::create(folder); };
    auto file = co_await platform::run_blocking(disk_, std::move(create));
    if (!file) co_return std::string{};
    FileDownload download{{far_, client_, disk_, show_}, std::move(guid), name};
    const bool here = co_await download.into(*file);
    // The worker also removes an incomplete file, which may take long.
    auto finish = [done = std::move(*file), here, name, exact = wish.by_guid]() -> Result<std::string> {
        if (!here) return Error{net::error::make_error_code(net::error::eof)};
        return done->finish(name, exact);
    };
    const auto path = co_await platform::run_blocking(disk_, std::move(finish));
    co_return path ? *path : std::string{};
}

}  // namespace bridge
