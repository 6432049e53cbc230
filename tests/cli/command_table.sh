# tests/cli/command_table.sh: every entry of the command table is whole, and help prints it.
. "${HOLDFAST_SOURCE}/tests/support/cli.sh"

run help --json
want_rc 0
cp "$T/out" "$T/table"

# Each filter lists what breaks a rule of cli/cmd.h.
rule() {
    broken=$(jq -r "$2" "$T/table") || fail "jq: $1"
    [ -z "$broken" ] || fail "$1: $broken"
}
all_options='(.commands[] | . as $c | .options[] | . + {at: "\($c.name) --\(.name)"}), (.options[] | . + {at: "--\(.name)"})'
rule "a summary has 1 to 72 characters, starts with a capital and has no full stop" \
    '.commands[] | select(.summary | test("^[A-Z].{0,70}[^.]$") | not) | .name'
rule "an option has a help text without a full stop" \
    "$all_options"' | select((.help // "") | test("[^.]$") | not) | .at'
rule "an option's name is lower case with dashes" \
    "$all_options"' | select(.name | test("^[a-z][a-z0-9-]*$") | not) | .at'
rule "an option has a value exactly when it is no flag" \
    "$all_options"' | select((.value == null) != (.type == "flag")) | .at'
rule "a flag has no default, and a choice's default is one of its words" \
    "$all_options"' | select(.default != null) | . as $o | select(.type == "flag" or (.type == "choice" and (.value | split("|") | index($o.default) == null))) | .at'
rule "no option of a command repeats a name or letter, its own or a global one" \
    '.options as $g | .commands[] | .name as $c | ([.options[], $g[]] | (map(.name) + (map(.alias) | map(select(. != null)))) | group_by(.)[] | select(length > 1) | "\($c): \(.[0])")'
rule "an argument has a help text" \
    '.commands[] | .name as $c | .arguments[] | select((.help // "") == "") | "\($c) \(.name)"'
rule "only the last argument is repeated, and none that is needed follows an optional one" \
    '.commands[] | .name as $c | .arguments as $a | range(1; $a | length) | select($a[. - 1].repeated or ($a[. - 1].optional and ($a[.].optional | not))) | $c'
rule "every command has an example, and it starts with the command" \
    '.commands[] | .name as $c | select((.examples | length) == 0 or any(.examples[]; .line | startswith($c) | not)) | .name'

jq -r '.commands[].name' "$T/table" >"$T/names"
[ -s "$T/names" ] || fail "no commands"
while read -r name; do
    # shellcheck disable=SC2086 # two words for a verb of a noun
    run $name --help
    want_rc 0
    want out "Usage: holdfast $name"
    [ -s "$T/err" ] && fail "$last writes to stderr"
    awk -v n="$last" 'length($0) > 100 { print "FAILED: " n ": line over 100: " $0; bad = 1 } END { exit bad }' \
        "$T/out" || failures=$((failures + 1))
    # Every option of the table stands on the page.
    jq -r --arg n "$name" '.commands[] | select(.name == $n) | .options[].name' "$T/table" >"$T/options"
    while read -r option; do
        want out "--$option"
    done <"$T/options"
    cp "$T/out" "$T/page"
    # shellcheck disable=SC2086
    run help $name
    want_rc 0
    cmp -s "$T/out" "$T/page" || fail "help $name differs from $name --help"
done <"$T/names"

# Examples are read by the parser as they stand; --help keeps them from running.
jq -r '.commands[].examples[].line' "$T/table" >"$T/examples"
while read -r line; do
    words=${line%%[|>]*}
    eval "run $words --help"
    want_rc 0
    want out "Usage: holdfast"
done <"$T/examples"

run help
want_rc 0
while read -r name; do
    want out "  $name "
done <"$T/names"
run
want_rc 0
want out "Usage: holdfast COMMAND"
for form in csv tsv jsonl; do
    run help --format $form
    want_rc 0
    want out "config show"
done
finish
