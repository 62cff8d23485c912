#include "agent/bridge/client_files.hpp"

#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <utility>

#include "agent/bridge/core/call_error.hpp"
#include "agent/bridge/core/file_names.hpp"
#include "agent/bridge/incoming_file.hpp"
#include "platform/crypto.hpp"
#include "platform/json/tree.hpp"

namespace bridge {
namespace {

using nlohmann::json;
namespace fs = std::filesystem;

struct Piece {
    std::string bytes = {};
    bool last = false;
    std::uint64_t file_size = 0;
};

Result<Piece> read_piece(const std::string& path, std::uint64_t offset) {
    std::error_code ec;
    if (!fs::is_regular_file(path, ec))
        return Error{boost::system::errc::make_error_code(boost::system::errc::no_such_file_or_directory)};
    std::ifstream in{path, std::ios::binary};
    in.seekg(static_cast<std::streamoff>(offset));
    Piece piece{.bytes = std::string(put_bytes, '\0')};
    in.read(piece.bytes.data(), static_cast<std::streamsize>(piece.bytes.size()));
    if (in.bad() || !in.is_open())
        return Error{boost::system::errc::make_error_code(boost::system::errc::permission_denied)};
    piece.bytes.resize(static_cast<std::size_t>(in.gcount()));
    piece.last = in.eof();
    piece.file_size = fs::file_size(path, ec);
    if (ec) piece.file_size = 0;
    return piece;
}

}  // namespace

std::string ClientFiles::pass(std::string_view message) {
    auto said = read_files_sent(message);
    if (!said.downloads) return std::string(message);
    wish_ = std::move(*said.downloads);
    return with_download_events(message);
}

awaitable<ClientFiles::Sent> ClientFiles::send(std::string message) {
    FilesSent said = read_files_sent(message);
    auto sent = co_await upload(std::move(message), std::move(said));
    if (show_) show_({});
    co_return sent;
}

awaitable<ClientFiles::Sent> ClientFiles::upload(std::string message, FilesSent said) {
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
awaitable<std::string> ClientFiles::find_spool() {
    if (!spool_.empty()) co_return spool_;
    Call call{.method = "Agent.getInfo", .repeatable = true};
    const auto answer = co_await far_.call(std::move(call));
    const auto tree = platform::parse_json(answer.result);
    const json* const limits = answer.ok && tree ? platform::find(*tree, "limits") : nullptr;
    if (limits != nullptr) spool_ = platform::get_string(*limits, "spool").value_or("");
    co_return spool_;
}

/// The name that the page sees. Another file's name is not taken: a page may read that one later.
std::string ClientFiles::name_for(const std::string& path) {
    for (int count = 0;; ++count) {
        auto name = spool_name(path, count);
        const auto [entry, fresh] = put_as_.try_emplace(name, path);
        if (fresh || entry->second == path) return name;
    }
}

/// Empty: it is there. Else a sentence.
awaitable<std::string> ClientFiles::put(std::string path, std::string name) {
    std::uint64_t offset = 0;
    bool last = false;
    while (!last) {
        auto read = [path, offset] { return read_piece(path, offset); };
        const auto piece = co_await platform::run_blocking(disk_, std::move(read));
        if (!piece) co_return path + ": " + piece.error().message();
        const json params{
            {"client", client_.name()}, {"name", name}, {"offset", offset}, {"data", platform::base64(piece->bytes)}};
        Call call{.method = "Agent.filePut", .params = platform::to_text(params), .repeatable = true};
        const auto answer = co_await far_.call(std::move(call));
        if (!answer.ok) co_return path + " was not taken by the far machine: " + read_call_error(answer.error).message;
        offset += piece->bytes.size();
        last = piece->last;
        show(Transfer::Kind::upload, name, offset, piece->file_size);
    }
    co_return std::string{};
}

void ClientFiles::show(Transfer::Kind kind, const std::string& name, std::uint64_t done, std::uint64_t total) const {
    if (show_) show_(Transfer{.kind = kind, .name = name, .done = done, .total = total});
}

bool ClientFiles::takes(std::string_view message) {
    auto event = read_download_event(message);
    if (event.kind == DownloadEvent::Kind::canceled) names_.erase(event.guid);
    if (event.kind == DownloadEvent::Kind::begins && names_.size() < most_downloads) names_[event.guid] = event.name;
    if (event.kind != DownloadEvent::Kind::completed || wish_.folder.empty()) return false;
    // Anybody may send such events: only small ones are kept, and not many of them.
    if (message.size() > most_event_bytes || completed_.size() >= most_downloads) return false;
    completed_.push_back({std::string(message), std::move(event), wish_});
    return true;
}

awaitable<std::string> ClientFiles::next() {
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
awaitable<std::string> ClientFiles::fetch(std::string guid, std::string name, DownloadWish wish) {
    auto create = [folder = wish.folder] { return IncomingFile::create(folder); };
    auto file = co_await platform::run_blocking(disk_, std::move(create));
    if (!file) co_return std::string{};
    std::uint64_t offset = 0;
    bool last = false;
    while (!last) {
        const json params{{"client", client_.name()}, {"name", guid}, {"offset", offset}, {"size", read_bytes}};
        Call call{.method = "Agent.fileRead", .params = platform::to_text(params), .repeatable = true};
        const auto answer = co_await far_.call(std::move(call));
        const auto tree = platform::parse_json(answer.result);
        if (!answer.ok || !tree) co_return std::string{};
        auto bytes = platform::from_base64(platform::get_string(*tree, "data").value_or("?"));
        last = platform::get_bool(*tree, "eof").value_or(true);
        if (!bytes || (bytes->empty() && !last)) co_return std::string{};
        offset += bytes->size();
        if (offset > most_download_bytes) co_return std::string{};
        const auto size = platform::get_integer(*tree, "size").value_or(0);
        show(Transfer::Kind::download, name, offset, size > 0 ? static_cast<std::uint64_t>(size) : 0);
        auto write = [to = *file, piece = std::move(*bytes)]() -> Result<void> {
            const Error ec = to->append(piece);
            if (ec) return ec;
            return {};
        };
        const auto written = co_await platform::run_blocking(disk_, std::move(write));
        if (!written) co_return std::string{};
    }
    auto finish = [done = *file, name, exact = wish.by_guid] { return done->finish(name, exact); };
    const auto path = co_await platform::run_blocking(disk_, std::move(finish));
    co_return path ? *path : std::string{};
}

}  // namespace bridge
