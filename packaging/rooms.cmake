# The rooms of the house and their arrows, in one table: CMake links along it, tests/lint_sources.py holds the includes
# against it. A row knows rows above it alone, and what those know.
#
#   FLOOR    a room knows lower floors, never a higher one and never a neighbour on its own
#   PLAIN    decisions (`core`) and plain data (`settings`): they stand on no floor and know PLAIN rooms alone
#   RARE     it runs at a start or for a person, not for each message: compiled in less time (`bmc_rarely_runs`)
#   FOLDERS  its folders below the root, or files without their ending; what an earlier row has taken is not in it
#   KNOWS    the rooms that it may include
#   LINKS    libraries of others
bmc_room(platform_core PLAIN FOLDERS platform/core platform/json/core LINKS bmc_simdjson OpenSSL::Crypto)
bmc_room(platform_settings PLAIN FOLDERS platform/net_options KNOWS platform_core)
bmc_room(cdp_core PLAIN FOLDERS cdp/core KNOWS platform_core)
bmc_room(credentials_core PLAIN FOLDERS agent/credentials/core KNOWS platform_core)
bmc_room(realtime_core PLAIN FOLDERS agent/realtime/core KNOWS platform_core)
bmc_room(realtime_settings PLAIN FOLDERS agent/realtime/settings KNOWS realtime_core platform_settings)
bmc_room(hooks_settings PLAIN FOLDERS agent/hooks/settings KNOWS platform_core)
bmc_room(relay_core PLAIN FOLDERS agent/relay/core KNOWS cdp_core realtime_core)
bmc_room(relay_settings PLAIN FOLDERS agent/relay/settings KNOWS relay_core)
bmc_room(pairing_settings PLAIN FOLDERS agent/pairing/settings KNOWS platform_core)
bmc_room(control_core PLAIN FOLDERS agent/control/core KNOWS relay_core)
bmc_room(bridge_core PLAIN FOLDERS agent/bridge/core KNOWS relay_core)
bmc_room(daemon_core PLAIN FOLDERS agent/daemon/core KNOWS platform_core)

bmc_room(platform FLOOR 1
  FOLDERS platform platform/http platform/json platform/log platform/process platform/websocket platform/${bmc_system}
  KNOWS platform_settings
  LINKS OpenSSL::SSL OpenSSL::Crypto bmc_curl nlohmann_json::nlohmann_json bmc_fmt ${bmc_system_libraries})

bmc_room(cdp FLOOR 2 FOLDERS cdp KNOWS cdp_core platform)
bmc_room(credentials FLOOR 2 FOLDERS agent/credentials KNOWS credentials_core platform)

bmc_room(realtime FLOOR 3 FOLDERS agent/realtime KNOWS realtime_core realtime_settings credentials)
bmc_room(config RARE FLOOR 3 FOLDERS agent/config
  KNOWS realtime_settings hooks_settings relay_settings pairing_settings cdp credentials
  LINKS bmc_tomlplusplus CLI11::CLI11)
bmc_room(hooks RARE FLOOR 3 FOLDERS agent/hooks KNOWS hooks_settings platform)

bmc_room(relay FLOOR 4 FOLDERS agent/relay KNOWS relay_settings realtime cdp)
bmc_room(pairing RARE FLOOR 4 FOLDERS agent/pairing KNOWS pairing_settings realtime config LINKS bmc_qrcodegen)
bmc_room(control FLOOR 4 FOLDERS agent/control KNOWS control_core realtime config hooks)

bmc_room(daemon FLOOR 5 FOLDERS agent/daemon KNOWS daemon_core relay pairing control)
bmc_room(bridge FLOOR 5 FOLDERS agent/bridge KNOWS bridge_core relay pairing control)
bmc_room(doctor RARE FLOOR 5 FOLDERS agent/doctor KNOWS pairing control)

bmc_room(cli RARE FLOOR 6 FOLDERS agent/cli KNOWS daemon doctor bridge)

bmc_program(agent FLOOR 7 FOLDERS agent KNOWS cli)
