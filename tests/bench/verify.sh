#!/usr/bin/env bash
# tests/bench/verify.sh [--mib N] [--runs R] [--vault VAULT]: how fast a package and a vault are verified
# beside coreutils sha256sum and openssl dgst -sha256 over the same bytes, in one run, on one core,
# input warm. Needs a Release build in HOLDFAST_BUILD. Prints the medians of R runs in seconds of CPU
# time and MB/s, and ends with 1 when holdfast is less than 3 times as fast as sha256sum, or slower than
# openssl by more than a tenth.
set -euo pipefail
build=${HOLDFAST_BUILD:?a Release build}
holdfast=${HOLDFAST_BIN:-$build/cli/holdfast}
mib=1024 runs=5 vault=""
while [ $# -gt 1 ]; do
    case $1 in
    --mib) mib=$2 ;;
    --runs) runs=$2 ;;
    --vault) vault=$2 ;;
    *) break ;;
    esac
    shift 2
done
[ $# = 0 ] || { sed -n '2,6s/^# \{0,1\}//p' "$0"; exit 2; }
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"

# A bag of 16 MiB files that no compression helps.
mkdir -p bag/data
for i in $(seq $((mib / 16))); do head -c 16777216 /dev/urandom >bag/data/$i; done
(cd bag && printf 'BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n' >bagit.txt && sha256sum data/* >manifest-sha256.txt)

one_core=$(command -v taskset >/dev/null && echo "taskset -c 0" || true)
seconds() { # median CPU seconds of the command, its last argument the folder to work in
    local i
    for i in $(seq "$runs"); do
        # shellcheck disable=SC2086 # several words, or none
        (cd "$where" && TIMEFORMAT=%U+%S && { time $one_core "$@" >/dev/null 2>&1; } 2>&1 | tail -1 | bc)
    done | sort -n | sed -n "$(((runs + 1) / 2))p"
}
line() { awk -v n="$1" -v s="$2" -v m="$3" 'BEGIN { printf "%-22s %6.2f s  %5.0f MB/s\n", n, s, m * 1.048576 / s }'; }
where=$folder/bag
ours=$(seconds "$holdfast" verify .)
core=$(seconds sha256sum -c --quiet manifest-sha256.txt)
mapfile -t files < <(cd bag && ls data/*)
ssl=$(seconds openssl dgst -sha256 "${files[@]}")
line "holdfast verify" "$ours" "$mib"
line "sha256sum -c" "$core" "$mib"
line "openssl dgst -sha256" "$ssl" "$mib"
if [ -n "$vault" ]; then
    size=$(du -sm --apparent-size "$vault" | cut -f1)
    where=$folder
    line "holdfast verify VAULT" "$(seconds "$holdfast" verify "$vault")" "$size"
    line "sha256sum of its files" "$(seconds find "$vault" -type f -exec sha256sum {} +)" "$size"
fi
awk -v o="$ours" -v c="$core" -v s="$ssl" 'BEGIN { printf "%.1f times sha256sum, %.2f times openssl\n", c / o, s / o; exit !(c >= 3 * o && o <= 1.1 * s) }'
