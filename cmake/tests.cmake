# tests/<folder>/test_<name>.c is one cmocka program and one ctest test, <folder>/<name>, linked
# against everything (static libraries: only what it uses comes along).
enable_testing()
include(cmake/scenarios.cmake)
pkg_check_modules(CMOCKA REQUIRED IMPORTED_TARGET cmocka)
get_property(all_modules GLOBAL PROPERTY SMPRIG_MODULES)
file(GLOB_RECURSE test_sources CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/tests/*/test_*.c)
foreach(source ${test_sources})
    file(RELATIVE_PATH relative ${CMAKE_SOURCE_DIR}/tests ${source})
    string(REGEX REPLACE "test_([a-z0-9_]+)\\.c$" "\\1" name ${relative})
    string(REPLACE "/" "-" target test-${name})
    add_executable(${target} ${source})
    target_link_libraries(${target} PRIVATE smprig_warnings -Wl,--start-group ${all_modules} -Wl,--end-group
        PkgConfig::CMOCKA)
    set_target_properties(${target} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/tests)
    add_test(NAME ${name} COMMAND ${target} WORKING_DIRECTORY ${CMAKE_SOURCE_DIR})
    set_tests_properties(${name} PROPERTIES TIMEOUT 300)
endforeach()
# Over a quarter of a minute.
set_tests_properties(sim/designs PROPERTIES LABELS slow)
# bench/bench_<name>.c prints `figure NAME VALUE UNIT goal <=GOAL ok|short` lines; ./dev bench runs it.
file(GLOB bench_sources CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/tests/bench/bench_*.c)
foreach(source ${bench_sources})
    get_filename_component(target ${source} NAME_WE)
    string(REPLACE "_" "-" target ${target})
    add_executable(${target} ${source})
    target_link_libraries(${target} PRIVATE smprig_warnings -Wl,--start-group ${all_modules} -Wl,--end-group)
    set_target_properties(${target} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/bench)
endforeach()
# The rules of tests/lint, each with a known-bad file that must be found.
add_test(NAME lint/rules COMMAND ${CMAKE_SOURCE_DIR}/tests/lint/run.sh)
# docs/hazards.md names interlocks, tests and faults that exist; a row without a test is found.
add_test(NAME lint/hazards COMMAND ${CMAKE_SOURCE_DIR}/tests/lint/hazards.py)
add_test(NAME lint/hazards_bad COMMAND ${CMAKE_SOURCE_DIR}/tests/lint/hazards.py
    ${CMAKE_SOURCE_DIR}/tests/lint/bad/hazards.md)
set_tests_properties(lint/hazards_bad PROPERTIES WILL_FAIL TRUE)
# The dashboard and the alert rules name metrics that are told.
add_test(NAME lint/monitoring COMMAND ${CMAKE_SOURCE_DIR}/tests/lint/monitoring.py)
# Every line and branch of safety/, reached by its own tests.
add_test(NAME safety/coverage COMMAND ${CMAKE_SOURCE_DIR}/tests/mutate/coverage.py ${CMAKE_BINARY_DIR})
set_tests_properties(safety/coverage PROPERTIES SKIP_RETURN_CODE 77)
# The interlocks' model with one fault a run, and every planted bug (./dev model: two faults, 2 million states).
add_test(NAME model/interlock COMMAND ${CMAKE_SOURCE_DIR}/tests/model/run.py --short)
set_tests_properties(model/interlock PROPERTIES TIMEOUT 600 LABELS slow)
# Whole sessions with the real programs, one at a time: they want both cores for the cameras.
foreach(case figures killed_daemon)
    add_test(NAME integration/${case} COMMAND ${CMAKE_SOURCE_DIR}/tests/integration/session.py ${case}
        ${CMAKE_BINARY_DIR}/bin WORKING_DIRECTORY ${CMAKE_SOURCE_DIR})
    set_tests_properties(integration/${case} PROPERTIES TIMEOUT 400 RUN_SERIAL TRUE)
endforeach()
add_test(NAME integration/cli_errors COMMAND ${CMAKE_SOURCE_DIR}/tests/integration/cli_errors.py
    ${CMAKE_BINARY_DIR}/bin WORKING_DIRECTORY ${CMAKE_SOURCE_DIR})
# Recordings: a live session and a simulated one run again without a difference; bad ones are named.
foreach(case simulated live)
    add_test(NAME integration/record_${case} COMMAND ${CMAKE_SOURCE_DIR}/tests/integration/record.py ${case}
        ${CMAKE_BINARY_DIR}/bin WORKING_DIRECTORY ${CMAKE_SOURCE_DIR})
    set_tests_properties(integration/record_${case} PROPERTIES TIMEOUT 400 LABELS slow)
endforeach()
set_tests_properties(integration/record_live PROPERTIES RUN_SERIAL TRUE)
# A case by the command line, from a plan to its erasure.
add_test(NAME integration/case COMMAND ${CMAKE_SOURCE_DIR}/tests/integration/case.py
    ${CMAKE_BINARY_DIR}/bin WORKING_DIRECTORY ${CMAKE_SOURCE_DIR})
# The campaign's short form: every fault at every moment, and some random runs (./dev campaign: the long form).
add_test(NAME campaign/short COMMAND smprig campaign --seed 7 --dots 2000 WORKING_DIRECTORY ${CMAKE_SOURCE_DIR})
set_tests_properties(campaign/short PROPERTIES TIMEOUT 300 LABELS slow)
# Some of a session's bits turned, one at a time (./dev bench bitflip: every one, with 100 1 after it).
add_test(NAME bench/bitflip COMMAND bench-bitflip 30 7 WORKING_DIRECTORY ${CMAKE_SOURCE_DIR})
set_tests_properties(bench/bitflip PROPERTIES TIMEOUT 300 LABELS slow FAIL_REGULAR_EXPRESSION " short\n")
# The API's calls against the real programs: the technician's, previews, records, decisions.
add_test(NAME integration/api_calls COMMAND ${CMAKE_SOURCE_DIR}/tests/integration/api_calls.py
    ${CMAKE_BINARY_DIR}/bin WORKING_DIRECTORY ${CMAKE_SOURCE_DIR})
set_tests_properties(integration/api_calls PROPERTIES TIMEOUT 300 RUN_SERIAL TRUE LABELS slow)
# Every calibration step by the command line, against the truth of rendered recordings.
add_test(NAME integration/calibration COMMAND ${CMAKE_SOURCE_DIR}/tests/integration/calibration.py
    ${CMAKE_BINARY_DIR}/bin WORKING_DIRECTORY ${CMAKE_SOURCE_DIR})
set_tests_properties(integration/calibration PROPERTIES TIMEOUT 600 LABELS slow)
# Boards on a pty and on TCP, in good and in bad moods.
add_test(NAME integration/rig_link COMMAND ${CMAKE_SOURCE_DIR}/tests/integration/rig_link.py
    ${CMAKE_BINARY_DIR}/bin WORKING_DIRECTORY ${CMAKE_SOURCE_DIR})
set_tests_properties(integration/rig_link PROPERTIES TIMEOUT 300 RUN_SERIAL TRUE)
foreach(case tcp moods)
    add_test(NAME integration/${case} COMMAND ${CMAKE_SOURCE_DIR}/tests/integration/session.py ${case}
        ${CMAKE_BINARY_DIR}/bin WORKING_DIRECTORY ${CMAKE_SOURCE_DIR})
    set_tests_properties(integration/${case} PROPERTIES TIMEOUT 900 RUN_SERIAL TRUE LABELS slow)
endforeach()
# The console's server alone: TLS, origins, tokens, replays, frames, paths, rates.
add_test(NAME console/server COMMAND ${CMAKE_SOURCE_DIR}/tests/console/run.sh ${CMAKE_BINARY_DIR}/bin server
    WORKING_DIRECTORY ${CMAKE_SOURCE_DIR})
set_tests_properties(console/server PROPERTIES TIMEOUT 200 SKIP_RETURN_CODE 77)
# The page's words, in both languages; without node it is skipped.
find_program(NODE node)
if(NODE)
    add_test(NAME console/words COMMAND ${NODE} ${CMAKE_SOURCE_DIR}/tests/console/words.mjs)
endif()
# The operator's page, driven by a browser on the simulated rig: from a new case to a run, and a whole session.
add_test(NAME console/before COMMAND ${CMAKE_SOURCE_DIR}/tests/console/run.sh ${CMAKE_BINARY_DIR}/bin before
    WORKING_DIRECTORY ${CMAKE_SOURCE_DIR})
set_tests_properties(console/before PROPERTIES TIMEOUT 400 RUN_SERIAL TRUE SKIP_RETURN_CODE 77 LABELS slow)
add_test(NAME console/session COMMAND ${CMAKE_SOURCE_DIR}/tests/console/run.sh ${CMAKE_BINARY_DIR}/bin
    WORKING_DIRECTORY ${CMAKE_SOURCE_DIR})
set_tests_properties(console/session PROPERTIES TIMEOUT 400 RUN_SERIAL TRUE SKIP_RETURN_CODE 77 LABELS slow)
# The programs as a service manager runs them: settings, READY, watchdog, reload, restarts that come up held.
add_test(NAME integration/service COMMAND ${CMAKE_SOURCE_DIR}/tests/integration/service.py ${CMAKE_BINARY_DIR}/bin
    WORKING_DIRECTORY ${CMAKE_SOURCE_DIR})
set_tests_properties(integration/service PROPERTIES TIMEOUT 300 RUN_SERIAL TRUE LABELS slow)
# Units, users and settings of the Debian package (./dev deb-check: the package itself, in a fresh Debian).
add_test(NAME packaging/units COMMAND ${CMAKE_SOURCE_DIR}/tests/packaging/units.py ${CMAKE_BINARY_DIR})
set_tests_properties(packaging/units PROPERTIES SKIP_RETURN_CODE 77)
# smprig watch on a pty, in a pipe and as JSON, and the verbs that call, against a daemon that only talks.
add_test(NAME cli/watch COMMAND ${CMAKE_SOURCE_DIR}/tests/cli/watch.py ${CMAKE_BINARY_DIR}/bin)
set_tests_properties(cli/watch PROPERTIES TIMEOUT 120)
# The guard as a process: what it has given up, and whom it lets in.
add_test(NAME integration/guard_process COMMAND ${CMAKE_SOURCE_DIR}/tests/integration/guard_process.py
    ${CMAKE_BINARY_DIR}/bin WORKING_DIRECTORY ${CMAKE_SOURCE_DIR})
# A rig's own cameras by name: what is refused, and the daemon on Aravis' fake one.
add_test(NAME integration/cameras COMMAND ${CMAKE_SOURCE_DIR}/tests/integration/cameras.py
    ${CMAKE_BINARY_DIR}/bin WORKING_DIRECTORY ${CMAKE_SOURCE_DIR})
# The real programs hung, cut off, killed, short of disk and with a slow one (./dev processes: one case alone).
add_test(NAME integration/processes COMMAND ${CMAKE_SOURCE_DIR}/tests/integration/processes.py all
    ${CMAKE_BINARY_DIR}/bin WORKING_DIRECTORY ${CMAKE_SOURCE_DIR})
set_tests_properties(integration/processes PROPERTIES TIMEOUT 500 RUN_SERIAL TRUE LABELS slow)
# What TAB offers, and what the man pages tell, against the verbs' table and every --help.
add_test(NAME cli/completion COMMAND ${CMAKE_SOURCE_DIR}/tests/cli/completion.sh ${CMAKE_BINARY_DIR}/bin)
add_test(NAME cli/man COMMAND ${CMAKE_SOURCE_DIR}/tests/cli/man.py ${CMAKE_BINARY_DIR})
set_tests_properties(cli/man PROPERTIES SKIP_RETURN_CODE 77)
