# generated/version.h: SMPRIG_VERSION "0.1.0" and SMPRIG_REVISION "<git revision>", made anew when the
# revision changes, so that an unchanged revision rebuilds nothing.
add_custom_target(smprig_version
    COMMAND ${CMAKE_COMMAND} -DSOURCE=${CMAKE_SOURCE_DIR} -DVERSION=${PROJECT_VERSION}
            -DOUTPUT=${CMAKE_BINARY_DIR}/generated/version.h -P ${CMAKE_SOURCE_DIR}/cmake/write_version.cmake
    BYPRODUCTS ${CMAKE_BINARY_DIR}/generated/version.h)
