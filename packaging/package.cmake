# The packages: cmake --build build/release --target package
set(CPACK_PACKAGE_NAME bmc-agent)
set(CPACK_PACKAGE_VENDOR "The agent authors")
set(CPACK_PACKAGE_CONTACT "The agent authors <agent@busymate.net>")
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "puts a browser under remote control through Busymate's Realtime channels")
set(CPACK_PACKAGE_DESCRIPTION "The agent joins the machine's private channel, hands the Chrome DevTools
commands that arrive there to a Chromium on this machine, and sends the
results back. An unpaired agent stands at its gate and starts no browser.")
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
  ${CMAKE_SOURCE_DIR}/packaging/debian/conffiles ${CMAKE_SOURCE_DIR}/packaging/debian/preinst
  ${CMAKE_SOURCE_DIR}/packaging/debian/postinst
  ${CMAKE_SOURCE_DIR}/packaging/debian/prerm ${CMAKE_SOURCE_DIR}/packaging/debian/postrm)
include(CPack)
