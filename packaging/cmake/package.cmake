# What is installed where, and the Debian package: `cpack -G DEB` in the folder of a release build, or packaging/debian/build.
if(APPLE)
  return()
endif()
include(GNUInstallDirs)

install(TARGETS microvmd microvm-shim vfkit-qemu microvmctl RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
install(DIRECTORY packaging/systemd/system packaging/systemd/user DESTINATION lib/systemd)

# Where each shell looks, on Debian and elsewhere.
install(FILES packaging/completions/microvmctl.bash RENAME microvmctl DESTINATION ${CMAKE_INSTALL_DATADIR}/bash-completion/completions)
install(FILES packaging/completions/_microvmctl DESTINATION ${CMAKE_INSTALL_DATADIR}/zsh/vendor-completions)
install(FILES packaging/completions/microvmctl.fish DESTINATION ${CMAKE_INSTALL_DATADIR}/fish/vendor_completions.d)

# The manual is what the programs say of themselves.
set(manual ${PROJECT_BINARY_DIR}/manual)
add_custom_command(OUTPUT ${manual}/stamp
  COMMAND python3 ${PROJECT_SOURCE_DIR}/packaging/debian/manual.py --programs ${PROJECT_BINARY_DIR}/bin --output ${manual}
  COMMAND ${CMAKE_COMMAND} -E touch ${manual}/stamp
  DEPENDS microvmd microvm-shim vfkit-qemu microvmctl packaging/debian/manual.py)
add_custom_target(manual DEPENDS ${manual}/stamp)
install(DIRECTORY ${manual}/ DESTINATION ${CMAKE_INSTALL_MANDIR}/man1 OPTIONAL FILES_MATCHING PATTERN "*.1.gz")

set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_NAME microvm)
set(CPACK_PACKAGE_VERSION ${PROJECT_VERSION})
set(CPACK_PACKAGE_CONTACT "microvm developers <developers@microvm.dev>")
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "background service that owns Linux microVMs")
set(CPACK_PACKAGE_DESCRIPTION
"microvmd remembers the definitions of virtual machines, starts them, keeps
watching them, holds their consoles and stops them. The machines go on while
the service is restarted or upgraded.

microvmctl and a REST API on a Unix socket control it. Each user can have a
service of their own, and one of the whole system is set up by this package.")
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_STRIP_FILES ON)
set(CPACK_INSTALL_DEFAULT_DIRECTORY_PERMISSIONS
  OWNER_READ OWNER_WRITE OWNER_EXECUTE GROUP_READ GROUP_EXECUTE WORLD_READ WORLD_EXECUTE)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_RELEASE 1)
set(CPACK_DEBIAN_PACKAGE_SECTION admin)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_PACKAGE_DEPENDS "adduser, init-system-helpers (>= 1.54)")
# For shares: a package from Debian 13 on, before that a part of QEMU.
set(CPACK_DEBIAN_PACKAGE_RECOMMENDS "qemu-system-x86 | qemu-system-arm, virtiofsd | qemu-system-common (<< 1:8.0)")
# The firmware for boot.efi.
set(CPACK_DEBIAN_PACKAGE_SUGGESTS "ovmf | qemu-efi-aarch64")
set(CPACK_DEBIAN_PACKAGE_CONTROL_STRICT_PERMISSION ON)
set(CPACK_DEBIAN_PACKAGE_CONTROL_EXTRA
  ${PROJECT_SOURCE_DIR}/packaging/debian/postinst
  ${PROJECT_SOURCE_DIR}/packaging/debian/prerm
  ${PROJECT_SOURCE_DIR}/packaging/debian/postrm)

# Debian's own papers: a changelog in its form, compressed, and the licence as it wants it.
string(TIMESTAMP package_date "%a, %d %b %Y %H:%M:%S +0000" UTC)
configure_file(packaging/debian/changelog.in ${PROJECT_BINARY_DIR}/debian/changelog.Debian)
configure_file(packaging/debian/copyright ${PROJECT_BINARY_DIR}/debian/copyright COPYONLY)
find_program(gzip gzip)
if(gzip)
  execute_process(COMMAND ${gzip} -9nf changelog.Debian WORKING_DIRECTORY ${PROJECT_BINARY_DIR}/debian)
  install(FILES ${PROJECT_BINARY_DIR}/debian/changelog.Debian.gz ${PROJECT_BINARY_DIR}/debian/copyright
    DESTINATION ${CMAKE_INSTALL_DATADIR}/doc/microvm)
endif()
include(CPack)
