// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleCore
import BottleSystem
import ConformanceEngine
import FoundationEssentials

/// The suite's own skills on this machine, for one run.
///
/// They stand among the bottles' state, in a directory with a lease: what a killed run leaves is swept like a bottle.
struct SuiteFiles: Sendable {
    let sources: SuiteSources

    /// Writes the skills, and takes them away when `body` has ended, however it did.
    ///
    /// - Parameters:
    ///   - root: The directory of all bottles, which exists.
    ///   - environment: The host's, for the variable that moves skills in a guest.
    static func with<Result>(
        below root: String, environment: [String: String], _ body: (SuiteFiles) async throws -> Result
    ) async throws -> Result {
        let skills = try GuestSkills.directory(environment: environment)
        let directory = "\(root)/suite-\(Nonce.fresh().text.prefix(8))"
        // Under the lock a directory without a lease belongs to nobody who lives.
        let lease = try DirectoryLock.withLock(root) { () throws(BottleError) in
            do {
                try FileManager.default.createDirectory(
                    atPath: directory, withIntermediateDirectories: false, attributes: [.posixPermissions: 0o700])
            } catch {
                throw BottleError(.io, "The directory \(directory) could not be made.", cause: error)
            }
            return try Lease.take(directory: directory)
        }
        defer {
            withExtendedLifetime(lease) {
                // What stays is swept by the next run.
                try? FileManager.default.removeItem(atPath: directory)
            }
        }
        for skill in [SuiteSkill.named, SuiteSkill.unnamed] {
            try write(SuiteSkill.tree(of: skill), to: "\(directory)/\(GuestSkills.source(of: skill))")
        }
        let named = "\(directory)/\(GuestSkills.source(of: SuiteSkill.named))"
        return try await body(
            SuiteFiles(
                sources: SuiteSources(
                    directory: directory, skillsDirectory: skills, digest: { digest(named) })))
    }

    private static func write(_ entries: [TreeDigest.Entry], to directory: String) throws(BottleError) {
        do {
            try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
            for entry in entries {
                let path = "\(directory)/\(entry.path)"
                switch entry.content {
                case .directory:
                    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: false)
                case .file(let bytes): try Data(bytes).write(to: URL(filePath: path))
                case .link(let target):
                    try FileManager.default.createSymbolicLink(atPath: path, withDestinationPath: target)
                    continue
                }
                // Set and not left to the umask: a guest must have the same.
                try FileManager.default.setAttributes([.posixPermissions: Int(entry.mode)], ofItemAtPath: path)
            }
        } catch {
            throw BottleError(.io, "The suite's own skills could not be written to \(directory).", cause: error)
        }
    }

    /// nil when it cannot be read, whatever the reason: then nothing is known of it.
    private static func digest(_ directory: String) -> String? {
        let limits = SourceTree.Limits(bytes: 1 << 20, entries: 1000)
        guard let tree = try? SourceTree.read(directory, what: "the suite's own skill", limits: limits) else {
            return nil
        }
        return TreeDigest.of(
            tree.entries.map { entry in
                let content: TreeDigest.Entry.Content =
                    switch entry.content {
                    case .directory: .directory
                    case .file(let bytes): .file(bytes)
                    case .link(let target): .link(target: target)
                    }
                return TreeDigest.Entry(path: entry.path, mode: entry.mode, content: content)
            })
    }
}
