# What `cmake --install` and the packages put where. The program is `bmc-agent` there: `agent` is too common a name for
# /usr/bin, and the package offers it through update-alternatives.
install(PROGRAMS $<TARGET_FILE:agent> DESTINATION ${CMAKE_INSTALL_BINDIR} RENAME bmc-agent)

# Manual pages and completions come from the program's own table of options, so they cannot drift from it.
set(generated ${CMAKE_BINARY_DIR}/generated)
set(pages "man:bmc-agent.1" "man-config:agent.toml.5" "bash:bmc-agent.bash" "zsh:_bmc-agent" "fish:bmc-agent.fish")
set(generated_files)
foreach(page IN LISTS pages)
  string(REGEX MATCH "^([^:]+):(.+)$" matched ${page})
  set(what ${CMAKE_MATCH_1})
  set(file ${generated}/${CMAKE_MATCH_2})
  add_custom_command(OUTPUT ${file}
    COMMAND ${CMAKE_COMMAND} -E make_directory ${generated}
    COMMAND $<TARGET_FILE:agent> --generate ${what} > ${file}.new
    COMMAND ${CMAKE_COMMAND} -E rename ${file}.new ${file}
    DEPENDS agent VERBATIM)
  list(APPEND generated_files ${file})
endforeach()
add_custom_target(documents DEPENDS ${generated_files})
set(if_made OPTIONAL)  # `cmake --build … --target documents` makes them; the packages do
install(FILES ${generated}/bmc-agent.1 DESTINATION ${CMAKE_INSTALL_MANDIR}/man1 ${if_made})
install(FILES ${generated}/agent.toml.5 DESTINATION ${CMAKE_INSTALL_MANDIR}/man5 ${if_made})
install(FILES ${generated}/bmc-agent.bash DESTINATION ${CMAKE_INSTALL_DATADIR}/bash-completion/completions
  RENAME bmc-agent ${if_made})
install(FILES ${generated}/_bmc-agent DESTINATION ${CMAKE_INSTALL_DATADIR}/zsh/vendor-completions ${if_made})
install(FILES ${generated}/bmc-agent.fish DESTINATION ${CMAKE_INSTALL_DATADIR}/fish/vendor_completions.d ${if_made})

install(FILES README.md DESTINATION ${CMAKE_INSTALL_DOCDIR})
install(FILES LICENSE DESTINATION ${CMAKE_INSTALL_DOCDIR} RENAME copyright)
install(FILES packaging/supabase/schema.sql DESTINATION ${CMAKE_INSTALL_DATADIR}/bmc-agent/supabase)
install(FILES packaging/policy.json DESTINATION ${CMAKE_INSTALL_DATADIR}/bmc-agent)
install(FILES packaging/agent.toml DESTINATION /etc/bmc-agent)  # the program reads it there, whatever the prefix
if(CMAKE_SYSTEM_NAME STREQUAL "Linux")
  install(DIRECTORY systemd/ DESTINATION lib/systemd/system FILES_MATCHING PATTERN "*.service" PATTERN "*.socket"
    PATTERN "*.d" EXCLUDE)
  install(FILES systemd/sysusers.d/bmc-agent.conf DESTINATION lib/sysusers.d)
  install(FILES systemd/tmpfiles.d/bmc-agent.conf DESTINATION lib/tmpfiles.d)
  install(FILES packaging/apparmor/bmc-browser DESTINATION ${CMAKE_INSTALL_DATADIR}/bmc-agent/apparmor)
else()
  install(DIRECTORY packaging/launchd DESTINATION ${CMAKE_INSTALL_DATADIR}/bmc-agent)
endif()

# Packages: cmake --build build/release --target documents package
set(CPACK_PACKAGE_NAME bmc-agent)
set(CPACK_PACKAGE_VENDOR "The agent authors")
set(CPACK_PACKAGE_CONTACT "The agent authors <agent@busymate.net>")
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "puts a browser under remote control through Busymate's Realtime channels")
set(CPACK_PACKAGE_DESCRIPTION "The agent joins the machine's private channel, hands the Chrome DevTools commands that
arrive there to a Chromium on this machine, and sends the results back.")
set(CPACK_GENERATOR DEB TGZ)
set(CPACK_STRIP_FILES ON)
set(CPACK_SET_DESTDIR ON)
set(CPACK_INSTALL_PREFIX /usr)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_SECTION net)
set(CPACK_DEBIAN_PACKAGE_PRIORITY optional)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_PACKAGE_DEPENDS "ca-certificates, init-system-helpers (>= 1.52), systemd | systemd-standalone-sysusers")
set(CPACK_DEBIAN_PACKAGE_RECOMMENDS "chromium | google-chrome-stable")
set(CPACK_DEBIAN_PACKAGE_CONTROL_STRICT_PERMISSION ON)
set(CPACK_DEBIAN_PACKAGE_CONTROL_EXTRA
  ${CMAKE_SOURCE_DIR}/packaging/debian/conffiles ${CMAKE_SOURCE_DIR}/packaging/debian/postinst
  ${CMAKE_SOURCE_DIR}/packaging/debian/prerm ${CMAKE_SOURCE_DIR}/packaging/debian/postrm)
include(CPack)
