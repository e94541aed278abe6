# What the core uses to read and search the catalogue, built for WebAssembly. Natively these are packages of the
# system.

# SQLite from its amalgamation. The catalogue is opened from memory (sqlite3_deserialize), so there is no file
# system: SQLITE_OS_OTHER leaves the operating system to two functions of our own, see wasm/sqlite_os_stub.c,
# which the program that links this must contain.
add_library(sqlite3 STATIC ${SOURCES}/sqlite3-amalgamation/sqlite3.c)
target_compile_definitions(
    sqlite3
    PRIVATE SQLITE_ENABLE_FTS5
            SQLITE_OS_OTHER=1
            SQLITE_THREADSAFE=0
            SQLITE_DQS=0
            SQLITE_DEFAULT_MEMSTATUS=0
            SQLITE_TEMP_STORE=3
            SQLITE_OMIT_LOAD_EXTENSION
            SQLITE_OMIT_DEPRECATED
            SQLITE_OMIT_SHARED_CACHE)
target_compile_options(sqlite3 PRIVATE -Os)

add_library(cjson STATIC ${SOURCES}/cjson/cJSON.c)
target_compile_options(cjson PRIVATE -Os)

add_library(utf8proc STATIC ${SOURCES}/utf8proc/utf8proc.c)
target_compile_definitions(utf8proc PUBLIC UTF8PROC_STATIC)
target_compile_options(utf8proc PRIVATE -Os)

# SHA-256 alone. libmd's configure would find nothing in Emscripten that sha2.c lacks.
add_library(md STATIC ${SOURCES}/libmd/src/sha2.c)
target_include_directories(md PRIVATE ${CMAKE_CURRENT_LIST_DIR}/data_include ${SOURCES}/libmd/include
                                      ${SOURCES}/libmd/src)
target_compile_definitions(md PRIVATE _GNU_SOURCE)
target_compile_options(md PRIVATE -O2)

install(TARGETS sqlite3 cjson utf8proc md ARCHIVE DESTINATION lib)
install(FILES ${SOURCES}/sqlite3-amalgamation/sqlite3.h ${SOURCES}/utf8proc/utf8proc.h
              ${SOURCES}/libmd/include/sha256.h ${SOURCES}/libmd/include/sha2.h DESTINATION include)
# Debian's libcjson-dev puts its header in a directory of that name, and so do we.
install(FILES ${SOURCES}/cjson/cJSON.h DESTINATION include/cjson)
