# SPDX-License-Identifier: BSL-1.0
# Install rules and the package that find_package(etape CONFIG) reads.
include(GNUInstallDirs)
include(CMakePackageConfigHelpers)

set(etape_package_dir "${CMAKE_INSTALL_LIBDIR}/cmake/etape")

install(DIRECTORY "${PROJECT_SOURCE_DIR}/include/etape" DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}"
    FILES_MATCHING PATTERN "*.hpp")
install(TARGETS etape EXPORT etape-targets
    ARCHIVE DESTINATION "${CMAKE_INSTALL_LIBDIR}"
    INCLUDES DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}")
install(EXPORT etape-targets NAMESPACE etape:: DESTINATION "${etape_package_dir}")

configure_package_config_file("${PROJECT_SOURCE_DIR}/cmake/etape-config.cmake.in"
    "${PROJECT_BINARY_DIR}/etape-config.cmake" INSTALL_DESTINATION "${etape_package_dir}"
    NO_SET_AND_CHECK_MACRO)
# Before 1.0 a minor version may change the interface.
write_basic_package_version_file("${PROJECT_BINARY_DIR}/etape-config-version.cmake"
    VERSION ${PROJECT_VERSION} COMPATIBILITY SameMinorVersion)
install(FILES
    "${PROJECT_BINARY_DIR}/etape-config.cmake"
    "${PROJECT_BINARY_DIR}/etape-config-version.cmake"
    "${PROJECT_SOURCE_DIR}/cmake/etape-dependencies.cmake"
    DESTINATION "${etape_package_dir}")
install(FILES "${PROJECT_SOURCE_DIR}/LICENSE" DESTINATION "${CMAKE_INSTALL_DOCDIR}")
