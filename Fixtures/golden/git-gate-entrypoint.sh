#!/bin/sh
# git-gate: makes the declared repositories and serves them, and no others, to the guest.
set -eu
umask 077
export GIT_CONFIG_NOSYSTEM=1 GIT_CONFIG_GLOBAL=/dev/null HOME=/nonexistent
base='/srv/git'
scripts='/etc/bottle/git-gate'

fail() {
    printf 'git-gate: %s\n' "$1" >&2
    exit 1
}

# Without its hooks the gate is an open door.
[ -x "$scripts/hooks/pre-receive" ] || fail 'the hook pre-receive is missing or not executable'
[ -x "$scripts/access" ] || fail 'the access hook is missing or not executable'
mkdir -p -- "$base"
# The hooks know a repository by its real path.
[ "$(cd -- "$base" && pwd -P)" = "$base" ] || fail 'the directory of the repositories has a symbolic link in its path'

set_key() {
    git --git-dir="$1" config "$2" "$3" || fail "$2 could not be set"
}

prepare() {
    [ -d "$1" ] || git init --quiet --bare --template= -- "$1" || fail 'a repository could not be made'
    set_key "$1" core.hooksPath "$scripts/hooks"
    set_key "$1" receive.fsckObjects true
    set_key "$1" receive.advertisePushOptions false
    set_key "$1" receive.autogc false
    set_key "$1" receive.denyDeletes true
    set_key "$1" receive.maxInputSize 536870912
    set_key "$1" uploadpack.allowFilter false
    set_key "$1" uploadarchive.allowUnreachable false
    : >"$1/git-daemon-export-ok"
}

prepare '/srv/git/app.git'
prepare '/srv/git/tools.git'

# Directories behind "--" are all that is served.
exec git daemon --verbose --reuseaddr --init-timeout=30 --timeout=600 --max-connections=32 \
    --listen='10.77.3.2' \
    --port='9418' \
    --base-path="$base" --strict-paths --access-hook="$scripts/access" \
    --enable=upload-pack --enable=receive-pack --disable=upload-archive \
    --forbid-override=upload-pack --forbid-override=receive-pack --forbid-override=upload-archive \
    -- \
    '/srv/git/app.git' \
    '/srv/git/tools.git'
