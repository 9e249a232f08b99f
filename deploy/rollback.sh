#!/usr/bin/env bash
# Runs a former release again.
#
#   rollback.sh [RELEASE]
#
# RELEASE is a name in releases/; without one it is the release that ran before the present one. A release that does not
# fit the schema is refused, and it is told how its backup would be restored: nothing is undone in the database.
#
# Ends with 0 when the release runs, 1 when the present one goes on, 3 when a person has to decide.
# Settings: deploy/deploy.conf.example.
set -euo pipefail

here="$(cd "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")" && pwd)"
# shellcheck source=lib/common.sh
. "$here/lib/common.sh"

[ $# -le 1 ] || usage
case "${1:-}" in -*) usage ;; esac
settings
lock
present="$(running)"
target="${1:-$(cat "$root/former" 2>/dev/null || true)}"
[ -n "$target" ] || fail "there is no former release; name one of: $(ls "$releases")"
[ -x "$releases/$target/florin" ] || fail "there is no release $target; there are: $(ls "$releases")"
[ "$target" != "$present" ] || fail "$target runs already"
if ! fits "$target"; then
    tell_of_restoring "$target" ""
    exit 3
fi
say "going back from ${present:-nothing} to $target"
point_to "$target"
if restart_and_ask; then
    [ -z "$present" ] || printf '%s\n' "$present" >"$root/former"
    note "rolled back from ${present:-nothing} to $target"
    say "$target runs"
    exit 0
fi
[ -n "$present" ] || fail "$target did not become ready"
point_to "$present"
if restart_and_ask; then
    note "rollback to $target failed; $present runs again"
    fail "$target did not become ready; $present runs again"
fi
note "rollback to $target failed; $present did not become ready either"
say "FAILED: neither $target nor $present becomes ready: look at the log of the service"
exit 3
