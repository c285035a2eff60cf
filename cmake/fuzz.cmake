# tests/fuzz/fuzz_<name>.c is one libFuzzer program; its corpus lies in tests/fuzz/corpus/<name>, its words in
# tests/fuzz/<name>.dict. ./dev fuzz runs them.
get_property(all_modules GLOBAL PROPERTY SMPRIG_MODULES)
file(GLOB fuzz_sources CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/tests/fuzz/fuzz_*.c)
foreach(source ${fuzz_sources})
    get_filename_component(target ${source} NAME_WE)
    string(REPLACE "_" "-" target ${target})
    add_executable(${target} ${source})
    target_link_libraries(${target} PRIVATE smprig_warnings -Wl,--start-group ${all_modules} -Wl,--end-group
        -fsanitize=fuzzer)
    set_target_properties(${target} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/fuzz)
endforeach()
