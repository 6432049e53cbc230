#!/usr/bin/env bash
# Every command of README.md and docs/*.md runs, ends as the page says, and prints what the page shows;
# links between the pages lead somewhere. HF_BLESS=1 writes the outputs. The page about the vault needs
# more programs, the one about formats a holdfast of its own, those about servers a server: docs_vault.sh,
# docs_format.sh, docs_live.sh.
set -euo pipefail
command -v python3 >/dev/null || { echo "SKIP: no python3"; exit 77; }
cd "${HOLDFAST_SOURCE:?}"
failed=0
pages=$(ls README.md docs/*.md | grep -v -e '^docs/vault\.md$' -e '^docs/adding-a-format\.md$' \
    -e '^docs/live-database\.md$' -e '^docs/leaving-bundled-mattermost\.md$')

# shellcheck disable=SC2086 # a list of names
python3 tests/support/docs_run.py . $pages || failed=1

for page in README.md docs/*.md samples/README.md; do
    for link in $(sed -n 's/](/\n](/gp' "$page" | sed -n 's/^](\([^)#]*\).*/\1/p' | grep -v '^https\?:' | sort -u); do
        [ -e "$(dirname "$page")/$link" ] || { echo "$page: no file $link"; failed=1; }
    done
done
lines=$(wc -l <README.md)
[ "$lines" -lt 120 ] || { echo "README.md has $lines lines; it stays under 120"; failed=1; }
exit $failed
