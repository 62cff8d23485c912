# Two programs of the same objects. `agent` links what the release has, as its packages do: the .deb holds it.
# `agent_portable` runs on any distribution with a glibc as old as the one it was built with: the .tar.gz and the .rpm hold it.
# What not every distribution has is linked in (simdjson, fmt, toml++, qrcodegen, libstdc++); libcurl and OpenSSL are not.
#
# Debian has simdjson, fmt and toml++ as shared libraries alone. The headers of toml++ hold all of it; the sources of the
# others are fetched by packaging/static_sources into build/sources, in the versions whose headers are installed.
set(BMC_STATIC_SOURCES ${CMAKE_SOURCE_DIR}/build/sources CACHE PATH "Sources of the libraries that agent_portable links in")

find_library(QRCODEGENCPP_ARCHIVE libqrcodegencpp.a)
set(simdjson_source ${BMC_STATIC_SOURCES}/simdjson/singleheader/simdjson.cpp)
set(fmt_source ${BMC_STATIC_SOURCES}/fmtlib/src/format.cc)
# Looked for at each build: they may be fetched after the first one.
file(GLOB fetched_sources CONFIGURE_DEPENDS ${simdjson_source} ${fmt_source})
list(LENGTH fetched_sources fetched_count)
set(BMC_PORTABLE OFF)
if(CMAKE_SYSTEM_NAME STREQUAL "Linux" AND CMAKE_BUILD_TYPE STREQUAL "Release" AND QRCODEGENCPP_ARCHIVE
    AND fetched_count EQUAL 2)
  set(BMC_PORTABLE ON)
endif()

# A library of others, as a room names it: what `agent` links, and what agent_portable does.
function(bmc_library name shared portable)
  add_library(bmc_${name} INTERFACE)
  if(BMC_PORTABLE)
    target_link_libraries(bmc_${name} INTERFACE $<IF:$<BOOL:$<TARGET_PROPERTY:BMC_LINKS_PORTABLY>>,${portable},${shared}>)
  else()
    target_link_libraries(bmc_${name} INTERFACE ${shared})
  endif()
endfunction()

bmc_library(simdjson PkgConfig::SIMDJSON bmc_static_simdjson)
bmc_library(fmt fmt::fmt bmc_static_fmt)
bmc_library(tomlplusplus PkgConfig::TOMLPLUSPLUS bmc_static_tomlplusplus)
bmc_library(qrcodegen ${QRCODEGENCPP_LIBRARY} ${QRCODEGENCPP_ARCHIVE})
bmc_library(curl CURL::libcurl bmc_plain_curl)

# bmc_static_library NAME SOURCE: its sources, compiled against the headers that are installed.
function(bmc_static_library name source)
  add_library(bmc_static_${name} STATIC EXCLUDE_FROM_ALL ${source})
  set_target_properties(bmc_static_${name} PROPERTIES POSITION_INDEPENDENT_CODE ON UNITY_BUILD OFF)
  target_compile_options(bmc_static_${name} PRIVATE -w -ffile-prefix-map=${BMC_STATIC_SOURCES}/=)
  target_compile_definitions(bmc_static_${name} PRIVATE ${ARGN})
endfunction()

# libcurl without the names of versions that Debian gives its functions: where a distribution gives others or none, the
# dynamic linker would complain at each start. Linked against and never loaded.
function(bmc_make_plain_curl)
  get_target_property(library CURL::libcurl IMPORTED_LOCATION)
  if(NOT library)
    set(library ${CURL_LIBRARY_RELEASE})
  endif()
  execute_process(COMMAND ${CMAKE_NM} -D --defined-only ${library} OUTPUT_VARIABLE symbols COMMAND_ERROR_IS_FATAL ANY)
  string(REGEX MATCHALL "curl_[a-z0-9_]+" names "${symbols}")
  list(REMOVE_DUPLICATES names)
  list(TRANSFORM names REPLACE "(.+)" "extern \"C\" void \\1() {}\n" OUTPUT_VARIABLE lines)
  list(JOIN lines "" text)
  file(CONFIGURE OUTPUT ${CMAKE_BINARY_DIR}/generated/plain_curl.cpp CONTENT "${text}" @ONLY)
  add_library(bmc_plain_curl SHARED EXCLUDE_FROM_ALL ${CMAKE_BINARY_DIR}/generated/plain_curl.cpp)
  set_target_properties(bmc_plain_curl PROPERTIES OUTPUT_NAME curl SOVERSION 4 UNITY_BUILD OFF
    LIBRARY_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/generated/plain_curl)
  target_link_options(bmc_plain_curl PRIVATE -nostdlib)
endfunction()

if(BMC_PORTABLE)
  bmc_static_library(simdjson ${simdjson_source} SIMDJSON_THREADS_ENABLED=1)
  bmc_static_library(fmt ${fmt_source})
  file(CONFIGURE OUTPUT ${CMAKE_BINARY_DIR}/generated/toml.cpp CONTENT "#include <toml++/toml.h>\n")
  bmc_static_library(tomlplusplus ${CMAKE_BINARY_DIR}/generated/toml.cpp TOML_HEADER_ONLY=0 TOML_IMPLEMENTATION)
  bmc_make_plain_curl()
endif()

# The program itself, of the objects of `agent`; call it when there are rooms.
function(bmc_portable_program)
  if(NOT BMC_PORTABLE)
    message(STATUS "There is no agent_portable, .tar.gz or .rpm: for them run packaging/static_sources, and build a release")
    return()
  endif()
  add_executable(agent_portable EXCLUDE_FROM_ALL $<TARGET_OBJECTS:agent>)
  set_target_properties(agent_portable PROPERTIES BMC_LINKS_PORTABLY ON LINKER_LANGUAGE CXX BUILD_WITH_INSTALL_RPATH ON)
  target_link_libraries(agent_portable PRIVATE bmc_cli bmc_pch)
  target_link_options(agent_portable PRIVATE -static-libstdc++ -static-libgcc)
endfunction()
