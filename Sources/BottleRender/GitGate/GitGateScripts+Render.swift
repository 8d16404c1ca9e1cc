// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

package import BottleCore

extension GitGateScripts {
    /// Renders the scripts, in POSIX sh; every value stands in them as one single-quoted word.
    ///
    /// - Throws: `.input` for an address, path, name or upstream that cannot be used.
    package static func render(_ input: GitGateInput) throws(BottleError) -> GitGateScripts {
        let repositories = input.repositories.sorted { CodePointOrder.precedes($0.name, $1.name) }
        try check(input, repositories)
        let table = try upstreamTable(input, repositories)
        return GitGateScripts(
            entrypoint: Array(try entrypoint(input, repositories).utf8),
            preReceive: Array(try GitGateHook.preReceive(input, upstreamTable: table).utf8),
            accessHook: Array(GitGateHook.access(input, upstreamTable: table).utf8),
            gitleaksConfig: Array("title = \"git-gate\"\n\n[extend]\nuseDefault = true\n".utf8))
    }

    private static func check(
        _ input: GitGateInput, _ repositories: [GitGateInput.Repository]
    ) throws(BottleError) {
        guard !repositories.isEmpty else {
            throw BottleError(.input, "No repository is declared: git-gate is for bottles that have one.")
        }
        _ = try IPv4(input.listenAddress, "address of git-gate")
        guard input.port > 0, input.upstreamTimeout > 0 else {
            throw BottleError(.input, "The port and the timeout of git-gate have to be above 0.")
        }
        try RenderRules.path(input.basePath, "directory of the repositories")
        try RenderRules.path(input.scriptsPath, "directory of the scripts")
        var names: Set<String> = []
        for repository in repositories {
            let name = repository.name
            try RenderRules.manifest(ManifestRules.problem(withName: name), "repository", name)
            guard names.insert(name.lowercased()).inserted, !name.lowercased().hasSuffix(".git") else {
                throw BottleError(
                    .input,
                    "The repository \(Quoted(name)) is declared twice or with \".git\": give each name once, bare.")
            }
            try GitUpstream.check(repository.upstream, of: name)
            try sshPath(repository.identityFile, "identity of the repository \(name)")
            try sshPath(repository.knownHostsFile, "host keys of the repository \(name)")
        }
    }

    /// ssh splits and expands the values of its options by rules of its own, so these paths hold nothing special.
    private static func sshPath(_ path: String, _ what: String) throws(BottleError) {
        try RenderRules.path(path, what)
        let isPlain = path.utf8.allSatisfy { byte in
            (0x30...0x39).contains(byte) || (0x41...0x5a).contains(byte) || (0x61...0x7a).contains(byte)
                || "/._-".utf8.contains(byte)
        }
        guard isPlain else {
            throw BottleError(
                .input,
                "The file \(Quoted(path)) with the \(what) cannot be used: only letters, digits, \"._-\" and \"/\".")
        }
    }

    /// Nobody is asked, nobody is trusted but the pinned keys, and no key is used but the declared one.
    private static let sshOptions = [
        "IdentitiesOnly=yes", "BatchMode=yes", "StrictHostKeyChecking=yes", "UpdateHostKeys=no",
        "GlobalKnownHostsFile=/dev/null", "ForwardAgent=no", "ConnectTimeout=15", "ServerAliveInterval=15",
    ].map { "-o \($0)" }.joined(separator: " ")

    /// The branches of a `case` that turn a repository's directory into its upstream and the ssh command for it.
    private static func upstreamTable(
        _ input: GitGateInput, _ repositories: [GitGateInput.Repository]
    ) throws(BottleError) -> String {
        var lines: [String] = []
        for repository in repositories {
            let identity = try ShellWord.quoted(repository.identityFile, "identity")
            let knownHosts = try ShellWord.quoted("UserKnownHostsFile=\(repository.knownHostsFile)", "host keys")
            let command = "ssh -F /dev/null -i \(identity) -o \(knownHosts) \(sshOptions)"
            lines += [
                "\(try ShellWord.quoted("\(input.basePath)/\(repository.name).git", "repository")))",
                "    upstream=\(try ShellWord.quoted(repository.upstream, "upstream"))",
                "    transport=\(ManifestRules.isSSH(repository.upstream) ? "ssh" : "https")",
                // git hands this to a shell: values quoted once for that one and once for this one.
                "    ssh_command=\(try ShellWord.quoted(command, "ssh command"))",
                "    ;;",
            ]
        }
        return lines.map { "    \($0)" }.joined(separator: "\n")
    }

    private static func entrypoint(
        _ input: GitGateInput, _ repositories: [GitGateInput.Repository]
    ) throws(BottleError) -> String {
        let prepared = try repositories.map { repository throws(BottleError) in
            "prepare \(try ShellWord.quoted("\(input.basePath)/\(repository.name).git", "repository"))"
        }
        let served = try repositories.map { repository throws(BottleError) in
            " \\\n    \(try ShellWord.quoted("\(input.basePath)/\(repository.name).git", "repository"))"
        }
        return """
            #!/bin/sh
            # git-gate: makes the declared repositories and serves them, and no others, to the guest.
            set -eu
            umask 077
            export GIT_CONFIG_NOSYSTEM=1 GIT_CONFIG_GLOBAL=/dev/null HOME=/nonexistent
            base=\(try ShellWord.quoted(input.basePath, "directory of the repositories"))
            scripts=\(try ShellWord.quoted(input.scriptsPath, "directory of the scripts"))

            fail() {
                printf 'git-gate: %s\\n' "$1" >&2
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

            \(prepared.joined(separator: "\n"))

            # Directories behind "--" are all that is served.
            exec git daemon --verbose --reuseaddr --init-timeout=30 --timeout=600 --max-connections=32 \\
                --listen=\(try ShellWord.quoted(input.listenAddress, "address")) \\
                --port=\(try ShellWord.quoted(String(input.port), "port")) \\
                --base-path="$base" --strict-paths --access-hook="$scripts/access" \\
                --enable=upload-pack --enable=receive-pack --disable=upload-archive \\
                --forbid-override=upload-pack --forbid-override=receive-pack --forbid-override=upload-archive \\
                --\(served.joined())

            """
    }
}
