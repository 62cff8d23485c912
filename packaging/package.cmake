# The packages: cmake --build build/release --target package
#
# The .deb is made for the release that it was built on: it depends on that release's libraries. The .tar.gz and the .rpm
# hold agent_portable (portable.cmake) and are for every distribution. Two builds of one version give the same bytes: files
# bear the time SOURCE_DATE_EPOCH, by default that of the change log's entry.
set(bmc_release_suffix)
if(EXISTS /etc/os-release)
  file(STRINGS /etc/os-release os_release REGEX "^(ID|VERSION_ID)=")
  if(os_release MATCHES "(^|;)ID=\"?(debian|ubuntu)" AND os_release MATCHES "VERSION_ID=\"?([0-9.]+)")
    set(number ${CMAKE_MATCH_1})
    string(REGEX MATCH "ID=\"?(debian|ubuntu)" name "${os_release}")
    set(bmc_release_suffix +deb${number})
    if(name MATCHES ubuntu)
      set(bmc_release_suffix +ubuntu${number})
    endif()
  endif()
endif()

set(CPACK_PACKAGE_NAME bmc-agent)
set(CPACK_PACKAGE_VENDOR "The agent authors")
set(CPACK_PACKAGE_CONTACT "The agent authors <agent@busymate.net>")
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "puts a browser under remote control through Busymate's Realtime channels")
set(CPACK_PACKAGE_DESCRIPTION "The agent joins the machine's private channel, hands the Chrome DevTools
commands that arrive there to a Chromium on this machine, and sends the
results back. An unpaired agent stands at its gate and starts no browser.")
string(TOLOWER ${CMAKE_SYSTEM_NAME} system)
set(CPACK_PACKAGE_FILE_NAME bmc-agent-${bmc_version}-${system}-${CMAKE_SYSTEM_PROCESSOR})
set(CPACK_GENERATOR DEB)
if(BMC_PORTABLE)
  list(APPEND CPACK_GENERATOR TGZ)
  find_program(RPMBUILD_PROGRAM rpmbuild)
  if(RPMBUILD_PROGRAM AND BMC_PYTHON)
    list(APPEND CPACK_GENERATOR RPM)
  endif()
endif()
set(CPACK_STRIP_FILES ON)
set(CPACK_SET_DESTDIR ON)
set(CPACK_PACKAGE_RELOCATABLE OFF)
set(CPACK_INSTALL_PREFIX /usr)
set(CPACK_PROJECT_CONFIG_FILE ${CMAKE_SOURCE_DIR}/packaging/package_each.cmake)
set(CPACK_PRE_BUILD_SCRIPTS ${CMAKE_SOURCE_DIR}/packaging/package_content.cmake)
set(CPACK_POST_BUILD_SCRIPTS ${CMAKE_SOURCE_DIR}/packaging/package_sorted.cmake)
set(CPACK_BMC_EPOCH ${bmc_released_epoch})
set(CPACK_BMC_GENERATED ${generated})
set(CPACK_BMC_STRIP ${CMAKE_STRIP})
set(CPACK_BMC_PORTABLE)
if(BMC_PORTABLE)
  set(CPACK_BMC_PORTABLE ${CMAKE_BINARY_DIR}/agent_portable)
  # `package` builds what `all` does.
  add_custom_target(portable ALL DEPENDS agent_portable)
endif()

set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
# Each release has a package, whose version names it: of two for one version the later release's is the newer one.
set(CPACK_DEBIAN_PACKAGE_VERSION ${bmc_version}${bmc_release_suffix})
set(CPACK_DEBIAN_PACKAGE_SECTION net)
set(CPACK_DEBIAN_PACKAGE_PRIORITY optional)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
# libsystemd is loaded and not linked, so dpkg-shlibdeps does not see it; without it a unit would never count as started.
set(CPACK_DEBIAN_PACKAGE_DEPENDS
  "ca-certificates, init-system-helpers (>= 1.52), libsystemd0, systemd | systemd-standalone-sysusers")
set(CPACK_DEBIAN_PACKAGE_RECOMMENDS "chromium | google-chrome-stable")
set(CPACK_DEBIAN_PACKAGE_CONTROL_STRICT_PERMISSION ON)
set(CPACK_DEBIAN_PACKAGE_CONTROL_EXTRA
  ${CMAKE_SOURCE_DIR}/packaging/debian/conffiles ${CMAKE_SOURCE_DIR}/packaging/debian/preinst
  ${CMAKE_SOURCE_DIR}/packaging/debian/postinst
  ${CMAKE_SOURCE_DIR}/packaging/debian/prerm ${CMAKE_SOURCE_DIR}/packaging/debian/postrm)

set(CPACK_RPM_FILE_NAME RPM-DEFAULT)
set(CPACK_RPM_PACKAGE_LICENSE MIT)
set(CPACK_RPM_PACKAGE_GROUP Applications/Internet)
set(CPACK_RPM_PACKAGE_URL https://busymate.net)
set(CPACK_RPM_PACKAGE_REQUIRES "ca-certificates, systemd")
set(CPACK_RPM_POST_INSTALL_SCRIPT_FILE ${CMAKE_SOURCE_DIR}/packaging/rpm/post)
set(CPACK_RPM_PRE_UNINSTALL_SCRIPT_FILE ${CMAKE_SOURCE_DIR}/packaging/rpm/preun)
set(CPACK_RPM_POST_UNINSTALL_SCRIPT_FILE ${CMAKE_SOURCE_DIR}/packaging/rpm/postun)
set(CPACK_RPM_CHANGELOG_FILE ${generated}/rpm_changelog)
set(CPACK_RPM_USER_FILELIST "%config(noreplace) /etc/bmc-agent/agent.toml")
# The system's folders are not ours.
set(CPACK_RPM_EXCLUDE_FROM_AUTO_FILELIST_ADDITION /usr/lib/systemd /usr/lib/systemd/system /usr/lib/sysusers.d
  /usr/lib/tmpfiles.d /usr/share/bash-completion /usr/share/bash-completion/completions /usr/share/fish
  /usr/share/fish/vendor_completions.d /usr/share/man /usr/share/man/man1 /usr/share/man/man5 /usr/share/zsh /usr/share/zsh/site-functions)
# A browser, for which CPack has no word; then what would be of the machine and the moment that built it. The program comes
# stripped.
set(CPACK_RPM_SPEC_MORE_DEFINE "Recommends: (chromium or google-chrome-stable)
%define _buildhost localhost
%define use_source_date_epoch_as_buildtime 1
%define clamp_mtime_to_source_date_epoch 1
%define build_mtime_policy clamp_to_source_date_epoch
%define debug_package %{nil}
%define __os_install_post %{nil}
%define _build_id_links none")
include(CPack)
