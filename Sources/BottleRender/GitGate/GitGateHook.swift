// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleCore

/// The two scripts that git daemon calls; what they share stands first.
enum GitGateHook {
    /// `hooks/pre-receive`. A step that fails, also one that nobody thought of, refuses the push.
    static func preReceive(_ input: GitGateInput, upstreamTable: String) throws(BottleError) -> String {
        """
        #!/bin/sh
        # git-gate: refuses a push that holds a secret and forwards every other one; the gate takes only what the
        # upstream took.
        \(prologue)
        scripts=\(try ShellWord.quoted(input.scriptsPath, "directory of the scripts"))
        work=

        reject() {
            printf 'git-gate: %s\\n' "$1" >&2
            exit 1
        }
        trap '[ -z "$work" ] || rm -rf -- "$work"' EXIT
        trap 'exit 1' HUP INT TERM

        case $(pwd -P) in
        \(upstreamTable)
            *)
                reject 'this repository is not declared'
                ;;
        esac
        export GIT_SSH_COMMAND="$ssh_command"
        [ "${GIT_PUSH_OPTION_COUNT:-0}" = 0 ] || reject 'push options are not taken'

        # Everything that is new, as the bytes it consists of: no diff, filter or attribute gets between.
        scan() {
            git rev-list --objects --no-object-names "$@" >"$work/objects" || reject 'the push could not be listed'
            printf '%s\\n' "$new" >>"$work/objects"
            git cat-file --batch --buffer <"$work/objects" >"$work/content" || reject 'the push could not be read'
            status=0
            grep -qE \\
        \(rules)
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
            timeout \(limit(input)) gitleaks git --no-banner --redact --exit-code=42 --ignore-gitleaks-allow \\
                --config="$scripts/gitleaks.toml" --gitleaks-ignore-path="$scripts/hooks" \\
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
        timeout \(limit(input)) git \(options) push --quiet --no-verify --no-signed --recurse-submodules=no \\
            ${atomic:+"$atomic"} -- "$upstream" "$@" </dev/null >&2 ||
            reject 'the upstream did not take the push'

        """
    }

    /// `access`, which git daemon calls with the service and the repository; what it prints goes to the guest.
    static func access(_ input: GitGateInput, upstreamTable: String) -> String {
        """
        #!/bin/sh
        # git-gate: a fetch is served from what the upstream has now, or not at all.
        \(prologue)

        refuse() {
            printf '%s\\n' "$1"
            exit 1
        }
        case ${1-} in
            upload-pack) ;;
            # A push is looked at before anybody else hears of it.
            receive-pack) exit 0 ;;
            *) refuse 'this service is not offered' ;;
        esac
        case ${2-} in
        \(upstreamTable)
            *)
                refuse 'this repository is not declared'
                ;;
        esac
        export GIT_DIR="$2" GIT_SSH_COMMAND="$ssh_command"

        timeout \(limit(input)) git \(options) fetch --quiet --prune --no-tags --no-write-fetch-head \\
            --no-auto-maintenance --recurse-submodules=no -- "$upstream" \\
            '+refs/heads/*:refs/heads/*' '+refs/tags/*:refs/tags/*' </dev/null >&2 ||
            refuse 'the upstream cannot be read'
        # A clone checks out what the upstream would have it check out.
        answer=$(timeout \(limit(input)) git \(options) ls-remote --symref -- "$upstream" HEAD </dev/null) ||
            refuse 'the upstream cannot be read'
        head=$(printf '%s\\n' "$answer" | sed -n 's|^ref: \\(refs/heads/.*\\)[[:space:]]HEAD$|\\1|p')
        if [ -n "$head" ]; then
            git check-ref-format "$head" || refuse 'the upstream names no branch'
            git symbolic-ref HEAD "$head" || refuse 'the repository cannot be written'
        fi

        """
    }

    private static let prologue = """
        set -eu
        umask 077
        export GIT_CONFIG_NOSYSTEM=1 GIT_CONFIG_GLOBAL=/dev/null GIT_NO_REPLACE_OBJECTS=1 GIT_TERMINAL_PROMPT=0
        export HOME=/nonexistent LC_ALL=C
        unset GITLEAKS_CONFIG GITLEAKS_CONFIG_TOML GIT_SSH GIT_PROXY_COMMAND GIT_EXTERNAL_DIFF
        """

    /// Nothing but the upstream's own transport, no redirect, no credentials but the identity, no hook of ours a second
    /// time.
    private static let options =
        "-c core.hooksPath=/dev/null -c credential.helper= -c http.followRedirects=false -c protocol.allow=never \\\n"
        + "    -c \"protocol.$transport.allow=always\""

    /// What nobody wants upstream and hardly anything else looks like, as POSIX extended expressions.
    private static let patterns = [
        "-----BEGIN ([A-Z0-9]+ )*PRIVATE KEY( BLOCK)?-----",
        "(AKIA|ASIA)[0-9A-Z]{16}",
        "gh[opsur]_[0-9A-Za-z]{36}",
        "github_pat_[0-9A-Za-z_]{40}",
        "glpat-[0-9A-Za-z_-]{20}",
        "sk-ant-[0-9A-Za-z_-]{24}",
        "sk_live_[0-9A-Za-z]{24}",
        "xox[abeoprs]-[0-9A-Za-z-]{10}",
        "AIza[0-9A-Za-z_-]{35}",
        "npm_[0-9A-Za-z]{36}",
    ]

    private static let rules = patterns.map { "        -e '\($0)' \\" }.joined(separator: "\n")

    private static func limit(_ input: GitGateInput) -> String { String(input.upstreamTimeout) }
}
