# crosstile_verilate(LIBRARY SOURCE PREFIX [REPLACE FROM TO]): a library of the C++ that Verilator makes of a module.
# With REPLACE, of a copy of it in which FROM, which must occur, is replaced: a seeded bug.
include_guard(GLOBAL)
# What all verilated modules share.
set(runtime ${CROSSTILE_VERILATOR_ROOT}/include)
add_library(crosstile_verilated STATIC ${runtime}/verilated.cpp ${runtime}/verilated_threads.cpp
            ${runtime}/verilated_vcd_c.cpp ${runtime}/verilated_save.cpp)
target_include_directories(crosstile_verilated SYSTEM PUBLIC $<BUILD_INTERFACE:${runtime}>
                           $<BUILD_INTERFACE:${runtime}/vltstd>)
target_compile_options(crosstile_verilated PRIVATE -w)
target_compile_definitions(crosstile_verilated PUBLIC VM_COVERAGE=0 VM_SC=0 VM_TRACE=1 VM_TRACE_VCD=1 VM_TRACE_FST=0)
target_link_libraries(crosstile_verilated PUBLIC Threads::Threads)

function(crosstile_verilate library source prefix)
  cmake_parse_arguments(ARG "" "" "REPLACE" ${ARGN})
  set(folder ${CMAKE_CURRENT_BINARY_DIR}/${prefix})
  set(lint -Wall)
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${source})
  if(ARG_REPLACE)
    list(GET ARG_REPLACE 0 from)
    list(GET ARG_REPLACE 1 to)
    file(READ ${source} text)
    string(FIND "${text}" "${from}" at)
    if(at EQUAL -1)
      message(FATAL_ERROR "${source}: no \"${from}\" to seed a bug in")
    endif()
    string(REPLACE "${from}" "${to}" text "${text}")
    get_filename_component(name ${source} NAME)
    file(CONFIGURE OUTPUT ${folder}_source/${name} CONTENT "${text}" @ONLY)
    set(source ${folder}_source/${name})
    set(lint -Wno-lint)  # a bug need not be clean
  endif()
  if(NOT EXISTS ${folder}/${prefix}.cpp OR ${source} IS_NEWER_THAN ${folder}/${prefix}.cpp)
    execute_process(
      COMMAND ${VERILATOR_EXECUTABLE} --cc ${lint} -O3 --x-assign fast --x-initial fast --noassert --trace --savable
              --unroll-count 1024 --unroll-stmts 1000000 --prefix ${prefix} --Mdir ${folder} ${source}
      RESULT_VARIABLE failed ERROR_VARIABLE message)
    if(failed)
      message(FATAL_ERROR "${source}: Verilator says\n${message}")
    endif()
  endif()
  file(GLOB sources ${folder}/*.cpp)
  add_library(${library} STATIC ${sources})
  target_include_directories(${library} SYSTEM PUBLIC $<BUILD_INTERFACE:${folder}>)
  target_compile_options(${library} PRIVATE -w)
  target_link_libraries(${library} PUBLIC crosstile_verilated)
endfunction()
