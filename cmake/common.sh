# Shell functions shared by build.sh and the scripts in cmake/. Sourced, never run. Bash.
#
# Results go to stdout, everything meant for a person to stderr, so that a script's answer can be captured.

set -euo pipefail

PULSE_ROOT="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)"
# What is downloaded or built once and shared by every clone: pinned sources, the toolchain, third-party libraries.
PULSE_CACHE="${PLAYLISTPULSE_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/playlistpulse}"
PULSE_JOBS="${PLAYLISTPULSE_JOBS:-$(nproc 2>/dev/null || echo 2)}"
export PULSE_ROOT PULSE_CACHE PULSE_JOBS

say() {
    printf '%s\n' "$*" >&2
}

die() {
    printf 'build.sh: %s\n' "$*" >&2
    exit 1
}

have() {
    command -v "$1" >/dev/null 2>&1
}

is_root() {
    [ "$(id -u)" -eq 0 ]
}

# version_at_least HAVE WANT: true when the dotted version HAVE is WANT or newer.
version_at_least() {
    [ "$(printf '%s\n%s\n' "$2" "$1" | sort -V | head -n 1)" = "$2" ]
}

# Runs a step and says how long it took: step "Building the web page" command args...
step() {
    local what="$1" start=$SECONDS
    shift
    say "==> $what"
    "$@"
    say "    $what: done in $((SECONDS - start)) s"
}

# A short key for whatever comes on stdin.
short_hash() {
    sha256sum | cut -c 1-16
}

# The hash of every file named on stdin (one path a line), names and contents.
hash_files() {
    LC_ALL=C sort | tr '\n' '\0' | xargs -0 -r sha256sum | short_hash
}

# with_lock NAME command...: runs the command in a subshell while no other process holds the lock of that name. Two
# builds that share the cache would otherwise do the same long work twice.
with_lock() {
    local name="$1"
    shift
    mkdir -p "$PULSE_CACHE/locks"
    (
        if have flock; then flock 9; fi
        "$@" 9>&-
    ) 9>"$PULSE_CACHE/locks/$name"
}

# scratch_for FINAL: a new directory beside the place where its content will be published. It goes when the subshell of
# with_lock ends, however that ends; what even a lost machine left behind goes the next time.
scratch_for() {
    mkdir -p "$(dirname "$1")"
    rm -rf --one-file-system "$1".tmp.*
    scratch="$(mktemp -d "$1.tmp.XXXXXX")"
    chmod 755 "$scratch"
    trap 'rm -rf --one-file-system "$scratch"' EXIT
}

# publish TEMPORARY FINAL: makes a finished directory visible under its final name, all at once. When somebody else
# got there first, theirs stays: both were made from the same key.
publish() {
    if [ -e "$2" ]; then
        rm -rf "$1"
    else
        mv -T "$1" "$2"
    fi
}
