#!/usr/bin/env bash
# samples/quickstart.sh: install what is missing, build, and run the main job on the sample export.
#
# Works as root and with sudo on Debian 12; asks nothing; says every command before it runs it. Builds in
# build/, writes to a new temporary folder that it names at the end.
set -euo pipefail
cd "$(dirname "$0")/.."
root=$PWD
packages="gcc libc6-dev cmake ninja-build pkgconf libsqlite3-dev libarchive-dev libssl-dev libxml2-dev
    libzstd-dev libutf8proc-dev libpcre2-dev libzip-dev zlib1g-dev libpq-dev tzdata"

as_root() {
    if [ "$(id -u)" = 0 ]; then "$@"; else sudo -n "$@"; fi
}

install_packages() {
    command -v dpkg-query >/dev/null || return 0
    missing=""
    for p in $packages; do
        state=$(dpkg-query -W -f='${db:Status-Status}' "$p" 2>/dev/null || true)
        [ "$state" = installed ] || missing="$missing $p"
    done
    [ -n "$missing" ] || return 0
    echo "== installing:$missing"
    as_root env DEBIAN_FRONTEND=noninteractive apt-get update -q >/dev/null
    # shellcheck disable=SC2086 # a list of words
    as_root env DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends $missing >/dev/null
}

install_packages
echo "== building in build/"
cmake -S . -B build -G Ninja -DCMAKE_BUILD_TYPE=Release -DHOLDFAST_TESTS=OFF >/dev/null
ninja -C build >/dev/null

PATH=$root/build/cli:$PATH
export_dir=$root/samples/slack-northwind
work=$(mktemp -d "${TMPDIR:-/tmp}/holdfast-quickstart-XXXXXX")
cd "$work"

# Show a command, run it, and check that it ends as this script says it must.
run() {
    want=$1
    shift
    printf '\n$ holdfast %s\n' "$*"
    status=0
    holdfast "$@" || status=$?
    if [ "$status" != "$want" ]; then
        echo "quickstart: exit status $status, not $want" >&2
        exit 1
    fi
}

run 0 inspect "$export_dir"
run 0 import "$export_dir" --into northwind.vault
run 0 search northwind.vault 'lanternfish'
run 0 convert "$export_dir" general.txt --to txt --channel general
head -n 12 general.txt
run 0 convert "$export_dir" northwind-mm.zip --to mattermost-bulk --team northwind --report report
run 0 verify northwind-mm.zip
run 0 convert northwind-mm.zip back --to slack
run 0 diff "$export_dir" back
run 0 convert northwind.vault rebuilt --to slack
run 0 diff --bytes "$export_dir" rebuilt

printf '\nEverything is in %s: the vault, the Mattermost import file with its sidecar,\n' "$work"
printf 'report/fidelity.html (what became of every value), and two exports made again.\n'
