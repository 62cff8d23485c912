// Whether downloads and uploads find room in the spool. Pure.
#pragma once

#include <cstddef>
#include <string>

#include "agent/relay/settings.hpp"
#include "agent/relay/spool_trim.hpp"

namespace relay {

/// The spool is full when less than this part of its quota, or of its number of files, is free: the next file makes an
/// older one go, or finds no room.
inline constexpr std::size_t spool_free_part = 20;
/// A file system with less room than this holds no download.
inline constexpr std::size_t spool_least_room = std::size_t{1} << 20;

/// Why files find no room there; empty: they do.
std::string spool_trouble(const SpoolSettings& settings, const SpoolUse& use);

}  // namespace relay
