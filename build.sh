#!/usr/bin/env bash
# The one door to PlaylistPulse: see ./build.sh help.

. "$(dirname "${BASH_SOURCE[0]}")/cmake/common.sh"
. "$PULSE_ROOT/cmake/packages.sh"
cd "$PULSE_ROOT"

PORT="${PORT:-8035}"
STAMPS="$PULSE_ROOT/build/stamps"

usage() {
    cat <<'HELP'
usage: ./build.sh COMMAND

  run      build everything and serve the page with the bundle in models/default/ on http://127.0.0.1:8035
           (PORT=N for another port)
  test     build everything and run every test
  native   build the command-line program: build/native/bin/playlistpulse
  wasm     build the three WebAssembly modules: build/wasm-simd/bin, build/wasm-relaxed-simd/bin,
           build/wasm-threads/bin
  npm      build the npm package in wasm/
  web      build the page: web/dist
  bench    run the benchmarks; bench encoder: the lyrics encoder beside its peers; bench train: training beside PyTorch;
           bench scale: a million songs, from CSV to bundle
  coverage run the C tests and report how many lines of the core they reach
  clean    remove what was built here; with --all, the shared cache too
  help     say this

As root on Debian, what is missing is installed with apt-get. As another user nothing is installed, and a missing
tool is named. Toolchain, third-party sources and libraries are kept in $PLAYLISTPULSE_CACHE, by default
~/.cache/playlistpulse, and shared by every clone.
HELP
}

# fresh NAME KEY: true when the step NAME was last finished with the same KEY.
fresh() {
    [ -f "$STAMPS/$1" ] && [ "$(<"$STAMPS/$1")" = "$2" ]
}

stamp() {
    mkdir -p "$STAMPS"
    printf '%s\n' "$2" >"$STAMPS/$1.part"
    mv -f "$STAMPS/$1.part" "$STAMPS/$1"
}

# --- the C side ---------------------------------------------------------------------------------------------------

# What decides how a build directory is configured, beyond what ninja watches by itself.
configure_key() {
    {
        find CMakeLists.txt CMakePresets.json cmake core tests wasm trainer-native -name node_modules -prune -o \
            \( -name CMakeLists.txt -o -name CMakePresets.json -o -path 'cmake/*' -type f \) -print 2>/dev/null |
            hash_files
        echo "$1 ${CC:-cc} $(command -v "${CC:-cc}" || true)"
        # A library that was installed since can be found now.
        if is_there pc:cmocka; then echo cmocka; fi
    } | short_hash
}

# cmake_build PRESET DIRECTORY [TARGET]: configures when needed and builds.
cmake_build() {
    local preset="$1" directory="$2" target="${3:-all}" key
    key="$(configure_key "$preset")"
    if [ ! -f "$directory/build.ninja" ] || ! fresh "configure-$preset" "$key"; then
        in_toolchain "$preset" cmake --preset "$preset" >&2
        stamp "configure-$preset" "$key"
    fi
    in_toolchain "$preset" cmake --build "$directory" --target "$target" --parallel "$PULSE_JOBS" >&2
}

in_toolchain() {
    local preset="$1"
    shift
    case "$preset" in
    wasm-*) "$PULSE_ROOT/cmake/emscripten.sh" run "$@" ;;
    *) "$@" ;;
    esac
}

native() {
    needs_native | ensure_needs
    cmake/fetch.sh >/dev/null
    step "Building natively" cmake_build native-release build/native product
}

c_tests() {
    step "Building the C tests" cmake_build native-release build/native
    step "Building the C tests with sanitizers" cmake_build native-asan build/native-asan
}

wasm() {
    needs_wasm | ensure_needs
    cmake/emscripten.sh provide
    cmake/fetch.sh >/dev/null
    # Asking ninja means entering the toolchain twice, which takes seconds; the hash of all that goes in does not.
    local key
    key="$(find CMakeLists.txt CMakePresets.json core cmake wasm/*.[ch] wasm/CMakeLists.txt -type f | hash_files)"
    if fresh wasm "$key" && [ -f build/wasm-simd/bin/pulse.simd.wasm ] &&
        [ -f build/wasm-relaxed-simd/bin/pulse.relaxed.wasm ] && [ -f build/wasm-threads/bin/pulse.threads.wasm ]; then
        return 0
    fi
    step "Building WebAssembly with SIMD" cmake_build wasm-simd build/wasm-simd
    step "Building WebAssembly with relaxed SIMD" cmake_build wasm-relaxed-simd build/wasm-relaxed-simd
    step "Building WebAssembly with SIMD and threads" cmake_build wasm-threads build/wasm-threads
    stamp wasm "$key"
}

# The lyrics encoder alone as WebAssembly modules, which only the tests and the benchmark use.
wasm_encoder() {
    local key preset
    key="$(find CMakeLists.txt CMakePresets.json core cmake tests/wasm tests/bench/encoder/*.[ch] -type f | hash_files)"
    if fresh wasm-encoder "$key" && [ -f build/wasm-simd/tests/encoder.simd.wasm ] &&
        [ -f build/wasm-relaxed-simd/tests/encoder.relaxed.wasm ] &&
        [ -f build/wasm-threads/tests/encoder.threads.wasm ]; then
        return 0
    fi
    for preset in wasm-simd wasm-relaxed-simd wasm-threads; do
        step "Building the tests' $preset module" cmake_build "$preset" "build/$preset" encoder_module
    done
    stamp wasm-encoder "$key"
}

# --- the TypeScript side ------------------------------------------------------------------------------------------

# npm_install DIRECTORY: what package-lock.json says, unless it is there already.
npm_install() {
    local directory="$1" key
    key="$(cat "$directory/package.json" "$directory/package-lock.json" | short_hash)-$(node --version)"
    if [ -f "$directory/node_modules/.playlistpulse" ] &&
        [ "$(<"$directory/node_modules/.playlistpulse")" = "$key" ]; then
        return 0
    fi
    (cd "$directory" && npm ci --no-audit --no-fund) >&2
    printf '%s\n' "$key" >"$directory/node_modules/.playlistpulse"
}

# files_below DIRECTORIES...: every file that goes into a TypeScript build.
files_below() {
    find "$@" \( -name node_modules -o -path 'wasm/dist' -o -path 'web/dist' -o -name test-results \) -prune -o \
        -type f -print
}

# npm_build NAME DIRECTORY KEY: npm run build, unless nothing changed since.
npm_build() {
    local name="$1" directory="$2" key="$3"
    if [ -d "$directory/dist" ] && fresh "$name" "$key"; then
        return 0
    fi
    (cd "$directory" && npm run --silent build) >&2
    stamp "$name" "$key"
}

npm_package() {
    ensure_node
    wasm
    step "Installing the npm package's build tools" npm_install wasm
    step "Building the npm package" npm_build npm wasm \
        "$({
            files_below wasm
            find build/wasm-simd/bin build/wasm-relaxed-simd/bin build/wasm-threads/bin -type f
        } | hash_files)"
}

web() {
    npm_package
    step "Installing the page's build tools" npm_install web
    step "Building the page" npm_build web web "$(
        {
            files_below web
            find wasm/dist -type f
            if [ -d models/default ]; then find models/default -type f; fi
        } | hash_files
    )"
}

# --- the commands -------------------------------------------------------------------------------------------------

port_is_taken() {
    (exec 3<>"/dev/tcp/127.0.0.1/$PORT") 2>/dev/null
}

serve() {
    local server waited=0
    [ -f models/default/manifest.json ] || die "models/default/ holds no bundle (no manifest.json): there is nothing to \
serve. ./build/native/bin/playlistpulse build makes one"
    if port_is_taken; then
        die "port $PORT is in use: stop what listens there, or choose another: PORT=8036 ./build.sh run"
    fi
    # What "npm run serve" does, without npm in between, so that ending this script surely ends the server.
    (cd web && exec node_modules/.bin/vite preview --host 127.0.0.1 --port "$PORT" --strictPort) >&2 &
    server=$!
    trap 'kill "$server" 2>/dev/null || true' EXIT
    trap 'exit 130' INT TERM
    until curl --silent --fail --output /dev/null "http://127.0.0.1:$PORT/"; do
        kill -0 "$server" 2>/dev/null || die "the page's server stopped; its message is above"
        waited=$((waited + 1))
        [ "$waited" -le 300 ] || die "the page did not answer on http://127.0.0.1:$PORT within 30 s"
        sleep 0.1
    done
    say "Ready after $SECONDS s. Ctrl-C stops the server."
    printf 'http://127.0.0.1:%s\n' "$PORT"
    wait "$server"
}

run() {
    if port_is_taken; then
        die "port $PORT is in use: stop what listens there, or choose another: PORT=8036 ./build.sh run"
    fi
    { needs_native; needs_wasm; needs_serve; } | ensure_needs
    native
    web
    serve
}

run_tests() {
    { needs_native; needs_wasm; needs_tests; } | ensure_needs
    native
    c_tests
    web
    wasm_encoder
    if [ -f tests/package-lock.json ]; then
        step "Installing the tests' tools" npm_install tests
    fi
    say "==> Running the tests"
    if [ -f tests/run.mjs ]; then
        node tests/run.mjs "$@"
    else
        ctest --preset native-release
        ctest --preset native-asan
    fi
}

bench() {
    if [ "${1:-}" = train ]; then
        shift
        { needs_native; needs_tests; } | ensure_needs
        ensure_node
        cmake/fetch.sh >/dev/null
        step "Building what the benchmark starts" cmake_build native-release build/native train_bench
        node tests/bench/train/run.mjs "$@"
        return
    fi
    { needs_native; needs_wasm; needs_tests; } | ensure_needs
    native
    web
    if [ -f tests/package-lock.json ]; then
        step "Installing the tests' tools" npm_install tests
    fi
    if [ "${1:-}" = encoder ]; then
        shift
        wasm_encoder
        step "Building what the benchmark starts" cmake_build native-release build/native encoder_answers
        node tests/bench/encoder/run.mjs "$@"
    elif [ "${1:-}" = scale ]; then
        shift
        node tests/bench/scale/run.mjs "$@"
    else
        node tests/bench/run.mjs "$@"
    fi
}

coverage() {
    { needs_native; needs_coverage; } | ensure_needs
    step "Building the C tests for coverage" cmake_build native-coverage build/native-coverage
    find build/native-coverage -name '*.gcda' -delete
    ctest --preset native-coverage >&2
    # Only the library's own objects: a test may compile a source of the core a second time, in its own way.
    gcovr --root . --filter core/src/ --print-summary build/native-coverage/core
}

clean() {
    rm -rf build web/dist wasm/dist web/node_modules wasm/node_modules tests/node_modules \
        tests/bench/encoder/node_modules
    if [ "${1:-}" = "--all" ]; then
        say "Removing the cache $PULSE_CACHE"
        rm -rf --one-file-system "$PULSE_CACHE"
    elif [ -n "${1:-}" ]; then
        die "clean knows only --all, not '$1'"
    fi
}

command="${1:-help}"
[ "$#" -eq 0 ] || shift
case "$command" in
run) run ;;
test) run_tests "$@" ;;
native) native ;;
wasm) wasm ;;
npm) npm_package ;;
web) web ;;
bench) bench "$@" ;;
coverage) coverage ;;
clean) clean "$@" ;;
help | -h | --help) usage ;;
*)
    usage >&2
    exit 2
    ;;
esac
