// What Agent.fileRead and Agent.filePut ask for, and what a read is answered with. Pure.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace relay {

struct FileRequest {
    std::string client;
    std::string name;                 // a spool name (is_spool_name())
    std::size_t offset = 0;           // bytes from the start of the file
    std::optional<std::size_t> size;  // bytes to read; nothing: as many as fit
    std::string data;                 // bytes to put, in base64
    std::string_view wrong;           // why it cannot be used, as Chrome would say; empty: it can
};
/// `puts`: it is an Agent.filePut, which needs `data`. `own`: the sealed client that asks, inside of its seal: it need
/// not name itself, and can name nobody else; empty: it came as a command.
FileRequest read_file_request(std::string_view params, bool puts, std::string_view own = {});

/// The result of an Agent.fileRead. `size` is the file's.
std::string write_file_piece(std::string_view base64, bool eof, std::size_t size);

/// What write_file_piece() adds around the data, at most.
inline constexpr std::size_t file_piece_overhead = 96;

}  // namespace relay
