#!/usr/bin/env bash
# PostgreSQL and Redis for the tests, private to this checkout.
#
#   scripts/services.sh start   starts both on free ports of 127.0.0.1 and prints their URLs
#   scripts/services.sh env     prints the URLs of the running pair, ready for `eval`
#   scripts/services.sh stop    stops both and removes what they stored
#
# What is missing is installed with apt; what cannot be had is said, and fails.
# FLORIN_SERVICES_DIR moves the folder that remembers the running pair.
set -euo pipefail

root="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)"
state="${FLORIN_SERVICES_DIR:-$root/.test/services}"

fail() {
    echo "services: $*" >&2
    exit 1
}

# Debian keeps PostgreSQL's server programs off the PATH.
postgres_bin() {
    local found
    found="$(command -v initdb || true)"
    if [ -z "$found" ]; then
        found="$(find /usr/lib/postgresql -path '*/bin/initdb' 2>/dev/null | sort -V | tail -n 1)"
    fi
    [ -n "$found" ] && dirname "$(readlink -f "$found")"
}

install_packages() {
    command -v apt-get >/dev/null || fail "$* are missing, and there is no apt-get to install them with"
    local as_root=()
    if [ "$(id -u)" -ne 0 ]; then
        command -v sudo >/dev/null || fail "$* are missing; install them as root: apt-get install $*"
        as_root=(sudo -n)
    fi
    echo "services: installing $*" >&2
    # RUNLEVEL=1 keeps the packages from starting servers of their own.
    "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get update -qq >&2 ||
        echo "services: apt-get update failed; trying with the lists there are" >&2
    "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive RUNLEVEL=1 \
        apt-get install -qq -y --no-install-recommends "$@" >&2 || fail "apt-get could not install $*"
}

ensure_programs() {
    local missing=()
    [ -n "$(postgres_bin || true)" ] || missing+=(postgresql)
    command -v redis-server >/dev/null || missing+=(redis-server)
    command -v python3 >/dev/null || missing+=(python3)
    # Pages are tested in a browser.
    command -v chromium >/dev/null || missing+=(chromium)
    command -v chromedriver >/dev/null || missing+=(chromium-driver)
    [ ${#missing[@]} -eq 0 ] || install_packages "${missing[@]}"
    [ -n "$(postgres_bin || true)" ] || fail "PostgreSQL's initdb is not to be found"
    command -v redis-server >/dev/null || fail "redis-server is not to be found"
    command -v python3 >/dev/null || fail "python3 is not to be found"
    command -v chromedriver >/dev/null || fail "chromedriver is not to be found"
}

free_port() {
    python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'
}

secret() {
    python3 -c 'import secrets; print(secrets.token_hex(16))'
}

# PostgreSQL refuses to run as root, so root hands it to the user that its package made.
as_postgres() {
    if [ "$(id -u)" -eq 0 ]; then
        (cd / && runuser -u "$postgres_user" -- "$@")
    else
        "$@"
    fi
}

start_postgres() {
    local bin data port password attempt
    bin="$(postgres_bin)"
    data="$folder/postgres"
    password="$(secret)"
    mkdir "$data"
    (umask 077 && printf '%s\n' "$password" >"$folder/postgres.password")
    if [ "$(id -u)" -eq 0 ]; then
        getent passwd "$postgres_user" >/dev/null || useradd --system --no-create-home "$postgres_user"
        chown -R "$postgres_user" "$data" "$folder/postgres.password"
        chmod 711 "$folder"
    fi
    as_postgres "$bin/initdb" --pgdata="$data" --username=florin --pwfile="$folder/postgres.password" \
        --auth=scram-sha-256 --encoding=UTF8 --locale=C >"$folder/initdb.log" 2>&1 ||
        { cat "$folder/initdb.log" >&2; fail "initdb failed"; }
    for attempt in 1 2 3 4 5; do
        port="$(free_port)"
        if as_postgres "$bin/pg_ctl" --pgdata="$data" --log="$data/server.log" --wait --timeout=60 \
            -o "-c listen_addresses=127.0.0.1 -c port=$port -c unix_socket_directories=$data -c max_connections=300" \
            start >/dev/null 2>&1; then
            break
        fi
        [ "$attempt" -lt 5 ] || { cat "$data/server.log" >&2; fail "PostgreSQL did not start"; }
    done
    PGPASSWORD="$password" "$bin/createdb" --host=127.0.0.1 --port="$port" --username=florin florin_test ||
        fail "the test database could not be created"
    echo "export FLORIN_TEST_POSTGRES_URL=postgres://florin:$password@127.0.0.1:$port/florin_test" >>"$state/env"
}

start_redis() {
    local data port password attempt
    data="$folder/redis"
    password="$(secret)"
    mkdir "$data"
    for attempt in 1 2 3 4 5; do
        port="$(free_port)"
        (
            umask 077
            printf '%s\n' "bind 127.0.0.1" "port $port" "requirepass $password" "dir $data" 'save ""' \
                "appendonly no" "daemonize yes" "pidfile $data/pid" "logfile $data/server.log" >"$data/redis.conf"
        )
        redis-server "$data/redis.conf" >/dev/null
        for _ in $(seq 50); do
            if REDISCLI_AUTH="$password" redis-cli -p "$port" ping 2>/dev/null | grep -q PONG; then
                echo "export FLORIN_TEST_REDIS_URL=redis://:$password@127.0.0.1:$port/" >>"$state/env"
                return
            fi
            sleep 0.1
        done
        [ "$attempt" -lt 5 ] || { cat "$data/server.log" >&2; fail "Redis did not start"; }
    done
}

# Whether the process whose number stands on the first line of a file is alive.
is_alive() {
    local pid
    pid="$(head -n 1 "$1" 2>/dev/null)" && kill -0 "$pid" 2>/dev/null
}

is_running() {
    local folder
    folder="$(cat "$state/folder" 2>/dev/null)" &&
        is_alive "$folder/postgres/postmaster.pid" && is_alive "$folder/redis/pid"
}

start() {
    if is_running; then
        fail "already running; see $state/env, or stop them first"
    fi
    stop # what a machine that was switched off left behind
    ensure_programs
    mkdir -p "$state"
    # Not under the checkout: PostgreSQL's own user must be able to reach the folder.
    folder="$(mktemp -d /tmp/florin-services.XXXXXX)"
    echo "$folder" >"$state/folder"
    (umask 077 && : >"$state/env")
    trap '[ "$?" -eq 0 ] || stop || true' EXIT
    start_postgres
    start_redis
    trap - EXIT
    cat "$state/env"
}

stop() {
    [ -e "$state/folder" ] || { rm -rf "$state"; return 0; }
    folder="$(cat "$state/folder")"
    if is_alive "$folder/postgres/postmaster.pid"; then
        as_postgres "$(postgres_bin)/pg_ctl" --pgdata="$folder/postgres" --mode=fast --wait stop >/dev/null ||
            echo "services: PostgreSQL in $folder did not stop" >&2
    fi
    if is_alive "$folder/redis/pid"; then
        kill "$(cat "$folder/redis/pid")"
        for _ in $(seq 100); do
            is_alive "$folder/redis/pid" || break
            sleep 0.05
        done
    fi
    case "$folder" in
        /tmp/florin-services.*) rm -rf "$folder" ;;
    esac
    rm -rf "$state"
}

postgres_user=postgres
case "${1:-}" in
    start) start ;;
    stop) stop ;;
    env) is_running || fail "not running; start them with: scripts/services.sh start"; cat "$state/env" ;;
    *) sed -n '2,9p' "${BASH_SOURCE[0]}" | sed 's/^# \{0,1\}//' >&2; exit 2 ;;
esac
