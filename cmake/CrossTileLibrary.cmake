# crosstile_library(NAME [DEPENDS targets...]): one library a folder, from every .cpp in it.
# The target is crosstile_NAME, its alias (and its name when installed) crosstile::NAME.
function(crosstile_library name)
  cmake_parse_arguments(ARG "" "" "DEPENDS;PRIVATE" ${ARGN})
  file(GLOB sources CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/*.cpp)
  set(target crosstile_${name})
  if(NOT sources)  # headers only
    add_library(${target} INTERFACE)
    add_library(crosstile::${name} ALIAS ${target})
    target_include_directories(${target} INTERFACE
      $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}> $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}/crosstile>)
    target_link_libraries(${target} INTERFACE ${ARG_DEPENDS})
    set_target_properties(${target} PROPERTIES EXPORT_NAME ${name})
    set_property(GLOBAL APPEND PROPERTY CROSSTILE_LIBRARIES ${target})
    return()
  endif()
  add_library(${target} STATIC ${sources})
  add_library(crosstile::${name} ALIAS ${target})
  target_compile_features(${target} PUBLIC cxx_std_17)
  # Values must not depend on the optimisation level: no contraction of a*b+c behind our back.
  target_compile_options(${target} PUBLIC -ffp-contract=off)
  target_compile_options(${target} PRIVATE -Wall -Wextra -Wshadow -Wnon-virtual-dtor -Woverloaded-virtual)
  target_include_directories(${target} PUBLIC
    $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}>
    $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}/crosstile>)
  target_link_libraries(${target} PUBLIC ${ARG_DEPENDS} PRIVATE ${ARG_PRIVATE})
  set_target_properties(${target} PROPERTIES EXPORT_NAME ${name})
  set_property(GLOBAL APPEND PROPERTY CROSSTILE_LIBRARIES ${target})
endfunction()

# crosstile_presets(TARGET FOLDER): the TOML files of a folder travel inside a library, as a table of name and text that
# the caller's presets.cpp.in takes in as @entries@.
function(crosstile_presets target folder)
  file(GLOB presets CONFIGURE_DEPENDS ${folder}/*.toml)
  list(SORT presets)
  set(entries "")
  foreach(preset IN LISTS presets)
    get_filename_component(name ${preset} NAME_WE)
    file(READ ${preset} text)
    string(APPEND entries "    {\"${name}\", R\"PRESET(${text})PRESET\"},\n")
  endforeach()
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${presets})
  configure_file(presets.cpp.in ${CMAKE_CURRENT_BINARY_DIR}/presets.cpp @ONLY)
  target_sources(${target} PRIVATE ${CMAKE_CURRENT_BINARY_DIR}/presets.cpp)
endfunction()
