#!/usr/bin/env bash
# Everything that must hold before a change is taken, over PostgreSQL and Redis of its own.
#
#   ./test.sh          formatting, lints, layers, tests, documentation
#   ./test.sh --fast   layers and tests alone
#
# FLORIN_TEST_POSTGRES_URL and FLORIN_TEST_REDIS_URL, where both are set, are used instead.
set -euo pipefail

root="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"
cd "$root"

steps=(ci)
case "${1:-}" in
    "") ;;
    --fast) steps=(ci --fast) ;;
    *) sed -n '2,7p' "${BASH_SOURCE[0]}" | sed 's/^# \{0,1\}//' >&2; exit 2 ;;
esac

command -v cargo >/dev/null || { echo "test: cargo is missing; install Rust from https://rustup.rs" >&2; exit 1; }

if [ -n "${FLORIN_TEST_POSTGRES_URL:-}" ] && [ -n "${FLORIN_TEST_REDIS_URL:-}" ]; then
    echo "test: using the PostgreSQL and Redis that the environment names" >&2
else
    export FLORIN_SERVICES_DIR="$root/.test/run-$$"
    trap '"$root/scripts/services.sh" stop' EXIT
    "$root/scripts/services.sh" start >/dev/null
    eval "$("$root/scripts/services.sh" env)"
fi

cargo xtask "${steps[@]}"
