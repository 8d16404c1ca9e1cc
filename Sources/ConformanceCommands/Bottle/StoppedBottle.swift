// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleCore
import BottleSystem
import FoundationEssentials

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// What is kept of a bottle that is down, so that it can come up again as the same one: its metadata, whose schema is
/// every backend's, and beside it what only this tool needs.
///
/// Its slug decides its names and its network; its guest is a fresh one, for the files of a guest live in memory.
struct StoppedBottle: Sendable {
    /// The file of our own.
    private struct Origin: Codable {
        /// The manifest's absolute path; nil for the bottle that is made up without one.
        var manifest: String?
        var agent: String
    }

    private static let originName = "resume.json"
    private static let metadataName = "metadata.json"
    private static let limit = 1 << 20

    let metadata: BottleMetadata
    /// The manifest's absolute path; nil for the bottle that is made up without one.
    let manifest: String?
    private let files: [PrivateTree.File]

    /// Where stopped bottles are kept; no slug, so no bottle and nothing that is swept.
    private static func directory(_ slug: Slug, root: String) -> String { "\(root)/.stopped/\(slug.text)" }

    // MARK: Keeping

    /// Notes beside a running bottle where it came from.
    static func note(_ choice: ManifestChoice, of slug: String, root: String) throws {
        let origin = Origin(manifest: choice.absolutePath, agent: choice.agentName)
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        let path = "\(root)/\(slug)/\(originName)"
        let made = FileManager.default.createFile(
            atPath: path, contents: try encoder.encode(origin) + Data([0x0a]), attributes: [.posixPermissions: 0o600])
        guard made else { throw BottleError(.io, "\(path) could not be written") }
    }

    /// What a bottle's own directory says of it, whether its process lives or not.
    static func read(running slug: Slug, root: String) throws(BottleError) -> StoppedBottle? {
        try read("\(root)/\(slug.text)", slug)
    }

    /// Keeps it; an older record of the same bottle is replaced.
    func keep(_ slug: Slug, root: String) throws(BottleError) {
        try Self.forget(slug, root: root)
        try StateDirectory.make("\(root)/.stopped")
        try PrivateTree.write(files, to: Self.directory(slug, root: root))
    }

    // MARK: Finding

    /// The record of a bottle that is down; nil when there is none.
    static func find(_ slug: Slug, root: String) throws(BottleError) -> StoppedBottle? {
        try read(directory(slug, root: root), slug)
    }

    /// Removes the record; whether there was one.
    @discardableResult
    static func forget(_ slug: Slug, root: String) throws(BottleError) -> Bool {
        let directory = directory(slug, root: root)
        guard FileManager.default.fileExists(atPath: directory) else { return false }
        do {
            try FileManager.default.removeItem(atPath: directory)
            // Goes with the last one in it; another bottle's record keeps it, and that is no error.
            rmdir("\(root)/.stopped")
            return true
        } catch {
            throw BottleError(.io, "\(directory) could not be removed", cause: error)
        }
    }

    private static func read(_ directory: String, _ slug: Slug) throws(BottleError) -> StoppedBottle? {
        guard FileManager.default.fileExists(atPath: "\(directory)/\(originName)") else { return nil }
        let metadata = try bytes("\(directory)/\(metadataName)")
        let origin = try bytes("\(directory)/\(originName)")
        let known: BottleMetadata
        let from: Origin
        do {
            known = try JSONDecoder().decode(BottleMetadata.self, from: metadata)
            from = try JSONDecoder().decode(Origin.self, from: origin)
        } catch {
            throw BottleError(
                .input,
                "\(directory) does not hold what this tool wrote there; remove it and bring the bottle up anew")
        }
        guard try known.slug() == slug, known.agentName == from.agent,
            from.manifest?.hasPrefix("/") ?? true, known.cwd.isEmpty || known.cwd.hasPrefix("/")
        else {
            throw BottleError(
                .input,
                "\(directory) tells of another bottle than '\(slug.text)'; remove it and bring the bottle up anew")
        }
        return StoppedBottle(
            metadata: known, manifest: from.manifest,
            files: [
                PrivateTree.File(path: metadataName, mode: 0o600, bytes: Array(metadata)),
                PrivateTree.File(path: originName, mode: 0o600, bytes: Array(origin)),
            ])
    }

    private static func bytes(_ path: String) throws(BottleError) -> Data {
        guard let data = FileManager.default.contents(atPath: path), data.count <= limit else {
            throw BottleError(.input, "\(path) cannot be read; remove its directory and bring the bottle up anew")
        }
        return data
    }
}
