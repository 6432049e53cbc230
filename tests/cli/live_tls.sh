#!/usr/bin/env bash
# A server behind TLS: with the right authority and name it is read, and refused with any other.
. "$HOLDFAST_SOURCE/tests/support/cli.sh"
. "$HOLDFAST_SOURCE/tests/support/pg.sh"
command -v openssl >/dev/null && command -v python3 >/dev/null || { echo "SKIP: no openssl or python3"; exit 77; }
pg_own
authority() { # NAME
    openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj "/CN=$1" -keyout "$T/$1.key" -out "$T/$1.crt" 2>/dev/null
}
authority right && authority wrong || fail "no authority"
openssl req -newkey rsa:2048 -nodes -subj /CN=chat.example -addext "subjectAltName=DNS:chat.example" \
    -keyout "$T/server.key" -out "$T/server.csr" 2>/dev/null
printf 'subjectAltName=DNS:chat.example\n' >"$T/names"
openssl x509 -req -in "$T/server.csr" -CA "$T/right.crt" -CAkey "$T/right.key" -CAcreateserial -days 2 \
    -extfile "$T/names" -out "$T/server.crt" 2>/dev/null || fail "no certificate"
cp "$T/server.key" "$T/server.crt" "$pg_dir/data/"
[ "$(id -u)" != 0 ] || chown postgres:postgres "$pg_dir/data/server.key" "$pg_dir/data/server.crt"
chmod 600 "$pg_dir/data/server.key"
port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
pg_as sh -c 'printf "%s\n" "ssl = on" "listen_addresses = '"'127.0.0.1'"'" "port = $1" >>"$0/postgresql.conf"
    echo "hostssl all all 127.0.0.1/32 trust" >>"$0/pg_hba.conf"' "$pg_dir/data" "$port"
pg_ctl -w restart >/dev/null || fail "the server does not start with TLS"
export PGPORT=$port
"$HFGEN" --messages 60 --seed 5 --to mattermost-sql -o "$T/base.sql" 2>/dev/null || fail hfgen
pg_db tls && pg_sql tls -f "$T/base.sql" >/dev/null || fail psql

try() { # NAME AUTHORITY [MODE]
    run inspect "postgresql://postgres@$1:$port/tls?hostaddr=127.0.0.1&sslmode=${3:-verify-full}&sslrootcert=$T/$2.crt"
}
try chat.example right
want_rc 0
try chat.example wrong
want_rc 10
want err certificate
want err sslrootcert
try other.example right
want_rc 10
want err chat.example
want err other.example
try other.example right verify-ca
want_rc 0
try chat.example absent
want_rc 10
want err absent.crt
run import "postgresql://postgres@chat.example:$port/tls?hostaddr=127.0.0.1&sslmode=verify-full&sslrootcert=$T/right.crt" --into "$T/v"
want_rc 0
run import "postgresql://postgres@chat.example:$port/tls?hostaddr=127.0.0.1&sslmode=verify-full&sslrootcert=$T/wrong.crt" --into "$T/v"
want_rc 10
finish
