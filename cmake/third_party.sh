#!/usr/bin/env bash
# Builds the third-party libraries that come from source, once, into the cache, and says where they are.
#
#   cmake/third_party.sh xnnpack-native     XNNPACK, pthreadpool and cpuinfo for this machine's compiler
#   cmake/third_party.sh xnnpack-simd       XNNPACK and pthreadpool for WebAssembly with fixed-width SIMD
#   cmake/third_party.sh xnnpack-relaxed    the same with relaxed SIMD as well
#   cmake/third_party.sh xnnpack-threads    with fixed-width SIMD and threads
#   cmake/third_party.sh data-wasm          SQLite, cJSON, utf8proc and libmd for WebAssembly
#   cmake/third_party.sh data-threads       the same for a module with threads
#
# prints a directory with include/ and lib/. Its name holds a hash of all that went into it: the lock file, these
# build rules, the flags and the compiler's version. The wasm parts need emcc on PATH (see emscripten.sh).

. "$(dirname "${BASH_SOURCE[0]}")/common.sh"

RULES="$PULSE_ROOT/cmake/libraries"

compiler_version() {
    case "$1" in
    *-native)
        printf '%s %s %s\n' "$(${CC:-cc} -dumpmachine)" "$(${CC:-cc} --version | head -n 1)" \
            "$(${CXX:-c++} --version | head -n 1)"
        ;;
    *) emcc --version | head -n 1 ;;
    esac
}

# Compiler flags for every source of a part.
part_flags() {
    case "$1" in
    *-native) echo "" ;;
    xnnpack-relaxed) echo "-msimd128 -mrelaxed-simd" ;;
    # A memory that threads share wants atomics in every object, also of what uses no threads itself.
    *-threads) echo "-msimd128 -pthread" ;;
    *) echo "-msimd128" ;;
    esac
}

build_part() {
    local part="$1" final="$2" flags="$3" sources log="$PULSE_CACHE/built/$1.log"
    [ -d "$final" ] && return 0
    sources="$("$PULSE_ROOT/cmake/fetch.sh")"
    scratch_for "$final"
    local configure=(cmake -S "$RULES" -B "$scratch/build" -G Ninja -DCMAKE_BUILD_TYPE=None
        "-DCMAKE_INSTALL_PREFIX=$scratch/prefix" "-DSOURCES=$sources" "-DPART=${part%%-*}" "-DCMAKE_C_FLAGS=$flags"
        "-DCMAKE_CXX_FLAGS=$flags")
    case "$part" in
    xnnpack-relaxed) configure=(emcmake "${configure[@]}" -DRELAXED_SIMD=ON) ;;
    *-threads) configure=(emcmake "${configure[@]}" -DTHREADS=ON) ;;
    *-native) ;;
    *) configure=(emcmake "${configure[@]}") ;;
    esac
    if ! { "${configure[@]}" && cmake --build "$scratch/build" --parallel "$PULSE_JOBS" --target install; } \
        >"$log" 2>&1; then
        tail -n 40 "$log" >&2
        die "building $part failed; the whole log is $log"
    fi
    publish "$scratch/prefix" "$final"
    rm -f "$log"
}

part="${1:-}"
case "$part" in
xnnpack-native | xnnpack-simd | xnnpack-relaxed | xnnpack-threads | data-wasm | data-threads) ;;
*) die "usage: cmake/third_party.sh xnnpack-native|xnnpack-simd|xnnpack-relaxed|xnnpack-threads|data-wasm|data-threads" ;;
esac

if [ "${part##*-}" = native ]; then
    have "${CC:-cc}" || die "a C compiler is needed: apt-get install gcc g++"
else
    have emcc || die "emcc is not on PATH: run ./build.sh wasm, or cmake/emscripten.sh run COMMAND"
fi
flags="$(part_flags "$part")"
# Not hashed, so as not to build again for nothing: where the clone and the cache are, and the other part's rules.
key="$({
    cat "$PULSE_ROOT/cmake/third_party.lock" "$RULES/CMakeLists.txt" "$RULES/${part%%-*}.cmake" \
        "$RULES/${part%%-*}"_include/*
    echo "$part $flags"
    compiler_version "$part"
} | short_hash)"
final="$PULSE_CACHE/built/$part-$key"
if [ ! -d "$final" ]; then
    step "Building $part (once; kept in $PULSE_CACHE/built)" with_lock "$part" build_part "$part" "$final" "$flags"
fi
printf '%s\n' "$final"
