#include "agent/bridge/file_download.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "platform/crypto.hpp"
#include "platform/json/tree.hpp"
#include "platform/wait.hpp"

namespace bridge {

/// The first piece says how long the file is, and how much of it fits in an answer.
awaitable<bool> FileDownload::into(std::shared_ptr<IncomingFile> file) {
    std::size_t count = 1;
    while (!complete_) {
        pieces_ = {};
        co_await read_all(0, count);
        const std::uint64_t size = pieces_[0] ? pieces_[0]->file_size : 0;
        const std::size_t first = pieces_[0] ? pieces_[0]->bytes.size() : 0;
        const bool kept = co_await keep(file);
        if (!kept) co_return false;
        step_ = first;
        const std::uint64_t left = size > offset_ ? (size - offset_ + step_ - 1) / std::max<std::size_t>(step_, 1) : 1;
        count = static_cast<std::size_t>(std::min<std::uint64_t>(left, reads_at_once));
    }
    co_return true;
}

/// So many pieces, from the one with the number `first` on.
awaitable<void> FileDownload::read_all(std::size_t first, std::size_t count) {
    using net::experimental::awaitable_operators::operator&&;
    if (count > 1) {
        co_await (read_all(first, count / 2) && read_all(first + count / 2, count - count / 2));
    } else {
        co_await read(first);
    }
}

awaitable<void> FileDownload::read(std::size_t number) {
    const nlohmann::json params{
        {"client", needs_.client.name()}, {"name", guid_}, {"offset", offset_ + number * step_}, {"size", step_}};
    Call call{.method = "Agent.fileRead", .params = platform::to_text(params), .repeatable = true};
    const auto answer = co_await needs_.far.call(std::move(call));
    const auto tree = platform::parse_json(answer.result);
    if (!answer.ok || !tree) co_return;
    auto bytes = platform::from_base64(platform::get_string(*tree, "data").value_or("?"));
    if (!bytes) co_return;
    const auto size = platform::get_integer(*tree, "size").value_or(0);
    pieces_[number] = Piece{.bytes = std::move(*bytes),
                            .eof = platform::get_bool(*tree, "eof").value_or(true),
                            .file_size = size > 0 ? static_cast<std::uint64_t>(size) : 0};
}

/// Writes what this round has brought, up to the first piece that is shorter than the others: what follows it is asked
/// for again.
awaitable<bool> FileDownload::keep(std::shared_ptr<IncomingFile> file) {
    for (auto& slot : pieces_) {
        const auto piece = std::exchange(slot, std::nullopt);
        if (!piece || (piece->bytes.empty() && !piece->eof)) co_return &slot != pieces_.data();
        offset_ += piece->bytes.size();
        complete_ = piece->eof;
        if (offset_ > most_download_bytes) co_return false;
        if (needs_.show) {
            needs_.show(
                Transfer{.kind = Transfer::Kind::download, .name = name_, .done = offset_, .total = piece->file_size});
        }
        auto write = [file, bytes = piece->bytes]() -> Result<void> {
            const Error ec = file->append(bytes);
            if (ec) return ec;
            return {};
        };
        const auto written = co_await platform::run_blocking(needs_.disk, std::move(write));
        if (!written) co_return false;
        if (complete_ || piece->bytes.size() < step_) co_return true;
    }
    co_return true;
}

}  // namespace bridge
