# Read by CPack before each package.
if(NOT DEFINED ENV{SOURCE_DATE_EPOCH})
  set(ENV{SOURCE_DATE_EPOCH} ${CPACK_BMC_EPOCH})
endif()
if(CPACK_GENERATOR MATCHES "TGZ|RPM" AND NOT CPACK_BMC_PORTABLE)
  message(FATAL_ERROR "A .tar.gz or .rpm would hold a program that runs on this release alone: run packaging/static_sources, configure and build")
endif()
