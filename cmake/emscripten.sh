#!/usr/bin/env bash
# Provides Emscripten, new enough for relaxed SIMD, and runs commands with it.
#
#   cmake/emscripten.sh provide          make sure it is there (may take a minute the first time)
#   cmake/emscripten.sh on-path          succeed when the emcc on PATH is new enough
#   cmake/emscripten.sh run COMMAND...   run a command in the current directory with emcc and cmake on PATH
#
# The emcc on PATH is used when it is new enough. Otherwise, as root on Debian 12, whose own Emscripten is too old and
# where a newer one would replace the C library, a Debian 13 with Emscripten is unpacked into the cache, and commands run in it
# through chroot. The source tree and the cache are mounted inside under their own names, in a mount namespace that
# ends with the command: nothing stays mounted, however it ends.

. "$(dirname "${BASH_SOURCE[0]}")/common.sh"

EMSCRIPTEN_NEEDED=3.1.60
SUITE=trixie
# What the Debian 13 holds. Raise the number when the list changes.
PACKAGES=emscripten,cmake,ninja-build
TOOLCHAIN="$PULSE_CACHE/toolchain/debian13-emscripten-1"

emcc_on_path() {
    local version
    have emcc || return 1
    version="$(emcc --version 2>/dev/null | sed -n '1s/.* \([0-9][0-9]*\.[0-9][0-9]*\.[0-9][0-9]*\).*/\1/p')"
    [ -n "$version" ] && version_at_least "$version" "$EMSCRIPTEN_NEEDED" && have cmake && have ninja
}

# The mirror that apt takes this machine's own release from.
own_mirror() {
    local release
    release="$(. /etc/os-release && echo "${ID:-} ${VERSION_CODENAME:-}")"
    case "$release" in
    "debian "?*) ;;
    *) return 0 ;;
    esac
    apt-get indextargets --format '$(SITE)' 'Created-By: Packages' "Codename: ${release#debian }" 2>/dev/null |
        grep -v -- '-security' | head -n 1
}

bootstrap() {
    local mirror log="$PULSE_CACHE/toolchain/debian13.log"
    [ -d "$TOOLCHAIN" ] && return 0
    mirror="$(own_mirror)"
    [ -n "$mirror" ] || die "no Debian mirror in apt's configuration to take Emscripten from: install Emscripten \
$EMSCRIPTEN_NEEDED or newer and put emcc on PATH"
    scratch_for "$TOOLCHAIN"
    # The machine's own way to the network (proxy, certificates, clock checks) holds for its mirror here too.
    apt-config dump --format '%F "%v";%n' Acquire 2>/dev/null |
        grep -E '^Acquire::(https?|Check-Valid-Until|Check-Date|Retries)[:: ]' >"$scratch/apt.conf" || true
    if ! mmdebstrap --variant=essential --include="$PACKAGES" --aptopt="$scratch/apt.conf" \
        --dpkgopt='path-exclude=/usr/share/doc/*' --dpkgopt='path-exclude=/usr/share/man/*' \
        --dpkgopt='path-exclude=/usr/share/locale/*' "$SUITE" "$scratch/root" "$mirror" >"$log" 2>&1; then
        tail -n 20 "$log" >&2
        die "cannot set up Debian 13 with Emscripten from $mirror; the whole log is $log"
    fi
    chroot "$scratch/root" emcc --version >/dev/null || die "the Emscripten from $mirror does not run"
    chmod 755 "$scratch/root"
    publish "$scratch/root" "$TOOLCHAIN"
    rm -f "$log"
}

provide() {
    emcc_on_path && return 0
    is_root && [ -d "$TOOLCHAIN" ] && return 0
    is_root || die "Emscripten $EMSCRIPTEN_NEEDED or newer (emcc, with cmake and ninja) is not on PATH. Install it, for \
example with emsdk, or run this once as root, which keeps a Debian 13 with Emscripten in the cache"
    have mmdebstrap || die "mmdebstrap is needed to provide Emscripten: apt-get install mmdebstrap"
    step "Providing Emscripten from Debian 13 (once; kept in $PULSE_CACHE/toolchain)" with_lock toolchain bootstrap
}

# Runs inside the private mount namespace. $1 the root, $2 the source tree, $3 the cache, $4 the directory to start
# in, then the command. The environment is a clean one: the machine's names files that are not in there.
ENTER='
set -eu
root=$1 tree=$2 cache=$3 directory=$4
shift 4
mount --rbind /dev "$root/dev"
mount -t proc proc "$root/proc"
mount -t tmpfs tmpfs "$root/tmp"
for each in "$tree" "$cache"; do
    mkdir -p "$root$each"
    mount --bind "$each" "$root$each"
done
exec chroot "$root" /usr/bin/env -i -C "$directory" "$@"
'

run() {
    if emcc_on_path; then
        exec "$@"
    fi
    provide
    mkdir -p "$PULSE_CACHE"
    exec unshare --mount --propagation private sh -c "$ENTER" sh "$TOOLCHAIN" "$PULSE_ROOT" "$PULSE_CACHE" "$PWD" \
        PATH=/usr/local/bin:/usr/bin:/bin HOME=/tmp LC_ALL=C.UTF-8 TERM="${TERM:-dumb}" PLAYLISTPULSE_CACHE="$PULSE_CACHE" \
        PLAYLISTPULSE_JOBS="$PULSE_JOBS" EM_CACHE=/usr/share/emscripten/cache "$@"
}

case "${1:-}" in
on-path) emcc_on_path ;;
provide) provide ;;
run)
    shift
    run "$@"
    ;;
*) die "usage: cmake/emscripten.sh provide | on-path | run COMMAND..." ;;
esac
