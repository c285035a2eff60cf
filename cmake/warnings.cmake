# Warnings are errors, for our own code only.
add_library(smprig_warnings INTERFACE)
target_compile_options(smprig_warnings INTERFACE
    -Wall -Wextra -Werror -Wconversion -Wshadow -Wformat=2 -Wundef -Wvla
    $<$<COMPILE_LANGUAGE:C>:-Wstrict-prototypes -Wmissing-prototypes -Wold-style-definition>)
# clang's INFINITY and NAN are floats: every use would count as a promotion.
if(CMAKE_C_COMPILER_ID STREQUAL "GNU")
    target_compile_options(smprig_warnings INTERFACE -Wdouble-promotion)
endif()
target_compile_definitions(smprig_warnings INTERFACE _GNU_SOURCE)
target_include_directories(smprig_warnings INTERFACE ${CMAKE_SOURCE_DIR} ${CMAKE_BINARY_DIR}/generated)
