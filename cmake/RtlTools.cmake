# Finds what co-simulation with RTL is tested with, and says what is left out where it is absent:
#   CROSSTILE_VERILATOR  Verilator 5.006 or newer (with --timing) is there: VERILATOR_EXECUTABLE,
#                        CROSSTILE_VERILATOR_ROOT (where its run-time library lies)
#   CROSSTILE_ICARUS     Icarus Verilog 11 or newer is there, with vpi_user.h: IVERILOG_EXECUTABLE, VVP_EXECUTABLE,
#                        VPI_INCLUDE_DIR
# Both are Debian packages (scripts/packages.txt).
include_guard(GLOBAL)
find_program(VERILATOR_EXECUTABLE verilator HINTS $ENV{VERILATOR_ROOT}/bin)
find_program(IVERILOG_EXECUTABLE iverilog)
find_program(VVP_EXECUTABLE vvp)
find_path(VPI_INCLUDE_DIR vpi_user.h PATH_SUFFIXES iverilog)
mark_as_advanced(VERILATOR_EXECUTABLE IVERILOG_EXECUTABLE VVP_EXECUTABLE VPI_INCLUDE_DIR)

# crosstile_tool_version(RESULT PATTERN COMMAND...): the version that a tool prints, or empty.
function(crosstile_tool_version result pattern)
  execute_process(COMMAND ${ARGN} OUTPUT_VARIABLE text ERROR_QUIET)
  set(${result} "" PARENT_SCOPE)
  if(text MATCHES "${pattern}")
    set(${result} "${CMAKE_MATCH_1}" PARENT_SCOPE)
  endif()
endfunction()

set(CROSSTILE_VERILATOR OFF)
if(VERILATOR_EXECUTABLE)
  crosstile_tool_version(version "Verilator ([0-9.]+)" ${VERILATOR_EXECUTABLE} --version)
  crosstile_tool_version(CROSSTILE_VERILATOR_ROOT "([^\n]+)" ${VERILATOR_EXECUTABLE} --getenv VERILATOR_ROOT)
  if(version VERSION_GREATER_EQUAL 5.006)
    set(CROSSTILE_VERILATOR ON)
  endif()
endif()
if(NOT CROSSTILE_VERILATOR)
  message(STATUS "Verilator 5.006 not found: RTL inside of the machine, testbenches and their tests are left out (scripts/setup all)")
endif()

set(CROSSTILE_ICARUS OFF)
if(IVERILOG_EXECUTABLE AND VVP_EXECUTABLE AND VPI_INCLUDE_DIR)
  crosstile_tool_version(version "version ([0-9.]+)" ${IVERILOG_EXECUTABLE} -V)
  if(version VERSION_GREATER_EQUAL 11)
    set(CROSSTILE_ICARUS ON)
  endif()
endif()
if(NOT CROSSTILE_ICARUS)
  message(STATUS "Icarus Verilog 11 not found: the VPI module and its tests are left out (scripts/setup all)")
endif()
