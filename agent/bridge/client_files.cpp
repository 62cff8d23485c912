#include "agent/bridge/client_files.hpp"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <utility>

#include "agent/bridge/core/call_error.hpp"
#include "platform/crypto.hpp"
#include "platform/json/tree.hpp"

namespace bridge {
namespace {

using nlohmann::json;
namespace fs = std::filesystem;

struct Piece {
    std::string bytes = {};
    bool last = false;
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
    return piece;
}

bool append(const std::string& path, const std::string& bytes, bool first) {
    std::error_code ec;
    if (first) fs::create_directories(fs::path(path).parent_path(), ec);
    std::ofstream out{path, std::ios::binary | (first ? std::ios::trunc : std::ios::app)};
    out.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
    out.close();
    return !out.fail();
}

/// "report.pdf", or "report (1).pdf" where that is there already, as browsers do it.
std::string free_path(const fs::path& folder, const std::string& name) {
    const fs::path wanted = folder / name;
    fs::path path = wanted;
    std::error_code ec;
    for (int count = 1; fs::exists(path, ec); ++count) {
        path = folder / (wanted.stem().string() + " (" + std::to_string(count) + ")" + wanted.extension().string());
    }
    return path;
}

std::optional<std::string> decode(std::string text) {
    std::replace(text.begin(), text.end(), '+', '-');
    std::replace(text.begin(), text.end(), '/', '_');
    return platform::from_base64url(text);
}

}  // namespace

awaitable<ClientFiles::Sent> ClientFiles::send(std::string message) {
    FilesSent said = read_files_sent(message);
    if (said.downloads) {
        wish_ = *said.downloads;
        co_return Sent{.up = with_download_events(message)};
    }
    if (said.paths.empty()) co_return Sent{.up = std::move(message)};
    auto sent = co_await upload(std::move(message), std::move(said.paths));
    co_return sent;
}

awaitable<ClientFiles::Sent> ClientFiles::upload(std::string message, std::vector<std::string> paths) {
    const auto spool = co_await find_spool();
    if (spool.empty()) {
        co_return Sent{
            .answer = refuse_command(message, "The far machine takes no files: it shares no folder with its browser.")};
    }
    std::vector<std::string> there;
    for (const std::string& path : paths) {
        const auto name = name_for(path);
        const auto problem = co_await put(path, name);
        if (!problem.empty()) co_return Sent{.answer = refuse_command(message, problem)};
        there.push_back(spool + "/" + name);
    }
    co_return Sent{.up = with_paths(message, there)};
}

/// The far folder; empty: there is none, or nobody says so.
awaitable<std::string> ClientFiles::find_spool() {
    if (!spool_.empty()) co_return spool_;
    Call call{.method = "Agent.getInfo"};
    const auto answer = co_await far_.call(std::move(call));
    const auto tree = platform::parse_json(answer.result);
    const json* const limits = answer.ok && tree ? platform::find(*tree, "limits") : nullptr;
    if (limits != nullptr) spool_ = platform::get_string(*limits, "spool").value_or("");
    co_return spool_;
}

/// The name that the page sees. Another file's name is not taken: a page may read that one later.
std::string ClientFiles::name_for(const std::string& path) {
    const auto base = spool_name(path);
    auto name = base;
    for (int count = 1;; ++count) {
        const auto [entry, fresh] = put_as_.try_emplace(name, path);
        if (fresh || entry->second == path) return name;
        name = spool_name(std::to_string(count) + "-" + base);
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
        Call call{.method = "Agent.filePut", .params = platform::to_text(params)};
        const auto answer = co_await far_.call(std::move(call));
        if (!answer.ok) co_return path + " was not taken by the far machine: " + read_call_error(answer.error).message;
        offset += piece->bytes.size();
        last = piece->last;
    }
    co_return std::string{};
}

bool ClientFiles::takes(std::string_view message) {
    auto event = read_download_event(message);
    if (event.kind == DownloadEvent::Kind::begins) names_[event.guid] = event.name;
    if (event.kind != DownloadEvent::Kind::completed || wish_.folder.empty()) return false;
    completed_.push_back({std::string(message), std::move(event)});
    return true;
}

awaitable<std::string> ClientFiles::next() {
    const Completed one = std::move(completed_.front());
    completed_.pop_front();
    const auto& guid = one.event.guid;
    const fs::path folder = wish_.folder;
    const auto path =
        wish_.by_guid ? (folder / download_name(guid)).string() : free_path(folder, download_name(names_[guid]));
    names_.erase(guid);
    const bool here = co_await fetch(guid, path);
    co_return completed_at(one.message, here ? path : "");
}

awaitable<bool> ClientFiles::fetch(std::string guid, std::string path) {
    std::uint64_t offset = 0;
    bool last = false;
    while (!last) {
        const json params{{"client", client_.name()}, {"name", guid}, {"offset", offset}, {"size", read_bytes}};
        Call call{.method = "Agent.fileRead", .params = platform::to_text(params)};
        const auto answer = co_await far_.call(std::move(call));
        const auto tree = platform::parse_json(answer.result);
        if (!answer.ok || !tree) co_return false;
        const auto bytes = decode(platform::get_string(*tree, "data").value_or("?"));
        last = platform::get_bool(*tree, "eof").value_or(true);
        if (!bytes || (bytes->empty() && !last)) co_return false;
        auto write = [path, bytes = *bytes, first = offset == 0] { return append(path, bytes, first); };
        const auto written = co_await platform::run_blocking(disk_, std::move(write));
        if (!written || !*written) co_return false;
        offset += bytes->size();
    }
    co_return true;
}

}  // namespace bridge
