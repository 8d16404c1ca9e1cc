// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleCore
import BottleDriver
import BottleSystem

/// The root file systems of a bottle: what a guest and a bundle can see, and nothing of the host besides.
enum SandboxRoot {
    /// What of the machine the roots are built from; read once, before the first bottle.
    struct Host: Sendable {
        /// How one of /bin, /sbin, /lib ... is made: a link on a merged-usr machine, otherwise a directory.
        enum Piece: Sendable, Hashable {
            case symlink(target: String)
            case directory
        }
        /// By path; a path that the machine lacks is left out.
        var pieces: [String: Piece]
        /// The machine's CA bundle; empty when it has none.
        var certificates: [UInt8]
        /// The probe's executable on the host.
        var probe: String
        /// The bundle's executable on the host.
        var bundle: String
        /// What runs as pipelock in place of that, on the host.
        var pipelock: PipelockProgram?

        /// Looks at this machine; no error, what is not there is left out of the guest.
        static func detect(probe: String, bundle: String, pipelock: PipelockProgram? = nil) -> Host {
            var pieces: [String: Piece] = [:]
            let paths = [
                "/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32", "/etc/alternatives", "/nix/store",
            ]
            for path in paths {
                switch HostFiles.kind(of: path) {
                case .symlink(let target): pieces[path] = .symlink(target: target)
                case .directory: pieces[path] = .directory
                case .other, .missing: continue
                }
            }
            let certificates = HostFiles.contents(of: Contract.caBundlePath, limit: 8 << 20) ?? []
            return Host(pieces: pieces, certificates: certificates, probe: probe, bundle: bundle, pipelock: pipelock)
        }
    }

    private static let devices = ["null", "zero", "full", "random", "urandom", "tty"]

    private static func deviceEntries(owner: UInt32) -> [SandboxSpec.Entry] {
        devices.map { .device(path: "/dev/\($0)") } + [
            .devpts(path: "/dev/pts"),
            .tmpfs(path: "/dev/shm", mode: 0o1777, uid: owner, bytes: 64 << 20),
            .symlink(path: "/dev/fd", target: "/proc/self/fd"),
            .symlink(path: "/dev/stdin", target: "/proc/self/fd/0"),
            .symlink(path: "/dev/stdout", target: "/proc/self/fd/1"),
            .symlink(path: "/dev/stderr", target: "/proc/self/fd/2"),
        ]
    }

    /// The read-only programs of the machine.
    private static func programs(_ host: Host) -> [SandboxSpec.Entry] {
        host.pieces.sorted { $0.key < $1.key }.map { path, piece in
            switch piece {
            case .symlink(let target): .symlink(path: path, target: target)
            case .directory: .readOnlyBind(source: path, path: path)
            }
        }
    }

    private static func text(_ path: String, _ text: String, owner: UInt32) -> SandboxSpec.Entry {
        .file(path: path, mode: 0o644, uid: owner, bytes: Array(text.utf8))
    }

    /// The root of a guest.
    ///
    /// - Parameters:
    ///   - owner: The uid of files that are not the agent's: 0, or the agent's own where no other id is mapped.
    ///   - resolvers: Name servers in `/etc/resolv.conf`; none in a bottle, whose proxy resolves for it.
    ///   - trust: What is added to the machine's CA bundle.
    static func guest(
        _ host: Host, hostname: String, owner: UInt32, resolvers: [String], trust: GuestTrust
    ) -> [SandboxSpec.Entry] {
        let node = Contract.agentUID
        var entries = programs(host)
        entries += [
            text(
                "/etc/passwd",
                """
                root:x:0:0:root:/root:/bin/sh
                \(Contract.agentUser):x:\(node):\(node):agent:\(Contract.agentHome):/bin/sh
                nobody:x:65534:65534:nobody:/nonexistent:/usr/sbin/nologin

                """, owner: owner),
            text(
                "/etc/group", "root:x:0:\n\(Contract.agentUser):x:\(node):\nnobody:x:65534:\nnogroup:x:65534:\n",
                owner: owner),
            text("/etc/hosts", "127.0.0.1 localhost\n::1 localhost\n127.0.0.1 \(hostname)\n", owner: owner),
            text("/etc/nsswitch.conf", "passwd: files\ngroup: files\nhosts: files dns\n", owner: owner),
            text("/etc/resolv.conf", resolvers.map { "nameserver \($0)\n" }.joined(), owner: owner),
            text("/etc/hostname", "\(hostname)\n", owner: owner),
            .file(
                path: Contract.caBundlePath, mode: UInt32(GuestTrust.storeMode), uid: owner,
                bytes: trust.store(over: host.certificates)),
            // The root itself is read-only: what a guest may write to is memory of its own, bounded each.
            .tmpfs(path: "/root", mode: 0o700, uid: owner, bytes: 64 << 20),
            .tmpfs(path: Contract.agentHome, mode: 0o755, uid: node, bytes: 1 << 30),
            .tmpfs(path: "/run", mode: 0o755, uid: owner, bytes: 64 << 20),
            .tmpfs(path: "/tmp", mode: 0o1777, uid: owner, bytes: 1 << 30),
            .tmpfs(path: "/var/tmp", mode: 0o1777, uid: owner, bytes: 256 << 20),
            .proc(path: "/proc"),
            .program(source: host.probe, path: Contract.probePath, uid: owner),
        ]
        return entries + deviceEntries(owner: owner)
    }

    /// What of a guest's home is somebody else's than the agent's: only faults have any, and only where a sandbox has more
    /// than one id.
    static func foreign(_ provision: Provision, skills: [String], faults: Set<Fault>) -> [SandboxSpec.Entry] {
        var entries: [SandboxSpec.Entry] = []
        if faults.contains(.rootowned) {
            entries = provision.ofSkills(skills).map { entry in
                switch entry.content {
                case .directory: .directory(path: entry.path, mode: UInt32(entry.mode), uid: 0)
                case .file(let bytes): .file(path: entry.path, mode: UInt32(entry.mode), uid: 0, bytes: bytes)
                case .link(let target): .symlink(path: entry.path, target: target)
                }
            }
        }
        if faults.contains(.uid501) {
            entries.append(.file(path: "\(Contract.agentHome)/.profile", mode: 0o644, uid: 501, bytes: []))
        }
        return entries
    }

    /// Where the files of a plan stand in a bundle; the others are the guest's or the host's.
    private static let configurations: [Artefact.Kind: String] = [
        .pipelock: Contract.Bundle.pipelockConfig, .routes: Contract.Bundle.routes,
    ]

    /// The root of a bundle: its executable, its configuration, whom it trusts, and the probe.
    ///
    /// The root is read-only once it is made, so that init could write no file of these itself.
    ///
    /// - Parameters:
    ///   - authorities: With which it opens TLS; nil where it opens none.
    ///   - upstream: Certificates that it trusts besides the machine's, in PEM.
    static func bundle(
        _ host: Host, owner: UInt32, resolver: String, artefacts: [Artefact], authorities: BottleAuthorities? = nil,
        upstream: String? = nil
    ) -> [SandboxSpec.Entry] {
        var texts = artefacts.compactMap { artefact in
            configurations[artefact.kind].map { (path: $0, text: artefact.text) }
        }
        if let authorities {
            for (files, pair) in BundleInit.files(of: authorities).values {
                texts.append((path: files.certificate, text: pair.certificate))
                texts.append((path: files.key, text: pair.key.exposed))
            }
        }
        if let upstream { texts.append((path: Contract.Bundle.upstreamTrust, text: upstream)) }
        var files = texts.map { path, text in
            SandboxSpec.Entry.file(path: path, mode: 0o600, uid: Contract.agentUID, bytes: Array(text.utf8))
        }
        if !host.certificates.isEmpty {
            files.append(.file(path: Contract.caBundlePath, mode: 0o644, uid: owner, bytes: host.certificates))
        }
        if let pipelock = host.pipelock {
            files.append(.readOnlyBind(source: pipelock.path, path: PipelockProgram.place))
        }
        return files + [
            .readOnlyBind(source: host.bundle, path: BundleInit.executable),
            .program(source: host.probe, path: Contract.probePath, uid: owner),
            text("/etc/resolv.conf", "nameserver \(resolver)\n", owner: owner),
            .tmpfs(path: "/tmp", mode: 0o1777, uid: owner, bytes: 16 << 20),
            .proc(path: "/proc"),
        ] + deviceEntries(owner: owner)
    }

    /// The root of a sandbox that only looks at the network it is in.
    static func inspector(_ host: Host) -> [SandboxSpec.Entry] {
        programs(host) + [.proc(path: "/proc"), .device(path: "/dev/null")]
    }
}
