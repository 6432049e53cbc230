# tests/cli/dump_forms.sh: whatever way pg_dump is asked to write a database, what is read of it is the same, or it is said what
# to do instead. Needs a PostgreSQL server.
. "${HOLDFAST_SOURCE}/tests/support/cli.sh"
. "${HOLDFAST_SOURCE}/tests/support/pg.sh"
[ -x "$HFGEN" ] || { echo "SKIP: hfgen is not built"; exit 77; }
pg_need
cd "$work" || exit 1
programs=$(pg_bin)

dump() { # FILE DATABASE OPTIONS...
    local file=$1 database=$2
    shift 2
    expect 0 "$programs/pg_dump" -h "$HF_PG_SOCKET" -U postgres -d "$database" -f "$file" "$@"
}

expect 0 "$HFGEN" --messages 300 --to mattermost-sql -o made.sql
pg_db forms
expect 0 pg_sql forms -f made.sql >/dev/null
dump plain.sql forms
dump custom.dump forms -Fc
dump stored.dump forms -Fc -Z0
dump created.sql forms --create
dump rows.sql forms --data-only
dump others.sql forms --no-owner --no-privileges --no-comments --quote-all-identifiers
gzip -c custom.dump >custom.dump.gz

for file in made.sql custom.dump stored.dump created.sql others.sql custom.dump.gz; do
    run inspect $file --members
    want_rc 0
    run diff plain.sql $file
    want_rc 0
    run diff --bytes plain.sql $file
    want_rc 0
done

# Without CREATE TABLE nobody knows the keys of tables that we never heard of; their rows are there all the same.
run diff plain.sql rows.sql
grep -vE '^(What|missing|extra) .*(Channel|public\.(calls|fork_case_notes))' "$T/out" && fail "rows alone are read differently"
run diff --bytes plain.sql rows.sql
want_rc 0

# All databases of the server in one file: the one with a Mattermost is found; of two, one must be chosen.
pg_db "forms other"
expect 0 pg_sql "forms other" -f made.sql >/dev/null
pg_sql "forms other" -c "DELETE FROM posts WHERE rootid <> ''"
pg_db "forms empty"
expect 0 "$programs/pg_dumpall" -h "$HF_PG_SOCKET" -U postgres -f all.sql
run inspect mattermost-dump:all.sql
want_rc 2
want err "Mattermosts: "
want err "forms other.public"
want err "--set database=NAME"
run convert mattermost-dump:all.sql chosen.jsonl --to jsonl --set database=forms
want_rc 0
run convert plain.sql plain.jsonl --to jsonl
cmp -s chosen.jsonl plain.jsonl || fail "a database of pg_dumpall's file is another than by itself"

# Forms that are not read.
refused() { # FILE TEXT HINT
    run inspect "$1"
    want_rc 7
    want err "$2"
    want err "$3"
}
dump folder forms -Fd
refused folder "no dump in one file" "pg_restore -f"
dump archive.tar forms -Ft
refused archive.tar "no dump in one file" "pg_restore -f"
dump inserts.sql forms --inserts
refused inserts.sql "INSERT statements" "without --inserts"
dump latin.sql forms --schema-only -E LATIN1
refused mattermost-dump:latin.sql "encoding LATIN1" "-E UTF8"
dump schema.sql forms --schema-only
refused schema.sql "without its rows" "--schema-only"
dump other.dump postgres -Fc
refused mattermost-dump:other.dump "not a Mattermost" "DataSource"

# The custom format needs pg_restore, whole files, and takes no more from a cut one than is asked for.
PATH=/nowhere run inspect custom.dump
want_rc 7
want err "pg_restore is needed"
want err "postgresql-client"
# A newer pg_dump than our pg_restore is no damage.
{ head -c 6 custom.dump; printf '\143'; tail -c +8 custom.dump; } >newer.dump
run inspect newer.dump
want_rc 7
want err "(1.99)"
want err "newer than this pg_restore"
head -c $(($(stat -c %s custom.dump) * 2 / 3)) custom.dump >cut.dump
run convert cut.dump cut.jsonl --to jsonl
want_rc 4
[ -e cut.jsonl ] && fail "a cut dump is published"
run convert cut.dump cut.jsonl --to jsonl --salvage --origin cut
want_rc 3

pass
