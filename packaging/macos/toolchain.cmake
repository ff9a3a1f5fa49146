# Zig as a C++ compiler for macOS, on any system that it runs on. packaging/macos/build says which (MICROVM_ZIG), for which processor
# (MICROVM_MACOS_ARCH), and where the script that calls it, the headers and the sources of libraries are (MICROVM_MACOS).
set(CMAKE_TRY_COMPILE_PLATFORM_VARIABLES MICROVM_ZIG MICROVM_MACOS_ARCH MICROVM_MACOS)

set(CMAKE_SYSTEM_NAME Darwin)
set(CMAKE_SYSTEM_PROCESSOR ${MICROVM_MACOS_ARCH})
set(CMAKE_CXX_COMPILER ${MICROVM_MACOS}/${MICROVM_MACOS_ARCH}-c++)
# What CMake asks a compiler first it asks with a linker flag that Zig does not know.
set(CMAKE_CXX_ABI_COMPILED TRUE)
set(CMAKE_CXX_COMPILER_WORKS TRUE)
set(CMAKE_SIZEOF_VOID_P 8)

# No folder of the building machine is left in the programs, nor anything else that only a debugger reads.
set(CMAKE_CXX_FLAGS_INIT "-ffile-prefix-map=${MICROVM_MACOS}=libraries -ffile-prefix-map=${CMAKE_SOURCE_DIR}=.")
# Room behind the load commands for that of a signature: packaging/macos/sign.py.
set(CMAKE_EXE_LINKER_FLAGS_INIT "-s -Wl,-dead_strip -Wl,-headerpad,0x100")

# Zig's archiver writes the table of symbols that its own linker reads.
set(CMAKE_CXX_ARCHIVE_CREATE "${MICROVM_ZIG} ar qc <TARGET> <OBJECTS>")
set(CMAKE_CXX_ARCHIVE_APPEND "${MICROVM_ZIG} ar q <TARGET> <OBJECTS>")
set(CMAKE_CXX_ARCHIVE_FINISH "${MICROVM_ZIG} ranlib <TARGET>")
set(CMAKE_INSTALL_NAME_TOOL none)

# Zig has the system's headers and libraries inside; nothing of the building machine may be found instead.
set(CMAKE_FIND_ROOT_PATH ${MICROVM_MACOS}/none)
set(CMAKE_FIND_ROOT_PATH_MODE_PROGRAM NEVER)
set(CMAKE_FIND_ROOT_PATH_MODE_LIBRARY ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_INCLUDE ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_PACKAGE ONLY)
