# Runs at the installation, when the prefix is known: the units name the program where it is, and the configuration lies
# where the program reads it. Expects the bmc_* variables of install.cmake.
function(under_prefix result folder)
  if(NOT IS_ABSOLUTE "${folder}")
    string(PREPEND folder "${CMAKE_INSTALL_PREFIX}/")
  endif()
  set(${result} "${folder}" PARENT_SCOPE)
endfunction()

under_prefix(bindir "${bmc_bindir}")
under_prefix(datadir "${bmc_datadir}")
# The service reads /etc/bmc-agent wherever the program is; another prefix is somebody's own, or a trial.
if(NOT IS_ABSOLUTE "${bmc_sysconfdir}" AND CMAKE_INSTALL_PREFIX MATCHES "^/(usr(/local)?)?/?$")
  set(sysconfdir /etc)
else()
  under_prefix(sysconfdir "${bmc_sysconfdir}")
endif()

if(CMAKE_INSTALL_DO_STRIP)
  execute_process(COMMAND "${bmc_strip}" "$ENV{DESTDIR}${bindir}/bmc-agent" COMMAND_ERROR_IS_FATAL ANY)
endif()

if(bmc_system STREQUAL "Linux")
  file(GLOB units "${bmc_source}/systemd/*.service" "${bmc_source}/systemd/*.socket")
  foreach(unit IN LISTS units)
    file(READ "${unit}" text)
    string(REPLACE "/usr/bin/" "${bindir}/" text "${text}")
    string(REPLACE "/usr/share/" "${datadir}/" text "${text}")
    get_filename_component(name "${unit}" NAME)
    file(WRITE "${bmc_placed}/${name}" "${text}")
    file(INSTALL "${bmc_placed}/${name}" DESTINATION "${CMAKE_INSTALL_PREFIX}/lib/systemd/system")
  endforeach()
  file(REMOVE_RECURSE "${bmc_placed}")
  # What somebody has written there stays.
  if(NOT EXISTS "$ENV{DESTDIR}${sysconfdir}/bmc-agent/agent.toml")
    file(INSTALL "${bmc_source}/packaging/agent.toml" DESTINATION "${sysconfdir}/bmc-agent")
  endif()
endif()
