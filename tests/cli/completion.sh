# tests/cli/completion.sh: the scripts parse, and complete what the table says.
. "${HOLDFAST_SOURCE}/tests/support/cli.sh"

for shell in bash zsh fish; do
    run completion $shell
    want_rc 0
    cp "$T/out" "$T/holdfast.$shell"
    # zsh and fish are checked where they are installed; bash always is.
    if [ $shell = bash ] || command -v $shell >/dev/null; then
        $shell -n "$T/holdfast.$shell" || fail "$shell cannot read its script"
    fi
done

. "$T/holdfast.bash"
completes() {
    wanted=$1
    shift
    COMP_WORDS=("$@")
    COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
    COMPREPLY=()
    _holdfast
    [ "${COMPREPLY[*]}" = "$wanted" ] || fail "$* completes to: ${COMPREPLY[*]}, not: $wanted"
}
completes "version" holdfast vers
completes "config" holdfast conf
completes "show check" holdfast config ""
completes "--origin" holdfast config show --or
completes "json jsonl" holdfast version --format js
completes "auto always" holdfast config show --color a
completes "" holdfast version --config "" # a file: left to the shell
completes "" holdfast version ""

run help --json
jq -r '.commands[] | "\(.name)\t\(.options | map("--" + .name) | join(" "))"' "$T/out" >"$T/table"
while IFS="$(printf '\t')" read -r name options; do
    # shellcheck disable=SC2086
    COMP_WORDS=(holdfast $name --)
    COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
    _holdfast
    for option in $options --json --tz; do
        case " ${COMPREPLY[*]} " in
        *" $option "*) ;;
        *) fail "$name does not complete $option" ;;
        esac
    done
done <"$T/table"
finish
