# The third-party libraries under one set of names, natively and in WebAssembly:
#
#   pulse::xnnpack   XNNPACK with pthreadpool (and cpuinfo natively), from pinned source, built once into the cache
#   pulse::sqlite    SQLite with FTS5      \
#   pulse::cjson     cJSON, <cjson/cJSON.h> | packages of the system natively, pinned source in WebAssembly
#   pulse::utf8proc  utf8proc               |
#   pulse::md        libmd, for SHA-256    /

# Asks third_party.sh for a part, which builds it if it is not in the cache yet.
function(pulse_third_party part result)
    execute_process(
        COMMAND ${CMAKE_SOURCE_DIR}/cmake/third_party.sh ${part}
        OUTPUT_VARIABLE prefix
        OUTPUT_STRIP_TRAILING_WHITESPACE
        RESULT_VARIABLE failed)
    if(failed)
        message(FATAL_ERROR "cmake/third_party.sh ${part} failed; it says why above")
    endif()
    set(${result} ${prefix} PARENT_SCOPE)
endfunction()

# A static library in a built part, as an imported target named part_<name>.
function(pulse_imported name prefix)
    add_library(part_${name} STATIC IMPORTED)
    set_target_properties(part_${name} PROPERTIES IMPORTED_LOCATION ${prefix}/lib/lib${name}.a)
    target_include_directories(part_${name} SYSTEM INTERFACE ${prefix}/include)
endfunction()

foreach(name xnnpack sqlite cjson utf8proc md)
    add_library(pulse_third_party_${name} INTERFACE)
    add_library(pulse::${name} ALIAS pulse_third_party_${name})
endforeach()

# Configuring again must notice a new pin or a new build rule.
file(GLOB third_party_rules ${CMAKE_SOURCE_DIR}/cmake/libraries/*.cmake)
set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/cmake/third_party.lock
                                       ${CMAKE_SOURCE_DIR}/cmake/third_party.sh ${third_party_rules})

if(EMSCRIPTEN)
    pulse_third_party(xnnpack-${PULSE_WASM_VARIANT} xnnpack_prefix)
    if(PULSE_WASM_VARIANT STREQUAL "threads")
        pulse_third_party(data-threads data_prefix)
    else()
        pulse_third_party(data-wasm data_prefix)
    endif()
    foreach(library sqlite3 cjson utf8proc md)
        pulse_imported(${library} ${data_prefix})
    endforeach()
    target_link_libraries(pulse_third_party_sqlite INTERFACE part_sqlite3)
    target_link_libraries(pulse_third_party_cjson INTERFACE part_cjson)
    target_link_libraries(pulse_third_party_utf8proc INTERFACE part_utf8proc)
    target_link_libraries(pulse_third_party_md INTERFACE part_md)
    target_compile_definitions(pulse_third_party_utf8proc INTERFACE UTF8PROC_STATIC)
else()
    # The same library serves the sanitizer builds, uninstrumented: XNNPACK's kernels read past the end of their
    # inputs by contract (XNN_EXTRA_BYTES), which AddressSanitizer would report. What the core does with its own
    # buffers is still checked.
    pulse_third_party(xnnpack-native xnnpack_prefix)
    find_package(PkgConfig REQUIRED)
    pkg_check_modules(SQLITE REQUIRED IMPORTED_TARGET sqlite3)
    pkg_check_modules(CJSON REQUIRED IMPORTED_TARGET libcjson)
    pkg_check_modules(UTF8PROC REQUIRED IMPORTED_TARGET libutf8proc)
    pkg_check_modules(MD REQUIRED IMPORTED_TARGET libmd)
    target_link_libraries(pulse_third_party_sqlite INTERFACE PkgConfig::SQLITE)
    target_link_libraries(pulse_third_party_cjson INTERFACE PkgConfig::CJSON)
    target_link_libraries(pulse_third_party_utf8proc INTERFACE PkgConfig::UTF8PROC)
    target_link_libraries(pulse_third_party_md INTERFACE PkgConfig::MD)
endif()

pulse_imported(XNNPACK ${xnnpack_prefix})
pulse_imported(pthreadpool ${xnnpack_prefix})
if(EMSCRIPTEN)
    target_link_libraries(pulse_third_party_xnnpack INTERFACE part_XNNPACK part_pthreadpool)
else()
    find_package(Threads REQUIRED)
    pulse_imported(cpuinfo ${xnnpack_prefix})
    target_link_libraries(pulse_third_party_xnnpack INTERFACE part_XNNPACK part_pthreadpool part_cpuinfo Threads::Threads
                                                              m)
endif()
