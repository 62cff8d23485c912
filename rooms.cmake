# The rooms of the house and their arrows, in one table: CMake links along it, tests/lint_sources.py holds the includes
# against it. A row knows rows above it alone, and what those know.
#
#   FLOOR    a room knows lower floors, never a higher one and never a neighbour on its own
#   PLAIN    decisions (`core`) and plain data (`settings`): they stand on no floor and know PLAIN rooms alone
#   FOLDERS  its folders below the root, or files without their ending; what an earlier row has taken is not in it
#   KNOWS    the rooms that it may include
#   LINKS    libraries of others
bmc_room(slices PLAIN FOLDERS platform/result platform/time_point platform/json_check platform/json_slice
  LINKS PkgConfig::SIMDJSON)
bmc_room(core PLAIN FOLDERS agent/core KNOWS slices)
bmc_room(cdp_core PLAIN FOLDERS cdp/core KNOWS slices)
bmc_room(realtime_core PLAIN FOLDERS agent/realtime/core KNOWS core)
bmc_room(relay_core PLAIN FOLDERS agent/relay/core KNOWS cdp_core realtime_core)
bmc_room(relay_settings PLAIN FOLDERS agent/relay/settings KNOWS relay_core)
bmc_room(pairing_settings PLAIN FOLDERS agent/pairing/settings KNOWS slices)

bmc_room(platform FLOOR 1 FOLDERS platform platform/${bmc_system} KNOWS slices
  LINKS OpenSSL::SSL OpenSSL::Crypto CURL::libcurl nlohmann_json::nlohmann_json fmt::fmt ${bmc_system_libraries})

bmc_room(cdp FLOOR 2 FOLDERS cdp KNOWS cdp_core core platform)
bmc_room(credentials FLOOR 2 FOLDERS agent/credentials KNOWS core platform)

bmc_room(realtime FLOOR 3 FOLDERS agent/realtime KNOWS realtime_core credentials platform)

bmc_room(relay FLOOR 4 FOLDERS agent/relay KNOWS relay_settings realtime cdp platform)
bmc_room(pairing FLOOR 4 FOLDERS agent/pairing KNOWS pairing_settings realtime credentials platform
  LINKS ${QRCODEGENCPP_LIBRARY})
bmc_room(service FLOOR 4 FOLDERS agent/service KNOWS relay_settings pairing_settings realtime credentials cdp platform
  LINKS PkgConfig::TOMLPLUSPLUS CLI11::CLI11)

bmc_room(remote FLOOR 5 FOLDERS agent/remote KNOWS realtime credentials platform)

bmc_program(agent FLOOR 6 FOLDERS agent KNOWS relay pairing service remote)
