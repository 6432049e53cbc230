#!/usr/bin/env bash
# tests/run.sh: install what is missing, build with sanitizers, run every test.
#
# Works as root and with sudo on Debian 12; asks nothing. Builds in build-test/. Starts a PostgreSQL
# server of its own, on a socket below /tmp, and stops it, however the run ends. The last line is
# "N passed, N failed, N skipped"; the exit status is 0 when nothing failed, and with
# HOLDFAST_NO_SKIP=1 only when nothing was skipped either.
set -euo pipefail
cd "$(dirname "$0")/.."
build=$PWD/build-test

build_packages="gcc libc6-dev cmake ninja-build pkgconf libpq-dev libsqlite3-dev libarchive-dev
    libssl-dev libxml2-dev libzstd-dev libutf8proc-dev libpcre2-dev libzip-dev zlib1g-dev"
test_packages="libcmocka-dev libjansson-dev postgresql-15 sqlite3 openssl zstd zip unzip python3 jq
    ripgrep libarchive-tools clang-format-14 tzdata"

say() {
    printf '== %s\n' "$*"
}

as_root() {
    if [ "$(id -u)" = 0 ]; then
        "$@"
    else
        sudo -n "$@"
    fi
}

missing_packages() {
    for package in $build_packages $test_packages; do
        state=$(dpkg-query -W -f='${db:Status-Status}' "$package" 2>/dev/null || true)
        [ "$state" = installed ] || printf '%s ' "$package"
    done
}

install_packages() {
    command -v dpkg-query >/dev/null || { say "not a Debian system: nothing is installed"; return; }
    missing=$(missing_packages)
    [ -n "$missing" ] || { say "all packages are installed"; return; }
    say "installing: $missing"
    if [ "$(id -u)" != 0 ] && ! command -v sudo >/dev/null; then
        echo "tests/run.sh: needs root or sudo to install: $missing" >&2
        exit 1
    fi
    # No cluster on port 5432 and no service: the tests make their own.
    as_root mkdir -p /etc/postgresql-common/createcluster.d
    echo 'create_main_cluster = false' |
        as_root tee /etc/postgresql-common/createcluster.d/holdfast.conf >/dev/null
    as_root env DEBIAN_FRONTEND=noninteractive apt-get update -q
    # shellcheck disable=SC2086 # a list of words
    as_root env DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends $missing
}

build_all() {
    say "building with sanitizers in build-test/"
    launcher=""
    if command -v ccache >/dev/null; then
        launcher=-DCMAKE_C_COMPILER_LAUNCHER=ccache
        export CCACHE_BASEDIR=$PWD CCACHE_NOHASHDIR=1
    fi
    cmake -S . -B "$build" -G Ninja -DHOLDFAST_DEV=ON -DHOLDFAST_TESTS=ON $launcher >/dev/null
    ninja -C "$build"
}

# Sets passed, failed, skipped from ctest's own list.
count_results() {
    passed=0 failed=0 skipped=0
    while read -r line; do
        case $line in
        *"   Passed "*) passed=$((passed + 1)) ;;
        *"***Skipped"*) skipped=$((skipped + 1)) ;;
        *"***"*) failed=$((failed + 1)) ;;
        esac
    done < <(grep -E '^ *[0-9]+/[0-9]+ Test +#' "$1")
}

install_packages
build_all
say "starting a PostgreSQL server for the tests"
# shellcheck source=tests/support/pg.sh
. tests/support/pg.sh
unset HF_PG_SOCKET
! pg_bin >/dev/null || pg_need # without one, the tests that need it say so
say "running the tests"
log=$build/ctest.log
ctest --test-dir "$build" --output-on-failure -j "$(nproc)" --timeout 600 2>&1 | tee "$log" || true
count_results "$log"
if [ "$skipped" -gt 0 ]; then
    say "skipped, and why"
    grep -E '\*\*\*Skipped' "$log" | sed -E 's/^.*Test +#[0-9]+: ([^ ]+) .*/  \1/' | sort |
        while read -r name; do
            # The test says it itself, in a line SKIP: ...
            why=$(ctest --test-dir "$build" -R "^$name\$" -V 2>/dev/null | sed -n 's/.*SKIP: //p' | head -1)
            printf '  %s: %s\n' "$name" "${why:-it does not say}"
        done
fi
if [ $((passed + failed)) = 0 ]; then
    say "no test ran"
    failed=1
fi
echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" = 0 ] || exit 1
[ "$skipped" = 0 ] || [ "${HOLDFAST_NO_SKIP:-0}" = 0 ] || exit 1
