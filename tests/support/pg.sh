# tests/support/pg.sh: a PostgreSQL server for tests; sourced after cli.sh, or run:
#
#     bash tests/support/pg.sh COMMAND ARGS...    run a command with HF_PG_SOCKET set
#
# One server per test run: the one whose socket is in the folder $HF_PG_SOCKET when that is set
# (tests/run.sh starts it), otherwise one of our own, gone when the shell ends, however it ends. It
# listens on no network, takes two or three seconds of one core, and never writes outside its folder below /tmp.
# Works as root (the server runs as user postgres) and as anybody else. HF_PG_BIN is the folder with
# the programs of another PostgreSQL than the newest that is installed.
#
# pg_need              a server: sets and exports HF_PG_SOCKET; ends the test as skipped without one
# pg_db NAME [ENC]     a new empty database (an old one of that name goes); ENC: UTF8
# pg_sql NAME ARGS...  psql on it, stopping at the first error
# pg_url NAME [USER]   its connection string
# pg_own               a server for this test alone, which it may stop and kill: sets $pg_dir
# pg_ctl ARGS...       pg_ctl on the server of pg_own
#
# Role "postgres" needs no password; role "needs_password", when a test makes it, does.

for variable in ${!PG*}; do
    unset "$variable" # a service or a host of the caller's must reach no test
done
pg_dir=""

pg_bin() {
    local newest
    [ -z "${HF_PG_BIN:-}" ] || { echo "$HF_PG_BIN"; return; }
    newest=$(find /usr/lib/postgresql -mindepth 3 -maxdepth 3 -name initdb 2>/dev/null | sort -V | tail -1)
    [ -n "$newest" ] || newest=$(command -v initdb) || return 1
    dirname "$newest"
}

# As the user that the server runs as; in the server's folder, which root's own may not be.
pg_as() {
    if [ "$(id -u)" = 0 ]; then
        (cd "$pg_dir" && setpriv --reuid=postgres --regid=postgres --init-groups -- "$@")
    else
        (cd "$pg_dir" && "$@")
    fi
}

pg_stop() {
    [ -n "$pg_dir" ] || return 0
    pg_as "$pg_programs/pg_ctl" -D "$pg_dir/data" -m immediate stop >/dev/null 2>&1
    rm -rf "$pg_dir"
    pg_dir=""
}

# The shell may be killed without a word: then its server ends too.
pg_watch() {
    local shell=$$
    (
        exec </dev/null >/dev/null 2>&1
        while kill -0 "$shell" && [ -d "$pg_dir" ]; do sleep 1; done
        pg_stop
    ) &
    disown
}

pg_start() {
    pg_programs=$(pg_bin) || return 1
    pg_dir=$(mktemp -d /tmp/hf.XXXXXX) || return 1 # a socket's path is at most 107 bytes
    [ "$(id -u)" != 0 ] || chown postgres:postgres "$pg_dir" || return 1
    trap 'pg_stop; [ -z "${T:-}" ] || rm -rf "$T"' EXIT
    pg_as "$pg_programs/initdb" -D "$pg_dir/data" -U postgres -A trust -E UTF8 --locale=C.UTF-8 \
        --no-sync >"$pg_dir/initdb.log" 2>&1 || { cat "$pg_dir/initdb.log"; return 1; }
    pg_as sed -i '1i local all needs_password scram-sha-256' "$pg_dir/data/pg_hba.conf" || return 1
    pg_as sh -c 'cat >>"$0/postgresql.conf"' "$pg_dir/data" <<-CONF
	listen_addresses = ''
	unix_socket_directories = '$pg_dir'
	fsync = off
	full_page_writes = off
	max_connections = 100
	shared_buffers = 128MB
	timezone = 'UTC'
	password_encryption = 'scram-sha-256'
	CONF
    pg_as "$pg_programs/pg_ctl" -D "$pg_dir/data" -l "$pg_dir/log" -w start >/dev/null ||
        { cat "$pg_dir/log"; return 1; }
    pg_watch
}

pg_need() {
    [ -z "${HF_PG_SOCKET:-}" ] || return 0
    pg_own
}

pg_own() {
    pg_bin >/dev/null && command -v psql >/dev/null || { echo "SKIP: no PostgreSQL server"; exit 77; }
    pg_start || { echo "FAILED: the PostgreSQL server does not start"; exit 1; }
    export HF_PG_SOCKET=$pg_dir
}

pg_ctl() {
    pg_as "$pg_programs/pg_ctl" -D "$pg_dir/data" -l "$pg_dir/log" "$@"
}

pg_sql() {
    local name=$1
    shift
    psql -X -q -v ON_ERROR_STOP=1 -h "$HF_PG_SOCKET" -U postgres -d "$name" "$@"
}

pg_db() {
    pg_sql postgres -c "DROP DATABASE IF EXISTS \"$1\"" -c "CREATE DATABASE \"$1\" TEMPLATE template0
        ENCODING '${2:-UTF8}' LC_COLLATE 'C' LC_CTYPE 'C'" 2>/dev/null
}

pg_url() {
    printf 'postgresql://%s@/%s?host=%s' "${2:-postgres}" "$1" "$HF_PG_SOCKET"
}

if [ "${BASH_SOURCE[0]}" = "$0" ]; then
    set -u
    pg_need
    "$@"
    exit $?
fi
