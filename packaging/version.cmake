# The version and its day come from one place, the first entry of packaging/debian/changelog: bmc_version,
# bmc_released (2026-11-02) and bmc_released_epoch (seconds since 1970: SOURCE_DATE_EPOCH where nobody sets it).
set(bmc_changelog ${CMAKE_CURRENT_LIST_DIR}/debian/changelog)

# Days since 1970, of a year that begins in March, so that the leap day is its last.
function(bmc_days_since_1970 result year month day)
  math(EXPR year "${year} - (14 - ${month}) / 12")
  math(EXPR months "(${month} + 9) % 12")
  math(EXPR days
    "365 * ${year} + ${year} / 4 - ${year} / 100 + ${year} / 400 + (153 * ${months} + 2) / 5 + ${day} - 719469")
  set(${result} ${days} PARENT_SCOPE)
endfunction()

function(bmc_read_changelog)
  file(STRINGS ${bmc_changelog} head LIMIT_COUNT 1)
  if(NOT head MATCHES "^bmc-agent \\(([0-9]+\\.[0-9]+\\.[0-9]+)\\) ")
    message(FATAL_ERROR "${bmc_changelog} does not begin with a line like: bmc-agent (1.2.3) unstable; urgency=medium")
  endif()
  set(bmc_version ${CMAKE_MATCH_1} PARENT_SCOPE)
  file(STRINGS ${bmc_changelog} signed LIMIT_COUNT 1 REGEX "^ -- .*>  ")
  set(number "0?([0-9]+)") # a 0 in front would make an octal number of it
  if(NOT signed MATCHES ">  [A-Z][a-z]+, ${number} ([A-Z][a-z]+) ([0-9]+) ${number}:${number}:${number} \\+0000$")
    message(FATAL_ERROR "${bmc_changelog}: the first entry does not end with a time like Mon, 02 Nov 2026 12:00:00 +0000")
  endif()
  set(day ${CMAKE_MATCH_1})
  set(year ${CMAKE_MATCH_3})
  math(EXPR seconds "(${CMAKE_MATCH_4} * 60 + ${CMAKE_MATCH_5}) * 60 + ${CMAKE_MATCH_6}")
  set(months Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec)
  list(FIND months ${CMAKE_MATCH_2} month)
  math(EXPR month "${month} + 1")
  bmc_days_since_1970(days ${year} ${month} ${day})
  math(EXPR epoch "${days} * 86400 + ${seconds}")
  set(bmc_released_epoch ${epoch} PARENT_SCOPE)
  string(REGEX REPLACE "-([0-9])(-|$)" "-0\\1\\2" released "${year}-${month}-${day}")
  string(REGEX REPLACE "-([0-9])$" "-0\\1" released "${released}")
  set(bmc_released ${released} PARENT_SCOPE)
endfunction()

bmc_read_changelog()
