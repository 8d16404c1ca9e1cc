#!/bin/sh
# git-gate: a fetch is served from what the upstream has now, or not at all.
set -eu
umask 077
export GIT_CONFIG_NOSYSTEM=1 GIT_CONFIG_GLOBAL=/dev/null GIT_NO_REPLACE_OBJECTS=1 GIT_TERMINAL_PROMPT=0
export HOME=/nonexistent LC_ALL=C
unset GITLEAKS_CONFIG GITLEAKS_CONFIG_TOML GIT_SSH GIT_PROXY_COMMAND GIT_EXTERNAL_DIFF

refuse() {
    printf '%s\n' "$1"
    exit 1
}
case ${1-} in
    upload-pack) ;;
    # A push is looked at before anybody else hears of it.
    receive-pack) exit 0 ;;
    *) refuse 'this service is not offered' ;;
esac
case ${2-} in
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
        refuse 'this repository is not declared'
        ;;
esac
export GIT_DIR="$2" GIT_SSH_COMMAND="$ssh_command"

timeout 120 git -c core.hooksPath=/dev/null -c credential.helper= -c http.followRedirects=false -c protocol.allow=never \
    -c "protocol.$transport.allow=always" fetch --quiet --prune --no-tags --no-write-fetch-head \
    --no-auto-maintenance --recurse-submodules=no -- "$upstream" \
    '+refs/heads/*:refs/heads/*' '+refs/tags/*:refs/tags/*' </dev/null >&2 ||
    refuse 'the upstream cannot be read'
# A clone checks out what the upstream would have it check out.
answer=$(timeout 120 git -c core.hooksPath=/dev/null -c credential.helper= -c http.followRedirects=false -c protocol.allow=never \
    -c "protocol.$transport.allow=always" ls-remote --symref -- "$upstream" HEAD </dev/null) ||
    refuse 'the upstream cannot be read'
head=$(printf '%s\n' "$answer" | sed -n 's|^ref: \(refs/heads/.*\)[[:space:]]HEAD$|\1|p')
if [ -n "$head" ]; then
    git check-ref-format "$head" || refuse 'the upstream names no branch'
    git symbolic-ref HEAD "$head" || refuse 'the repository cannot be written'
fi
