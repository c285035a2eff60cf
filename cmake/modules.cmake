# One static library a folder, linked against the folders below it (docs/overview.md, "Layers").
find_package(PkgConfig REQUIRED)
pkg_check_modules(YAML REQUIRED IMPORTED_TARGET yaml-0.1)
pkg_check_modules(MD REQUIRED IMPORTED_TARGET libmd)
pkg_check_modules(ASSIMP REQUIRED IMPORTED_TARGET assimp)
pkg_check_modules(APRILTAG REQUIRED IMPORTED_TARGET apriltag)
pkg_check_modules(CMINPACK REQUIRED IMPORTED_TARGET cminpack)
pkg_check_modules(SQLITE REQUIRED IMPORTED_TARGET sqlite3)
pkg_check_modules(JANSSON REQUIRED IMPORTED_TARGET jansson)
pkg_check_modules(CAIRO REQUIRED IMPORTED_TARGET cairo pangocairo)
pkg_check_modules(SECCOMP REQUIRED IMPORTED_TARGET libseccomp)
pkg_check_modules(GPIOD REQUIRED IMPORTED_TARGET libgpiod)
pkg_check_modules(ZLIB REQUIRED IMPORTED_TARGET zlib)
pkg_check_modules(SERIALPORT REQUIRED IMPORTED_TARGET libserialport)
pkg_check_modules(ARAVIS REQUIRED IMPORTED_TARGET aravis-0.8)
pkg_check_modules(WEBSOCKETS REQUIRED IMPORTED_TARGET libwebsockets)
pkg_check_modules(ARGON2 REQUIRED IMPORTED_TARGET libargon2)
find_package(Threads REQUIRED)

# Debian's small OpenCV packages carry neither OpenCVConfig.cmake nor opencv4.pc.
find_path(OPENCV_INCLUDE opencv2/core.hpp PATH_SUFFIXES opencv4 REQUIRED)
add_library(smprig_opencv INTERFACE)
target_include_directories(smprig_opencv SYSTEM INTERFACE ${OPENCV_INCLUDE})
foreach(part core imgproc calib3d video videoio imgcodecs)
    find_library(OPENCV_${part} opencv_${part} REQUIRED)
    target_link_libraries(smprig_opencv INTERFACE ${OPENCV_${part}})
endforeach()

# smprig_module(folder [libraries...]): all C and C++ sources of the folder but the programs' mains.
function(smprig_module folder)
    file(GLOB sources CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/${folder}/*.c ${CMAKE_SOURCE_DIR}/${folder}/*.cpp)
    list(FILTER sources EXCLUDE REGEX "/main_[a-z_]+\\.c$")
    string(REPLACE "/" "_" name ${folder})
    if(NOT sources)
        add_library(smprig_${name} INTERFACE)
        return()
    endif()
    add_library(smprig_${name} STATIC ${sources})
    add_dependencies(smprig_${name} smprig_version)
    target_link_libraries(smprig_${name} PRIVATE smprig_warnings PUBLIC ${ARGN} m)
    set_property(GLOBAL APPEND PROPERTY SMPRIG_MODULES smprig_${name})
endfunction()

# smprig_program(name folder [libraries...]): folder/main_<name>.c, dashes as underscores.
function(smprig_program name folder)
    string(REPLACE "-" "_" file ${name})
    if(NOT EXISTS ${CMAKE_SOURCE_DIR}/${folder}/main_${file}.c)
        return()
    endif()
    add_executable(${name} ${folder}/main_${file}.c)
    add_dependencies(${name} smprig_version)
    target_link_libraries(${name} PRIVATE smprig_warnings ${ARGN})
    set_target_properties(${name} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/bin)
endfunction()

# Loops over pixels: -O2 of this compiler does not vectorise them.
set_source_files_properties(sim/render.c sim/render_raster.c vision/edge_measure.c vision/edge_view.c
    vision/tracker_look.c vision/calibration/registration.c base/field_view.c
    vision/frame_check.c PROPERTIES COMPILE_OPTIONS "$<$<CONFIG:Release>:-O3>")

# The tour search lives on its cost function, whose small loops -O2 leaves as they are.
set_source_files_properties(motion/tour_search.c motion/tour_space.c PROPERTIES
    COMPILE_OPTIONS "$<$<CONFIG:Release>:-O3>")

smprig_module(base PkgConfig::YAML PkgConfig::MD)
smprig_module(safety smprig_base)
smprig_module(plan smprig_base PkgConfig::ASSIMP PkgConfig::CAIRO)
smprig_module(vision smprig_base smprig_opencv PkgConfig::APRILTAG apriltag-utils PkgConfig::CMINPACK
    PkgConfig::ARAVIS PkgConfig::CAIRO Threads::Threads)
smprig_module(vision/calibration smprig_vision smprig_base)
smprig_module(vision/closeup smprig_vision smprig_base)
smprig_module(vision/surface smprig_vision_calibration smprig_vision smprig_base)
smprig_module(motion smprig_plan smprig_base)
smprig_module(controller/link smprig_safety smprig_motion smprig_base PkgConfig::SERIALPORT)
smprig_module(controller/settings smprig_base)
smprig_module(controller/record smprig_base)
smprig_module(controller/guard smprig_controller_settings smprig_controller_record smprig_controller_link smprig_safety smprig_motion smprig_base
    PkgConfig::SECCOMP PkgConfig::GPIOD)
smprig_module(controller/journal smprig_plan smprig_base PkgConfig::SQLITE PkgConfig::JANSSON)
smprig_module(controller/daemon smprig_controller_settings smprig_controller_record smprig_controller_journal smprig_safety smprig_vision_calibration smprig_vision_closeup smprig_vision smprig_motion smprig_plan
    smprig_base PkgConfig::JANSSON Threads::Threads)
smprig_module(console smprig_controller_daemon smprig_controller_settings smprig_base PkgConfig::WEBSOCKETS PkgConfig::ARGON2
    PkgConfig::JANSSON Threads::Threads)
smprig_module(sim smprig_controller_record smprig_controller_daemon smprig_controller_guard smprig_controller_journal smprig_controller_link
    smprig_safety smprig_vision smprig_motion smprig_plan smprig_base Threads::Threads)
smprig_module(cli/report smprig_controller_journal smprig_plan smprig_base PkgConfig::JANSSON
    PkgConfig::CAIRO)
smprig_module(cli/calibrate smprig_sim smprig_vision_calibration smprig_vision smprig_motion smprig_plan smprig_base
    PkgConfig::JANSSON PkgConfig::CAIRO)
smprig_module(cli smprig_cli_report smprig_cli_calibrate smprig_vision_closeup smprig_vision_surface smprig_sim smprig_controller_daemon smprig_controller_guard
    smprig_controller_journal smprig_controller_link smprig_vision smprig_motion smprig_plan smprig_base
    PkgConfig::JANSSON PkgConfig::CAIRO PkgConfig::ZLIB)

smprig_program(smprigd controller/daemon smprig_controller_daemon)
smprig_program(smprig-guard controller/guard smprig_controller_guard)
smprig_program(smprig-console console smprig_console)
smprig_program(smprig cli smprig_cli)
smprig_program(smprig-rigsim sim smprig_sim)
