# tests/cli/dump_live_same.sh: a real server's dump, restored and read live, and read as a file: the same records, the same
# members; and inspect counts what psql counts, of every table, or says that it does not read it.
. "${HOLDFAST_SOURCE}/tests/support/cli.sh"
. "${HOLDFAST_SOURCE}/tests/support/pg.sh"
command -v python3 >/dev/null || { echo "SKIP: no python3"; exit 77; }
"$HOLDFAST_BIN" formats mattermost >/dev/null 2>&1 || { echo "SKIP: built without PostgreSQL"; exit 77; }
need_corpus
pg_need
cd "$work" || exit 1

# The corpus has two things that do not restore: an owner that is not here, and tokens that were masked by longer texts than
# their column takes (they are not read in any case).
sed '/^ALTER .* OWNER TO /d; s/REDACTED-useraccesstokens-/masked-/' "$corpus/matrix/matrix-as-mm/mattermost.sql" >real.sql
expect 0 "$HFGEN" --messages 400 --to mattermost-sql --schema old -o old.sql
expect 0 "$HFGEN" --messages 400 --to mattermost-sql --schema new -o new.sql
run vault init runs.vault
want_rc 0

for name in real old new; do
    database=same_$name
    live=$(pg_url $database)
    pg_db $database
    pg_sql $database -f $name.sql >"$T/restored" 2>&1 || { fail "$name.sql does not restore"; cat "$T/restored"; }
    run import "$live" --into $name.vault
    want_rc 0
    for jobs in 1 2; do
        run diff $name.sql "$live" --vault runs.vault --jobs $jobs
        want_rc 0
        refuse err " 0 same"
        run diff --bytes $name.sql "$live" --vault runs.vault --jobs $jobs
        want_rc 0
        refuse err " 0 same"
    done
    run diff $name.sql $name.vault
    want_rc 0

    pg_sql $database -At -c "SELECT tablename FROM pg_tables WHERE schemaname = 'public'" |
        while read -r table; do
            echo "$table $(pg_sql $database -At -c "SELECT count(*) FROM public.\"$table\"")"
        done | sort >counted
    for source in $name.sql "$live"; do
        run inspect "$source" --members --format json
        want_rc 0
        python3 - "$T/out" counted <<'PYTHON' || fail "inspect $source counts other rows than psql"
import json, re, sys
doc = json.load(open(sys.argv[1]))
want = dict(line.split() for line in open(sys.argv[2]))
said = {m["member"].removeprefix("pg/public."): str(m["rows"]) for m in doc["members"] if m["type"] == "table"}
named = {name for key in ("tables_not_read", "system_tables", "derived_tables")
         for name in re.findall(r"(?:^|, )(\w+)", doc.get(key, ""))}
wrong = [f"{t}: {said.get(t)}, not {n}" for t, n in want.items() if t not in named and said.get(t) != n]
wrong += [f"{t}: read and said not to be" for t in named if t in said]
wrong += [f"{t}: not in the database" for t in set(said) | named if t not in want]
print(*wrong, sep="\n", end="\n" if wrong else "")
sys.exit(bool(wrong) or len(said) < 20 or len(named) < 4)
PYTHON
    done
done

pass
