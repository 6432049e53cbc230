#!/usr/bin/env bash
# libFuzzer for 300 s (or $1) on each of json, slack, bulk (or the targets named after it), by clang-14
set -euo pipefail
export UBSAN_OPTIONS=halt_on_error=1:print_stacktrace=1
seconds=${1:-300}
[ $# -le 1 ] && targets=(fuzz_json fuzz_slack fuzz_bulk) || targets=("${@:2}")
cd "$HOLDFAST_SOURCE"
build=${HOLDFAST_FUZZ_BUILD:-$PWD/build-fuzz}
cmake -S . -B "$build" -G Ninja -DHOLDFAST_FUZZ=ON -DCMAKE_C_COMPILER=clang-14 >/dev/null
ninja -C "$build" "${targets[@]}" | tail -1
status=0
for target in "${targets[@]}"; do
    found=$(mktemp -d)
    if (cd "$found" && mkdir corpus && "$build/tests/fuzz/$target" -max_total_time="$seconds" -timeout=20 -rss_limit_mb=2048 \
        -print_final_stats=1 corpus "$HOLDFAST_SOURCE/tests/fuzz/corpus/$target" >log 2>&1); then
        awk -v t="$target" '/stat::number_of_executed_units/ { n = $2 } /stat::average_exec_per_sec/ { r = $2 }
            /cov: / { for (i = 1; i < NF; i++) if ($i == "cov:") c = $(i + 1) }
            END { printf "%s: %d inputs, %d a second, %d places reached, nothing broken\n", t, n, r, c }' "$found/log"
        rm -rf "$found"
    else
        status=1
        echo "FAILED: $target: see $found"
        grep -E 'ERROR|SUMMARY|Test unit written' "$found/log" | head -5
    fi
done
exit $status
