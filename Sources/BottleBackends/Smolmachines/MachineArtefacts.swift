// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

package import BottleCore
import BottleRender
import BottleSystem

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif
#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// Images as `.smolmachine` files, kept by the digest of the image.
///
/// An entry gets its name by one rename when it is whole, so that a conversion that was killed leaves nothing that a later
/// run would use; and it is used only while it is as long as it was then.
package struct MachineArtefacts: Sendable {
    /// What is known of an entry, beside it.
    private struct Entry: Codable {
        var bytes: Int
    }

    /// The longest that saving and converting an image may take, and that another process is waited for that does it.
    private static let conversionTime = Duration.seconds(900)

    let paths: BottlePaths
    let engine: EngineClient
    let smolvm: SmolvmClient

    package init(paths: BottlePaths, engine: EngineClient, smolvm: SmolvmClient) {
        self.paths = paths
        self.engine = engine
        self.smolvm = smolvm
    }

    /// The artefact of an image, converted when there is none.
    ///
    /// - Parameter image: Of the engine, by its digest.
    /// - Returns: The path of a `.smolmachine` file.
    /// - Throws: `.launch` with smolvm's words when it cannot be converted, `.io` when there is no room.
    package func artefact(of image: ImageDigest) async throws -> String {
        if let found = find(image) { return found }
        try StateDirectory.make(paths.smolmachines)
        // Whoever comes second finds what the first one made.
        let guardian = try await FileLock.take(
            "\(paths.smolmachines)/\(image.short).lock", patience: Self.conversionTime, while: "converting this image")
        defer { guardian.release() }
        if let found = find(image) { return found }
        try await convert(image)
        return paths.artefact(of: image)
    }

    /// Whether an image need not be converted.
    package func has(_ image: ImageDigest) -> Bool { find(image) != nil }

    /// An entry that is whole.
    private func find(_ image: ImageDigest) -> String? {
        let path = paths.artefact(of: image)
        guard let bytes = HostFiles.contents(of: record(image), limit: 1024),
            let entry = try? JSONDecoder().decode(Entry.self, from: Data(bytes)), Self.length(path) == entry.bytes
        else { return nil }
        return path
    }

    private func record(_ image: ImageDigest) -> String { "\(paths.smolmachines)/\(image.short).json" }

    private func convert(_ image: ImageDigest) async throws {
        let tar = paths.imageTar(of: image)
        let draft = "\(paths.smolmachines)/\(image.short).draft"
        let left = [tar, draft, record(image), paths.artefact(of: image)]
        // What a killed conversion left, or an entry that is damaged.
        for path in left { try Self.remove(path) }
        do {
            try StateDirectory.makeNew(draft)
            try await save(image, to: tar)
            try await pack(tar, to: draft, as: image)
            try Self.remove(tar)
            try Self.remove(draft)
        } catch {
            for path in left { try? Self.remove(path) }
            throw error
        }
    }

    private func save(_ image: ImageDigest, to tar: String) async throws {
        try await engine.call(
            "save the image \(image.short)", ["save", "--output", tar, "\(image)"], deadline: Self.conversionTime)
        // smolvm hands it to a monitor that runs as a user of its own; the directory stays private.
        guard chmod(tar, 0o644) == 0 else { throw BottleError.io("let smolvm read \(tar)", errno) }
    }

    private func pack(_ tar: String, to draft: String, as image: ImageDigest) async throws {
        let home = try SmolvmHome(environment: ProcessInfo.processInfo.environment)
        defer { try? home.remove() }
        try await smolvm.boot(
            "convert the image \(image.short)",
            try smolvm.commands(home.directory).packCreate(image: .archive(tar), output: "\(draft)/pack"),
            deadline: Self.conversionTime)
        let made = "\(draft)/pack.smolmachine"
        guard let bytes = Self.length(made), bytes > 0 else {
            throw BottleError(.launch, "smolvm said that it had converted the image \(image.short), and made nothing.")
        }
        try PrivateTree.replace(record(image), with: Array(JSONEncoder().encode(Entry(bytes: bytes))))
        guard rename(made, paths.artefact(of: image)) == 0 else {
            throw BottleError.io("keep the image \(image.short) in the cache", errno)
        }
    }

    private static func length(_ path: String) -> Int? {
        var status = stat()
        guard lstat(path, &status) == 0, status.st_mode & S_IFMT == S_IFREG else { return nil }
        return Int(status.st_size)
    }

    private static func remove(_ path: String) throws {
        guard HostFiles.kind(of: path) != .missing else { return }
        try FileManager.default.removeItem(atPath: path)
    }
}
