#!/usr/bin/env bash
# Fetches, checks and unpacks the pinned third-party sources of third_party.lock.
#
#   cmake/fetch.sh          fetch what is missing and print the directory that holds one directory per source
#   cmake/fetch.sh --path   print that directory's name only, whether or not it is there
#
# Nothing half-done is ever left under a final name: downloads and unpacked trees are made next to their place and
# renamed into it once they are checked. A second run continues with what is missing.

. "$(dirname "${BASH_SOURCE[0]}")/common.sh"

LOCK_FILE="$PULSE_ROOT/cmake/third_party.lock"
ARCHIVES="$PULSE_CACHE/archives"
SOURCES="$PULSE_CACHE/sources-$(short_hash <"$LOCK_FILE")"

lock_lines() {
    grep -Ev '^[[:space:]]*(#|$)' "$LOCK_FILE"
}

# The mirrors of Debian's packages that this machine's apt uses, without the security archive (another tree).
debian_mirrors() {
    have apt-get || return 0
    apt-get indextargets --format '$(SITE)' 'Created-By: Packages' 2>/dev/null | grep -v -- '-security' | sort -u
}

# download URL FILE: to FILE or not at all.
download() {
    local url="$1" file="$2" part
    part="$(mktemp "$file.XXXXXX.part")"
    if have curl; then
        curl --fail --silent --show-error --location --retry 3 --connect-timeout 20 --output "$part" "$url"
    elif have wget; then
        wget --quiet --tries=3 --timeout=60 --output-document="$part" "$url"
    else
        rm -f "$part"
        die "neither curl nor wget is installed: one of them is needed to fetch sources"
    fi || {
        rm -f "$part"
        return 1
    }
    mv -T "$part" "$file"
}

sha256_is() {
    [ "$(sha256sum <"$1" | cut -d ' ' -f 1)" = "$2" ]
}

# sources_hash DIRECTORY files...: one hash over the names and contents of the C and C++ sources, headers and kernel
# lists below the named files and directories.
sources_hash() {
    local directory="$1"
    shift
    (
        cd "$directory"
        find "$@" -type f \( -name '*.c' -o -name '*.cc' -o -name '*.h' -o -name '*.cmake' -o -name '*.tcl' \
            -o -name '*.y' -o -name '*.in' \) -print0 | LC_ALL=C sort -z | xargs -0 sha256sum | sha256sum |
            cut -d ' ' -f 1
    )
}

# unpack ARCHIVE DIRECTORY: with the archive's single top directory, where it has one, taken away.
unpack() {
    local archive="$1" directory="$2" raw="$2.raw" entries
    rm -rf "$raw" "$directory"
    mkdir -p "$raw"
    tar -x --no-same-owner -f "$archive" -C "$raw"
    mapfile -t entries < <(find "$raw" -mindepth 1 -maxdepth 1)
    if [ "${#entries[@]}" -eq 1 ] && [ -d "${entries[0]}" ]; then
        mv -T "${entries[0]}" "$directory"
        rmdir "$raw"
    else
        mv -T "$raw" "$directory"
    fi
}

# fetch_source DESTINATION name version archive-sha256 debian-path files-sha256 upstream files...
fetch_source() {
    local destination="$1" name="$2" version="$3" archive_sha="$4" path="$5" files_sha="$6" upstream="$7" mirror archive
    shift 7
    archive="$ARCHIVES/${path##*/}"
    if [ -f "$archive" ] && ! sha256_is "$archive" "$archive_sha"; then
        say "    $archive is damaged: fetching it again"
        rm -f "$archive"
    fi
    if [ ! -f "$archive" ]; then
        while read -r mirror; do
            say "    $name $version from $mirror"
            download "$mirror/$path" "$archive.unchecked" || continue
            if sha256_is "$archive.unchecked" "$archive_sha"; then
                mv -T "$archive.unchecked" "$archive"
                break
            fi
            say "    $mirror/$path does not have the pinned SHA-256: not used"
            rm -f "$archive.unchecked"
        done < <(debian_mirrors)
    fi
    if [ ! -f "$archive" ]; then
        archive="$ARCHIVES/$name-$version.upstream.tar.gz"
        if [ ! -f "$archive" ]; then
            say "    $name $version from $upstream"
            download "$upstream" "$archive" ||
                die "cannot fetch $name $version: neither the machine's Debian mirrors nor $upstream have it"
        fi
    fi
    unpack "$archive" "$destination/$name"
    if [ "$(sources_hash "$destination/$name" "$@")" != "$files_sha" ]; then
        rm -rf "${destination:?}/$name" "$archive"
        die "$name $version ($archive) does not hold the sources pinned in cmake/third_party.lock: removed"
    fi
}

# sqlite3.c: SQLite's sources in one file, made by its own build.
amalgamate_sqlite() {
    local destination="$1" work="$1/sqlite3-work" tool
    for tool in tclsh make cc; do
        have "$tool" || die "$tool is needed to put SQLite's sources together: apt-get install tcl make gcc"
    done
    cp -r "$destination/sqlite3" "$work"
    (
        cd "$work"
        { ./configure --disable-tcl --disable-readline && make sqlite3.c; } >log 2>&1 || {
            tail -n 20 log >&2
            exit 1
        }
    ) || die "SQLite's own build failed, as said above"
    mkdir "$destination/sqlite3-amalgamation"
    mv "$work/sqlite3.c" "$work/sqlite3.h" "$destination/sqlite3-amalgamation/"
    rm -rf "$work"
}

fetch_all() {
    local line
    [ -d "$SOURCES" ] && return 0
    mkdir -p "$ARCHIVES"
    rm -f "$ARCHIVES"/*.part "$ARCHIVES"/*.unchecked
    scratch_for "$SOURCES"
    while read -r line; do
        # Word splitting is what separates the columns.
        # shellcheck disable=SC2086
        fetch_source "$scratch" $line
    done < <(lock_lines)
    amalgamate_sqlite "$scratch"
    publish "$scratch" "$SOURCES"
}

if [ "${1:-}" != "--path" ] && [ ! -d "$SOURCES" ]; then
    step "Fetching the pinned third-party sources" with_lock sources fetch_all
fi
printf '%s\n' "$SOURCES"
