#!/usr/bin/env bash
# Installs a build of Florin as a release and runs it; returns to the former one where it does not become ready.
#
#   deploy.sh PROGRAM [--force]
#
# PROGRAM is the file `florin` of a build. In order: the release is laid beside the others, the configuration is checked
# with it, the doctor looks at the instance, a backup is made, PostgreSQL is migrated (an embedded database is when it is
# served), `current` points to the release, the service is started anew and asked until it is ready. --force goes on where
# the doctor finds the instance broken.
#
# Ends with 0 when the release runs, 1 when nothing changed or the former one runs again, 3 when a person has to decide.
# Settings: deploy/deploy.conf.example.
set -euo pipefail

here="$(cd "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")" && pwd)"
# shellcheck source=lib/common.sh
. "$here/lib/common.sh"

# Lays the program beside the other releases, whole or not at all; prints the release's name.
install_release() {
    local program="$1" version name
    version="$("$program" --version | cut -d' ' -f2)" || fail "$program does not say its version"
    [[ "$version" =~ ^[0-9A-Za-z.+-]+$ ]] || fail "$program is no build of Florin: it says $version"
    name="$version-$(sha256sum "$program" | cut -c1-12)"
    if [ ! -d "$releases/$name" ]; then
        mkdir -p "$releases"
        rm -rf "$releases/.$name"
        mkdir "$releases/.$name"
        cp --reflink=auto "$program" "$releases/.$name/florin"
        chmod 755 "$releases/.$name" "$releases/.$name/florin"
        sync "$releases/.$name/florin"
        mv -T "$releases/.$name" "$releases/$name"
    fi
    echo "$name"
}

look_at_the_instance() {
    local code=0
    florin "$current/florin" doctor >&2 || code=$?
    if [ "$code" -ge 2 ]; then
        [ "$force" = yes ] || fail "the doctor finds the instance broken; nothing was changed (--force goes on)"
        say "the doctor finds the instance broken, and --force goes on"
    fi
}

# The newest backup, by its name.
newest_backup() {
    find "$backups" -maxdepth 1 -name 'florin-*.tar*' 2>/dev/null | sort | tail -n 1
}

make_backup() {
    if [ "$backup" = no ]; then
        say "no backup is made, as FLORIN_BACKUP=no says"
        return
    fi
    local how=()
    if [ -n "$backup_key" ] && [ -f "$backup_key" ]; then how=(--encrypt --key-file "$backup_key"); fi
    if [ "$backup_verify" = yes ]; then how+=(--verify); fi
    florin install -d -m 700 "$backups" || fail "$backups cannot be made; nothing was changed"
    florin "$current/florin" backup --to "$backups" --keep "$backups_keep" "${how[@]}" >&2 ||
        fail "the backup failed; nothing was changed"
    kept_in="$(newest_backup)"
}

# Removes the oldest releases, never the one that runs nor the one before it.
remove_old_releases() {
    local name kept=0
    while read -r name; do
        if [ "$name" = "$(running)" ] || [ "$name" = "$former" ]; then continue; fi
        kept=$((kept + 1))
        if [ "$kept" -gt "$releases_keep" ]; then
            rm -rf "${releases:?}/$name"
            say "release $name is removed"
        fi
    done < <(find "$releases" -mindepth 1 -maxdepth 1 -type d -not -name '.*' -printf '%T@ %f\n' | sort -rn | cut -d' ' -f2)
}

# The new release is no good: the former one, if it can open the database.
return_to_former() {
    [ -n "$former" ] || fail "there is no former release to return to; $new stays"
    if ! fits "$former"; then
        note "$new failed; $former does not fit the schema"
        tell_of_restoring "$former" "$kept_in"
        exit 3
    fi
    point_to "$former"
    if restart_and_ask; then
        note "$new failed; returned to $former"
        fail "$new did not become ready; $former runs again"
    fi
    note "$new failed; $former did not become ready either"
    say "FAILED: neither $new nor $former becomes ready: look at the log of the service"
    exit 3
}

program="" force=no
for word in "$@"; do
    case "$word" in
        --force) force=yes ;;
        -*) usage ;;
        *) [ -z "$program" ] || usage; program="$word" ;;
    esac
done
[ -n "$program" ] || usage
if [ ! -f "$program" ] || [ ! -x "$program" ]; then fail "$program is no program"; fi

settings
lock
former="$(running)" kept_in=""
new="$(install_release "$program")"
if [ "$new" = "$former" ]; then
    say "$new runs already"
    exit 0
fi
say "deploying $new${former:+ after $former}"
florin "$releases/$new/florin" config check >&2 || fail "the configuration does not fit $new; nothing was changed"
if [ -n "$former" ]; then
    look_at_the_instance
    make_backup
fi
if ! florin "$releases/$new/florin" migrate --while-served >&2; then
    if [ -z "$former" ] || fits "$former"; then fail "the migration failed, and $former goes on"; fi
    tell_of_restoring "$former" "$kept_in"
    exit 3
fi
point_to "$new"
if ! restart_and_ask; then return_to_former; fi
[ -z "$former" ] || printf '%s\n' "$former" >"$root/former"
note "deployed $new${former:+ after $former}"
florin "$current/florin" doctor >&2 || say "the doctor has something to say, see above"
remove_old_releases
say "$new runs"
