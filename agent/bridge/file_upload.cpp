#include "agent/bridge/file_upload.hpp"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

#include "agent/bridge/core/call_error.hpp"
#include "platform/crypto.hpp"
#include "platform/json/tree.hpp"
#include "platform/wait.hpp"

namespace bridge {
namespace {

namespace fs = std::filesystem;
namespace errc = boost::system::errc;

struct FilePiece {
    std::string bytes = {};
    bool last = false;
};

Result<std::uint64_t> size_of_file(const std::string& path) {
    std::error_code ec;
    if (!fs::is_regular_file(path, ec)) return Error{errc::make_error_code(errc::no_such_file_or_directory)};
    const auto size = fs::file_size(path, ec);
    return ec ? 0 : size;
}

Result<FilePiece> read_piece_of_file(const std::string& path, std::uint64_t offset) {
    std::ifstream in{path, std::ios::binary};
    in.seekg(static_cast<std::streamoff>(offset));
    FilePiece piece{.bytes = std::string(put_bytes, '\0')};
    in.read(piece.bytes.data(), static_cast<std::streamsize>(piece.bytes.size()));
    if (in.bad() || !in.is_open()) return Error{errc::make_error_code(errc::permission_denied)};
    piece.bytes.resize(static_cast<std::size_t>(in.gcount()));
    piece.last = in.peek() == std::ifstream::traits_type::eof();
    return piece;
}

}  // namespace

/// The far agent puts each piece at its end: they go in order, and the last one only when all others are there. A piece
/// that comes twice, since the link was lost, shortens the file for a moment; then the last one is still to come.
awaitable<std::string> FileUpload::run() {
    auto look = [path = path_] { return size_of_file(path); };
    const auto size = co_await platform::run_blocking(needs_.disk, std::move(look));
    if (!size) co_return path_ + ": " + size.error().message();
    size_ = *size;
    last_ = size_ == 0 ? 0 : (size_ - 1) / put_bytes * put_bytes;
    if (last_ > 0) co_await lanes(puts_at_once);
    // One piece after the other from here: the rest, and what a piece that went astray has kept from being put.
    std::uint64_t offset = gap_.value_or(last_);
    for (bool over = false; !over;) {
        done_ = offset;
        const Put one = co_await put(offset);
        if (!one.problem.empty()) co_return one.problem;
        offset += one.bytes;
        over = one.last;
    }
    co_return std::string{};
}

awaitable<void> FileUpload::lanes(std::size_t count) {
    using net::experimental::awaitable_operators::operator&&;
    if (count > 1) {
        co_await (lanes(count / 2) && lanes(count - count / 2));
    } else {
        co_await lane();
    }
}

/// A lane takes a piece and asks the disk for it at once, and the disk answers in order: so the commands are in order.
awaitable<void> FileUpload::lane() {
    while (!gap_ && next_ < last_) {
        const std::uint64_t offset = next_;
        next_ += put_bytes;
        const Put one = co_await put(offset);
        if (!one.problem.empty() || one.bytes < put_bytes) gap_ = std::min(gap_.value_or(offset), offset);
    }
}

awaitable<FileUpload::Put> FileUpload::put(std::uint64_t offset) {
    auto read = [path = path_, offset] { return read_piece_of_file(path, offset); };
    const auto piece = co_await platform::run_blocking(needs_.disk, std::move(read));
    if (!piece) co_return Put{.problem = path_ + ": " + piece.error().message()};
    const nlohmann::json params{{"client", needs_.client.name()},
                                {"name", name_},
                                {"offset", offset},
                                {"data", platform::base64(piece->bytes)}};
    Call call{.method = "Agent.filePut", .params = platform::to_text(params), .repeatable = true};
    const auto answer = co_await needs_.far.call(std::move(call));
    if (!answer.ok) {
        co_return Put{.problem = path_ + " was not taken by the far machine: " + read_call_error(answer.error).message};
    }
    done_ += piece->bytes.size();
    if (needs_.show) {
        needs_.show(Transfer{.kind = Transfer::Kind::upload, .name = name_, .done = done_, .total = size_});
    }
    co_return Put{.bytes = piece->bytes.size(), .last = piece->last};
}

}  // namespace bridge
