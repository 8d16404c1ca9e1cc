// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleBackends
import BottleCore
import BottleSystem
import FoundationEssentials

/// The files of this machine that a run in the lab reads, as one archive.
struct LabInputs: Sendable {
    /// Below the directory of the run: where the manifest's directory and the goldens stand there.
    static let manifests = "manifest"
    static let goldens = "goldens"
    static let script = "floor.sh"
    /// What is brought at most: it goes through the agent, three megabytes a second.
    private static let limits = SourceTree.Limits(bytes: 8 << 20, entries: 10_000)

    private var archive = TarArchive()
    /// The manifest's path in the directory of the run.
    private(set) var manifest: String?
    private(set) var hasGoldens = false

    /// The archive.
    var bytes: [UInt8] { archive.bytes }

    /// Reads everything.
    ///
    /// The keys of a manifest's upstreams stay where they are: a run has no use for them, and a lab is a place to put
    /// nobody's secrets.
    ///
    /// - Throws: `.input` naming what is too large, leads out of its directory or is no file.
    init(manifest choice: ManifestChoice?, goldens: String?) throws(BottleError) {
        if let choice, let path = choice.absolutePath, let directory = choice.directory {
            let name = URL(filePath: path).lastPathComponent
            manifest = "\(Self.manifests)/\(name)"
            try archive.add(directory: Self.manifests)
            for relative in Set([name] + choice.texts).sorted() { try add(file: relative, of: directory) }
            for skill in Set(choice.manifest.agents.values.flatMap(\.skills)).sorted() {
                let source = GuestSkills.source(of: skill)
                guard FileManager.default.fileExists(atPath: "\(directory)/\(source)") else { continue }
                try add(
                    SourceTree.read("\(directory)/\(source)", what: "the skill '\(skill)'", limits: Self.limits),
                    at: "\(Self.manifests)/\(source)")
            }
        }
        if let goldens {
            hasGoldens = true
            let directory = URL(filePath: goldens).resolvingSymlinksInPath().path
            try add(SourceTree.read(directory, what: "the goldens", limits: Self.limits), at: Self.goldens)
        }
    }

    /// A script alone.
    init(script: [UInt8]) throws(BottleError) {
        try archive.add(file: Self.script, script, mode: 0o755)
    }

    /// Refuses another engine than the one that a lab has.
    ///
    /// - Throws: `.usage` when one is named.
    static func requireOwnEngine(_ engine: String?) throws(BottleError) {
        guard let engine, engine != "docker" else { return }
        throw BottleError(
            .usage, "--engine \(engine) has no use in a lab, which has Docker only; leave it out, or give --lab never.")
    }

    /// Refuses an image that the user named: it is of this machine.
    ///
    /// - Throws: `.usage` when one is named.
    static func requireOwnImage() throws(BottleError) {
        let image = ImageReference.variable
        guard ProcessInfo.processInfo.environment[image]?.isEmpty ?? true else {
            throw BottleError(
                .usage,
                """
                \(image) names an image of this machine, which is not brought to a lab; unset it, or give --lab never.
                """)
        }
    }

    private mutating func add(file relative: String, of directory: String) throws(BottleError) {
        guard let bytes = FileManager.default.contents(atPath: "\(directory)/\(relative)") else {
            throw BottleError(
                .input, "\(directory)/\(relative) cannot be read, so that it cannot be brought to the lab.")
        }
        var parent = Self.manifests
        for part in relative.split(separator: "/").dropLast() {
            parent += "/\(part)"
            try archive.add(directory: parent)
        }
        try archive.add(file: "\(Self.manifests)/\(relative)", Array(bytes), mode: 0o644)
    }

    private mutating func add(_ tree: SourceTree, at directory: String) throws(BottleError) {
        var parent = ""
        for part in directory.split(separator: "/") {
            parent += parent.isEmpty ? "\(part)" : "/\(part)"
            try archive.add(directory: parent)
        }
        for entry in tree.entries {
            let path = "\(directory)/\(entry.path)"
            switch entry.content {
            case .directory: try archive.add(directory: path, mode: entry.mode)
            case .file(let bytes): try archive.add(file: path, bytes, mode: entry.mode)
            case .link(let target): try archive.add(symlink: path, to: target)
            }
        }
    }
}
