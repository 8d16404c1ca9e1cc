#!/bin/sh
# git-gate: refuses a push that holds a secret and forwards every other one; the gate takes only what the
# upstream took.
set -eu
umask 077
export GIT_CONFIG_NOSYSTEM=1 GIT_CONFIG_GLOBAL=/dev/null GIT_NO_REPLACE_OBJECTS=1 GIT_TERMINAL_PROMPT=0
export HOME=/nonexistent LC_ALL=C
unset GITLEAKS_CONFIG GITLEAKS_CONFIG_TOML GIT_SSH GIT_PROXY_COMMAND GIT_EXTERNAL_DIFF
scripts='/etc/bottle/git-gate'
work=

reject() {
    printf 'git-gate: %s\n' "$1" >&2
    exit 1
}
trap '[ -z "$work" ] || rm -rf -- "$work"' EXIT
trap 'exit 1' HUP INT TERM

case $(pwd -P) in
    '/srv/git/app.git')
        upstream='ssh://git@git.example.com/team/app.git'
        transport=ssh
        ssh_command='ssh -F /dev/null -i '\''/etc/bottle/git-gate/identities/app'\'' -o '\''UserKnownHostsFile=/etc/bottle/git-gate/known_hosts/app'\'' -o IdentitiesOnly=yes -o BatchMode=yes -o StrictHostKeyChecking=yes -o UpdateHostKeys=no -o GlobalKnownHostsFile=/dev/null -o ForwardAgent=no -o ConnectTimeout=15 -o ServerAliveInterval=15'
        ;;
    '/srv/git/tools.git')
        upstream='ssh://git@git.example.com:2222/team/o'\''brien/tools.git'
        transport=ssh
        ssh_command='ssh -F /dev/null -i '\''/etc/bottle/git-gate/identities/tools'\'' -o '\''UserKnownHostsFile=/etc/bottle/git-gate/known_hosts/tools'\'' -o IdentitiesOnly=yes -o BatchMode=yes -o StrictHostKeyChecking=yes -o UpdateHostKeys=no -o GlobalKnownHostsFile=/dev/null -o ForwardAgent=no -o ConnectTimeout=15 -o ServerAliveInterval=15'
        ;;
    *)
        reject 'this repository is not declared'
        ;;
esac
export GIT_SSH_COMMAND="$ssh_command"
[ "${GIT_PUSH_OPTION_COUNT:-0}" = 0 ] || reject 'push options are not taken'

# Everything that is new, as the bytes it consists of: no diff, filter or attribute gets between.
scan() {
    git rev-list --objects --no-object-names "$@" >"$work/objects" || reject 'the push could not be listed'
    printf '%s\n' "$new" >>"$work/objects"
    git cat-file --batch --buffer <"$work/objects" >"$work/content" || reject 'the push could not be read'
    status=0
    grep -qE \
        -e '-----BEGIN ([A-Z0-9]+ )*PRIVATE KEY( BLOCK)?-----' \
        -e '(AKIA|ASIA)[0-9A-Z]{16}' \
        -e 'gh[opsur]_[0-9A-Za-z]{36}' \
        -e 'github_pat_[0-9A-Za-z_]{40}' \
        -e 'glpat-[0-9A-Za-z_-]{20}' \
        -e 'sk-ant-[0-9A-Za-z_-]{24}' \
        -e 'sk_live_[0-9A-Za-z]{24}' \
        -e 'xox[abeoprs]-[0-9A-Za-z-]{10}' \
        -e 'AIza[0-9A-Za-z_-]{35}' \
        -e 'npm_[0-9A-Za-z]{36}' \
        "$work/content" || status=$?
    case $status in
        0) reject 'the push holds what looks like a secret; take it out of every commit and push again' ;;
        1) ;;
        *) reject 'the push could not be scanned' ;;
    esac
}

# A second opinion where it is installed. Comments, ignore files and rules of the pusher's own do not count.
leaks() {
    command -v gitleaks >/dev/null 2>&1 || return 0
    status=0
    timeout 120 gitleaks git --no-banner --redact --exit-code=42 --ignore-gitleaks-allow \
        --config="$scripts/gitleaks.toml" --gitleaks-ignore-path="$scripts/hooks" \
        --log-opts="$1" . </dev/null >&2 || status=$?
    case $status in
        0) ;;
        42) reject 'gitleaks found a secret in the push; take it out of every commit and push again' ;;
        *) reject 'gitleaks failed, so nobody knows whether the push holds a secret' ;;
    esac
}

work=$(mktemp -d) || reject 'there is no room for temporary files'
cat >"$work/updates"
set --
while read -r old new ref; do
    case $ref in
        refs/heads/* | refs/tags/*) ;;
        *) reject 'only branches and tags are taken' ;;
    esac
    git check-ref-format "$ref" || reject 'a name cannot be used'
    case $old$new in
        *[!0-9a-f]*) reject 'an object has no name' ;;
    esac
    case $new in
        *[!0]*) ;;
        *) reject 'nothing is deleted through the gate' ;;
    esac
    git rev-parse --quiet --verify "$new^{commit}" >/dev/null || reject 'only what names a commit is taken'
    case $old in
        *[!0]*)
            scan "$old..$new"
            leaks "$old..$new"
            ;;
        *)
            scan "$new" --not --all
            leaks "$new --not --all"
            ;;
    esac
    set -- "$@" "$new:$ref"
done <"$work/updates"

atomic=
case $# in
    0) reject 'the push is empty' ;;
    1) ;;
    *) atomic=--atomic ;;
esac
timeout 120 git -c core.hooksPath=/dev/null -c credential.helper= -c http.followRedirects=false -c protocol.allow=never \
    -c "protocol.$transport.allow=always" push --quiet --no-verify --no-signed --recurse-submodules=no \
    ${atomic:+"$atomic"} -- "$upstream" "$@" </dev/null >&2 ||
    reject 'the upstream did not take the push'
