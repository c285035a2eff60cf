# The scenario library in its short form: each must show what it says (docs/sim.md).
file(GLOB scenarios CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/configs/scenarios/*.yaml)
list(FILTER scenarios EXCLUDE REGEX "/demo\\.yaml$")
foreach(scenario ${scenarios})
    get_filename_component(name ${scenario} NAME_WE)
    add_test(NAME scenarios/${name} COMMAND smprig sim --scenario ${scenario} --short -o
        ${CMAKE_BINARY_DIR}/scenarios/${name} WORKING_DIRECTORY ${CMAKE_SOURCE_DIR})
    set_tests_properties(scenarios/${name} PROPERTIES TIMEOUT 120 LABELS slow)
endforeach()
