# What `cmake --install` and the packages put where (GNUInstallDirs). The program is `bmc-agent` there: `agent` is too
# common a name for /usr/bin, and the package offers it through update-alternatives.
install(PROGRAMS $<TARGET_FILE:agent> DESTINATION ${CMAKE_INSTALL_BINDIR} RENAME bmc-agent)

# Manual pages, completions and Chrome's policy come from the program's own tables, so they cannot drift from them.
set(generated ${CMAKE_BINARY_DIR}/generated)
set(pages "man:bmc-agent.1" "man-config:agent.toml.5" "bash:bmc-agent.bash" "zsh:_bmc-agent" "fish:bmc-agent.fish"
  "chrome-policy:policy.json")
set(generated_files)
foreach(page IN LISTS pages)
  string(REGEX MATCH "^([^:]+):(.+)$" matched ${page})
  set(what ${CMAKE_MATCH_1})
  set(file ${generated}/${CMAKE_MATCH_2})
  add_custom_command(OUTPUT ${file}
    COMMAND ${CMAKE_COMMAND} -E make_directory ${generated}
    COMMAND agent --generate ${what} > ${file}.new
    COMMAND ${CMAKE_COMMAND} -E rename ${file}.new ${file}
    DEPENDS agent VERBATIM)
  list(APPEND generated_files ${file})
endforeach()
find_program(GZIP_PROGRAM gzip REQUIRED)
foreach(page bmc-agent.1 agent.toml.5)
  add_custom_command(OUTPUT ${generated}/${page}.gz
    COMMAND ${GZIP_PROGRAM} -9nfk ${generated}/${page} DEPENDS ${generated}/${page} VERBATIM)
  list(APPEND generated_files ${generated}/${page}.gz)
endforeach()
add_custom_command(OUTPUT ${generated}/changelog.gz
  COMMAND ${GZIP_PROGRAM} -9nc ${CMAKE_SOURCE_DIR}/packaging/debian/changelog > ${generated}/changelog.gz
  DEPENDS ${CMAKE_SOURCE_DIR}/packaging/debian/changelog VERBATIM)
list(APPEND generated_files ${generated}/changelog.gz)
# Made by scripts: the change log in other forms, and what the program consists of.
find_program(BMC_PYTHON python3 PATHS /usr/bin /usr/local/bin NO_DEFAULT_PATH)
set(made_by_scripts)
# bmc_script_output(FILE DEPENDS... COMMAND ARGUMENTS...): what the script prints.
function(bmc_script_output file)
  cmake_parse_arguments(OUTPUT "" "" "DEPENDS;COMMAND" ${ARGN})
  add_custom_command(OUTPUT ${generated}/${file}
    COMMAND ${CMAKE_COMMAND} -E make_directory ${generated}
    COMMAND ${BMC_PYTHON} ${OUTPUT_COMMAND} > ${generated}/${file}.new
    COMMAND ${CMAKE_COMMAND} -E rename ${generated}/${file}.new ${generated}/${file}
    DEPENDS ${OUTPUT_DEPENDS} VERBATIM)
endfunction()
if(BMC_PYTHON AND CMAKE_SYSTEM_NAME STREQUAL "Linux")
  set(changes ${CMAKE_SOURCE_DIR}/packaging/changelog.py)
  bmc_script_output(CHANGELOG.md DEPENDS ${changes} ${bmc_changelog} COMMAND ${changes} md)
  bmc_script_output(rpm_changelog DEPENDS ${changes} ${bmc_changelog} COMMAND ${changes} rpm)
  set(bill ${CMAKE_SOURCE_DIR}/packaging/sbom.py)
  set(bill_command ${bill} --compiler ${CMAKE_CXX_COMPILER} --version ${bmc_version} --epoch ${bmc_released_epoch}
    --header boost --header cli11 --header fmt --header nlohmann-json --header tomlplusplus)
  bmc_script_output(sbom.spdx.json DEPENDS ${bill} agent COMMAND ${bill_command} --program $<TARGET_FILE:agent>)
  set(made_by_scripts ${generated}/CHANGELOG.md ${generated}/sbom.spdx.json)
  list(APPEND generated_files ${made_by_scripts} ${generated}/rpm_changelog)
  if(BMC_PORTABLE)
    bmc_script_output(portable.spdx.json DEPENDS ${bill} agent_portable COMMAND ${bill_command}
      --program $<TARGET_FILE:agent_portable> --static simdjson --static fmt --static tomlplusplus --static qrcodegen
      --static libstdc++ --static libgcc)
    list(APPEND generated_files ${generated}/portable.spdx.json)
  endif()
endif()
add_custom_target(documents ALL DEPENDS ${generated_files})

install(FILES ${generated}/bmc-agent.1.gz DESTINATION ${CMAKE_INSTALL_MANDIR}/man1)
install(FILES ${generated}/agent.toml.5.gz DESTINATION ${CMAKE_INSTALL_MANDIR}/man5)
install(FILES ${generated}/bmc-agent.bash DESTINATION ${CMAKE_INSTALL_DATADIR}/bash-completion/completions
  RENAME bmc-agent)
set(zsh_folder vendor-completions)
if(CMAKE_SYSTEM_NAME STREQUAL "Darwin")
  set(zsh_folder site-functions)
endif()
install(FILES ${generated}/_bmc-agent DESTINATION ${CMAKE_INSTALL_DATADIR}/zsh/${zsh_folder})
install(FILES ${generated}/bmc-agent.fish DESTINATION ${CMAKE_INSTALL_DATADIR}/fish/vendor_completions.d)

install(FILES README.md ${generated}/changelog.gz ${made_by_scripts} DESTINATION ${CMAKE_INSTALL_DOCDIR})
# The pages that README.md leads to, where its links expect them; and what those lead to.
file(GLOB_RECURSE documents RELATIVE ${CMAKE_SOURCE_DIR} CONFIGURE_DEPENDS agent/*.md)
foreach(page IN LISTS documents ITEMS tests/hub/README.md)
  get_filename_component(folder ${page} DIRECTORY)
  install(FILES ${page} DESTINATION ${CMAKE_INSTALL_DOCDIR}/${folder})
endforeach()
install(FILES packaging/page.png DESTINATION ${CMAKE_INSTALL_DOCDIR}/packaging)
install(FILES packaging/debian/copyright DESTINATION ${CMAKE_INSTALL_DOCDIR})
install(DIRECTORY packaging/examples DESTINATION ${CMAKE_INSTALL_DOCDIR} USE_SOURCE_PERMISSIONS)
install(DIRECTORY packaging/container DESTINATION ${CMAKE_INSTALL_DOCDIR}/packaging)
# Hooks that are configured already name the one place, links in the pages the other.
file(MAKE_DIRECTORY ${CMAKE_BINARY_DIR}/links)
file(CREATE_LINK ../examples ${CMAKE_BINARY_DIR}/links/examples SYMBOLIC)
install(FILES ${CMAKE_BINARY_DIR}/links/examples DESTINATION ${CMAKE_INSTALL_DOCDIR}/packaging)
install(FILES packaging/supabase/schema.sql DESTINATION ${CMAKE_INSTALL_DATADIR}/bmc-agent/supabase)
install(FILES ${generated}/policy.json DESTINATION ${CMAKE_INSTALL_DATADIR}/bmc-agent)
if(CMAKE_SYSTEM_NAME STREQUAL "Linux")
  install(FILES systemd/sysusers.d/bmc-agent.conf DESTINATION lib/sysusers.d)
  install(FILES systemd/tmpfiles.d/bmc-agent.conf DESTINATION lib/tmpfiles.d)
  install(FILES packaging/apparmor/bmc-browser DESTINATION ${CMAKE_INSTALL_DATADIR}/bmc-agent/apparmor)
else()
  install(DIRECTORY packaging/launchd DESTINATION ${CMAKE_INSTALL_DATADIR}/bmc-agent USE_SOURCE_PERMISSIONS)
endif()
# What depends on the prefix, which may be another one at the time of the installation.
install(CODE "
  set(bmc_placed \"${CMAKE_BINARY_DIR}/placed\")
  set(bmc_source \"${CMAKE_SOURCE_DIR}\")
  set(bmc_system \"${CMAKE_SYSTEM_NAME}\")
  set(bmc_bindir \"${CMAKE_INSTALL_BINDIR}\")
  set(bmc_datadir \"${CMAKE_INSTALL_DATADIR}\")
  set(bmc_sysconfdir \"${CMAKE_INSTALL_SYSCONFDIR}\")
  set(bmc_strip \"${CMAKE_STRIP}\")")
install(SCRIPT packaging/place.cmake)

include(packaging/package.cmake)
