# Install: headers under include/crosstile (same paths as in the source), libraries, the program, presets and zoo,
# and a package so that find_package(CrossTile) works from another project.
include(CMakePackageConfigHelpers)
get_property(libraries GLOBAL PROPERTY CROSSTILE_LIBRARIES)
install(TARGETS ${libraries} EXPORT CrossTileTargets
        ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR} LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR})
install(EXPORT CrossTileTargets NAMESPACE crosstile:: DESTINATION ${CMAKE_INSTALL_LIBDIR}/cmake/CrossTile)
install(DIRECTORY models workloads platform DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/crosstile
        FILES_MATCHING PATTERN "*.h" PATTERN platform/app EXCLUDE PATTERN workloads/zoo EXCLUDE)
install(DIRECTORY platform/hardware/presets DESTINATION ${CMAKE_INSTALL_DATADIR}/crosstile)
install(DIRECTORY workloads/zoo DESTINATION ${CMAKE_INSTALL_DATADIR}/crosstile FILES_MATCHING
        PATTERN "*.onnx" PATTERN "*.bin" PATTERN "*.toml")
if(TARGET crosstile)
  install(TARGETS crosstile RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
endif()
configure_package_config_file(${CMAKE_CURRENT_LIST_DIR}/CrossTileConfig.cmake.in
  ${PROJECT_BINARY_DIR}/CrossTileConfig.cmake INSTALL_DESTINATION ${CMAKE_INSTALL_LIBDIR}/cmake/CrossTile)
write_basic_package_version_file(${PROJECT_BINARY_DIR}/CrossTileConfigVersion.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${PROJECT_BINARY_DIR}/CrossTileConfig.cmake ${PROJECT_BINARY_DIR}/CrossTileConfigVersion.cmake
              ${CMAKE_CURRENT_LIST_DIR}/FindSystemC.cmake
        DESTINATION ${CMAKE_INSTALL_LIBDIR}/cmake/CrossTile)
