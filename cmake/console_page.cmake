# The operator's page into build/page: our files as they are, the libraries from npm by the lock file.
set(PAGE_OUT ${CMAKE_BINARY_DIR}/page)
file(GLOB_RECURSE page_sources CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/console/page/*)
add_custom_command(OUTPUT ${CMAKE_BINARY_DIR}/page_vendor.stamp
    COMMAND ${CMAKE_SOURCE_DIR}/console/vendor_page.sh ${CMAKE_SOURCE_DIR}/console ${PAGE_OUT}
    COMMAND ${CMAKE_COMMAND} -E touch ${CMAKE_BINARY_DIR}/page_vendor.stamp
    DEPENDS ${CMAKE_SOURCE_DIR}/console/package-lock.json ${CMAKE_SOURCE_DIR}/console/vendor_page.sh
    VERBATIM)
add_custom_command(OUTPUT ${CMAKE_BINARY_DIR}/page.stamp
    COMMAND ${CMAKE_COMMAND} -E copy_directory ${CMAKE_SOURCE_DIR}/console/page ${PAGE_OUT}
    COMMAND ${CMAKE_COMMAND} -E touch ${CMAKE_BINARY_DIR}/page.stamp
    DEPENDS ${page_sources} ${CMAKE_BINARY_DIR}/page_vendor.stamp VERBATIM)
add_custom_target(console_page ALL DEPENDS ${CMAKE_BINARY_DIR}/page.stamp)
