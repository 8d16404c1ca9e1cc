// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleCore
import BottleSystem

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// What the default image of an agent is built from: a Debian base where there is one, else programs of this machine.
///
/// The text of both definitions stands in `Fixtures/images` for people and is compared with this one by a test; the tool
/// carries it along because it may be installed anywhere.
enum GuestDefinition {
    /// The base of the online definition.
    static let base = "debian:bookworm-slim"

    static let online = """
        FROM debian:bookworm-slim
        RUN apt-get update \\
            && apt-get install -y --no-install-recommends bash ca-certificates curl git \\
            && rm -rf /var/lib/apt/lists/* \\
            && groupadd --gid 1000 node \\
            && useradd --uid 1000 --gid 1000 --create-home --home-dir /home/node --shell /bin/bash node
        USER node
        WORKDIR /home/node

        """

    static let offline = """
        FROM scratch
        ADD root.tar /
        USER 1000:1000
        WORKDIR /home/node

        """

    /// The context of the online build.
    static func onlineContext() throws(BottleError) -> [UInt8] {
        var archive = TarArchive()
        try archive.add(file: "Dockerfile", Array(online.utf8), mode: 0o644)
        return archive.bytes
    }

    /// The context of the offline build: busybox, and those of bash, git and curl that this machine has.
    ///
    /// - Throws: `.prerequisite` where there is no busybox.
    static func offlineContext() async throws -> [UInt8] {
        var archive = TarArchive()
        try archive.add(file: "Dockerfile", Array(offline.utf8), mode: 0o644)
        try archive.add(file: "root.tar", try await root().bytes, mode: 0o644)
        return archive.bytes
    }

    private static let directories: [(path: String, mode: UInt16, owner: TarArchive.Owner)] = [
        ("bin", 0o755, .root), ("etc", 0o755, .root), ("etc/ssl", 0o755, .root), ("etc/ssl/certs", 0o755, .root),
        ("home", 0o755, .root),
        ("home/node", 0o755, .agent), ("lib", 0o755, .root), ("root", 0o700, .root), ("run", 0o755, .root),
        ("tmp", 0o1777, .root), ("usr", 0o755, .root), ("usr/bin", 0o755, .root), ("usr/lib", 0o755, .root),
        ("usr/lib/git-core", 0o755, .root), ("var", 0o755, .root), ("var/tmp", 0o1777, .root),
    ]

    private static let texts = [
        "etc/passwd":
            "root:x:0:0:root:/root:/bin/sh\nnode:x:1000:1000:agent:/home/node:/bin/sh\nnobody:x:65534:65534:nobody:/:/bin/false\n",
        "etc/group": "root:x:0:\nnode:x:1000:\nnogroup:x:65534:\n",
        "etc/nsswitch.conf": "passwd: files\ngroup: files\nhosts: files dns\n",
    ]

    /// Parts of git that are no part of its program.
    private static let gitParts = ["git-remote-http", "git-sh-setup", "git-sh-i18n", "git-submodule"]

    private static func root() async throws -> TarArchive {
        guard let busybox = HostFiles.contents(of: "/bin/busybox", limit: 16 << 20) else {
            throw BottleError(
                .prerequisite,
                "The default image cannot be built here: neither the image \(base) nor the program /bin/busybox is at hand. Pull that image, or install busybox-static."
            )
        }
        var archive = TarArchive()
        for directory in directories {
            try archive.add(directory: directory.path, mode: directory.mode, owner: directory.owner)
        }
        for (path, text) in texts.sorted(by: { $0.key < $1.key }) {
            try archive.add(file: path, Array(text.utf8), mode: 0o644)
        }
        let certificates = HostFiles.contents(of: Contract.caBundlePath, limit: 8 << 20) ?? []
        try archive.add(file: "etc/ssl/certs/ca-certificates.crt", certificates, mode: 0o644)
        try archive.add(file: "bin/busybox", busybox, mode: 0o755)
        var files: [String: [UInt8]] = [:]
        let programs = ["bash", "git", "curl"].map { "/usr/bin/\($0)" } + gitParts.map { "/usr/lib/git-core/\($0)" }
        for path in programs { files[path] = HostFiles.contents(of: path, limit: 64 << 20) }
        for library in await libraries(of: ["/bin/busybox"] + files.keys) {
            files[library] = HostFiles.contents(of: library, limit: 64 << 20)
        }
        var taken: Set<String> = ["busybox"]
        for (path, bytes) in files.sorted(by: { $0.key < $1.key }) {
            try archive.add(file: String(path.dropFirst()), bytes, mode: 0o755)
            if path.hasPrefix("/usr/bin/") { taken.insert(String(path.dropFirst("/usr/bin/".count))) }
        }
        if taken.contains("bash") { try archive.add(symlink: "bin/bash", to: "../usr/bin/bash") }
        if taken.contains("git") {
            try archive.add(symlink: "usr/lib/git-core/git", to: "../../bin/git")
            for name in ["git-remote-https", "git-remote-ftp"] {
                try archive.add(symlink: "usr/lib/git-core/\(name)", to: "git-remote-http")
            }
        }
        for applet in try await applets() where !taken.contains(applet) {
            try archive.add(symlink: "bin/\(applet)", to: "busybox")
        }
        // Scripts name it there.
        try archive.add(symlink: "usr/bin/env", to: "../../bin/busybox")
        return archive
    }

    /// The names under which busybox does something.
    private static func applets() async throws -> [String] {
        try await output(["/bin/busybox", "--list"]).split(whereSeparator: \.isNewline).map(String.init)
            .filter { !$0.contains("/") && $0 != "env" }.sorted()
    }

    /// The shared libraries that programs are loaded with, their loader included; a static one has none.
    private static func libraries(of paths: [String]) async -> Set<String> {
        await withTaskGroup(of: [String].self) { group in
            for path in paths { group.addTask { await libraries(of: path) } }
            return await group.reduce(into: []) { $0.formUnion($1) }
        }
    }

    private static func libraries(of path: String) async -> [String] {
        guard let text = try? await output(["/usr/bin/ldd", path]) else { return [] }
        return text.split(whereSeparator: \.isNewline).compactMap { line in
            // "libc.so.6 => /lib/libc.so.6 (0x...)" and "/lib64/ld-linux.so.2 (0x...)".
            line.split(separator: " ").first {
                $0.contains("/") && $0.trimmingPrefix(while: \.isWhitespace).hasPrefix("/")
            }
            .map { String($0.drop { $0.isWhitespace }) }
        }
    }

    private static func output(_ argv: [String]) async throws -> String {
        #if os(Linux)
            let leash = try HelperExecutable.path("bottle-launcher")
            let output = try await ProcessIO.run(
                argv: argv, environment: ["PATH=\(ExecEnvironment.path)", "LC_ALL=C"], deadline: .seconds(20)
            ) { try await LocalProcess.spawn($0, leash: leash) }
            guard output.ending == .exited(0) else {
                throw BottleError(.io, "\(argv.joined(separator: " ")) failed (\(output.ending)).")
            }
            return String(decoding: output.stdout, as: UTF8.self)
        #else
            throw BottleError(.unsupported, "An image from this machine's programs can be built on Linux only.")
        #endif
    }
}
