# Emscripten's own toolchain file, found through the emcc on PATH.
find_program(PULSE_EM_CONFIG NAMES em-config)
if(PULSE_EM_CONFIG)
    execute_process(
        COMMAND ${PULSE_EM_CONFIG} EMSCRIPTEN_ROOT
        OUTPUT_VARIABLE pulse_emscripten_root
        OUTPUT_STRIP_TRAILING_WHITESPACE)
endif()
if(NOT EXISTS "${pulse_emscripten_root}/cmake/Modules/Platform/Emscripten.cmake")
    message(FATAL_ERROR "Emscripten is not on PATH. ./build.sh wasm provides it; by hand, run cmake through "
                        "cmake/emscripten.sh run, or activate an Emscripten of 3.1.60 or newer first")
endif()
include("${pulse_emscripten_root}/cmake/Modules/Platform/Emscripten.cmake")
