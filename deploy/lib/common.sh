# Shared by deploy.sh and rollback.sh; not run by itself.
# shellcheck shell=bash disable=SC2034

say() {
    printf '%s %s: %s\n' "$(date -u +%Y-%m-%dT%H:%M:%SZ)" "${0##*/}" "$*" >&2
}

fail() {
    say "FAILED: $*"
    exit 1
}

usage() {
    sed -n '2,/^set /p' "$0" | sed -n 's/^# \{0,1\}//p' >&2
    exit 2
}

# Reads the settings: the environment goes before the file.
settings() {
    local conf given=()
    conf="${FLORIN_DEPLOY_CONF:-/etc/florin/deploy.conf}"
    if [ -f "$conf" ]; then
        mapfile -t given < <(compgen -e | grep '^FLORIN_' || true)
        local name values=()
        for name in "${given[@]}"; do values+=("${!name}"); done
        # shellcheck source=/dev/null
        . "$conf"
        local at
        for at in "${!given[@]}"; do printf -v "${given[$at]}" '%s' "${values[$at]}"; done
    fi
    root="${FLORIN_ROOT:-/opt/florin}"
    env_file="${FLORIN_ENV_FILE-/etc/florin/florin.env}"
    run_as="${FLORIN_USER-florin}"
    restart_command="${FLORIN_RESTART:-systemctl restart florin}"
    # The variable is for the command that asks, not for this line.
    # shellcheck disable=SC2016
    health_command="${FLORIN_HEALTH:-\"\$FLORIN_BIN\" health http://127.0.0.1:8080}"
    health_seconds="${FLORIN_HEALTH_SECONDS:-60}"
    backup="${FLORIN_BACKUP:-yes}"
    backups="${FLORIN_BACKUPS:-/var/backups/florin/deployments}"
    backups_keep="${FLORIN_BACKUPS_KEEP:-5}"
    backup_verify="${FLORIN_BACKUP_VERIFY:-yes}"
    backup_key="${FLORIN_BACKUP_KEY-/etc/florin/backup.key}"
    releases_keep="${FLORIN_RELEASES_KEEP:-5}"
    releases="$root/releases"
    current="$root/current"
}

# One at a time: the lock is held until this process ends, however it does.
lock() {
    mkdir -p "$root"
    exec 9>"$root/.deploy.lock"
    flock --nonblock 9 || fail "another deployment or rollback is under way ($root/.deploy.lock)"
}

# Runs the program of a release on the instance, as its user and in its environment.
florin() {
    local program="$1" prefix=()
    shift
    if [ -n "$run_as" ] && [ "$(id -un)" != "$run_as" ]; then
        prefix=(runuser -u "$run_as" --)
    fi
    (
        if [ -n "$env_file" ] && [ -f "$env_file" ]; then
            set -a
            # shellcheck source=/dev/null
            . "$env_file"
            set +a
        fi
        cd /
        exec 9>&-
        "${prefix[@]}" "$program" "$@"
    )
}

# The release that runs, or nothing.
running() {
    if [ -L "$current" ]; then basename "$(readlink "$current")"; fi
}

# Lets `current` point to a release, in one step.
point_to() {
    ln -sfn "releases/$1" "$current.next"
    mv -Tf "$current.next" "$current"
    sync "$root"
}

# Starts the program of `current` anew and asks it until it is ready.
restart_and_ask() {
    local began=$SECONDS
    say "starting $(running): $restart_command"
    if ! bash -c "$restart_command" 9>&- >&2; then
        say "it could not be started"
        return 1
    fi
    while [ $((SECONDS - began)) -lt "$health_seconds" ]; do
        if FLORIN_BIN="$current/florin" timeout 10 bash -c "$health_command" 9>&- >/dev/null 2>&1; then
            say "$(running) is ready after $((SECONDS - began)) s"
            return 0
        fi
        sleep 0.5
    done
    say "$(running) was not ready within $health_seconds s"
    return 1
}

# Whether a release can open the database as it is: it refuses one that a newer release has changed.
fits() {
    florin "$releases/$1/florin" migrate --check >&2
}

# What to do where going back would mean to lose something: that is for a person to decide.
tell_of_restoring() {
    say "the schema was changed since $1: it refuses the database as it is now, and nothing is undone by itself"
    say "either deploy a release that is repaired, or give up whatever was acknowledged since the backup and restore it:"
    say "  1. stop the service"
    say "  2. $releases/$1/florin restore ${2:-BACKUP} --data NEW_DIRECTORY   (PostgreSQL: DATABASE_URL of an empty database)"
    say "  3. let the configuration name the new directory or database, and: rollback.sh $1"
    say "docs/runbooks/restore.md says what to look at before"
}

note() {
    printf '%s %s\n' "$(date -u +%Y-%m-%dT%H:%M:%SZ)" "$*" >>"$root/history"
}
