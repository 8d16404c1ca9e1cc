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
/// run would use; and it is used only while it is what it was then.
package struct MachineArtefacts: Sendable {
    /// The longest that saving and converting an image may take, and that another process is waited for that does it.
    private static let conversionTime = Duration.seconds(900)

    /// How often the machine that converts is booted: it is larger than those of bottles, and was seen to end early three times
    /// in a row on a busy emulated processor. One that ends early does so at once, and a conversion that fails costs a run.
    private static let attempts = 5

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
        try await artefact(of: image, flaws: .none) { _ in }
    }

    /// The same for a launch.
    ///
    /// - Parameters:
    ///   - flaws: What is broken on purpose.
    ///   - before: Called right before every step of a conversion, which fails with its error: `save`, `convert` and `keep`.
    func artefact(
        of image: ImageDigest, flaws: ConversionFlaws, before: (_ step: String) async throws -> Void
    ) async throws -> String {
        let entry = Entry(paths: paths, key: try flaws.key(of: image))
        if let found = flaws.found(entry) { return found }
        try StateDirectory.make(paths.smolmachines)
        // Whoever comes second finds what the first one made.
        let guardian = try await FileLock.take(
            entry.lock, patience: Self.conversionTime, while: "converting this image")
        defer { guardian.release() }
        if let found = try await Offload.run({ entry.foundAgain() }) { return found }
        try await convert(image, to: entry, flaws, before)
        return entry.artefact
    }

    /// Whether an image need not be converted.
    package func has(_ image: ImageDigest) -> Bool {
        Entry(paths: paths, key: image).found() != nil
    }

    // MARK: - Conversion

    private func convert(
        _ image: ImageDigest, to entry: Entry, _ flaws: ConversionFlaws, _ before: (String) async throws -> Void
    ) async throws {
        // What a killed conversion left, or an entry that is damaged.
        try Self.remove(entry.all)
        try await sweep(beside: entry)
        do {
            try await before("save")
            try StateDirectory.makeNew(entry.draft)
            try await save(image, to: entry)
            try await before("convert")
            try await flaws.during { try await pack(image, to: entry, flaws) }
            try Self.remove([entry.tar])
            try await before("keep")
            try Task.checkCancellation()
            try await Offload.run { try Self.keep(image, as: entry) }
            try Self.remove([entry.draft])
        } catch {
            throw LaunchRules.adding(Result { try Self.remove(flaws.leftovers(of: entry)) }, to: error)
        }
    }

    /// Removes what conversions of other images left that were killed: nobody holds their locks any more.
    private func sweep(beside entry: Entry) async throws {
        for name in HostFiles.names(in: paths.smolmachines) {
            let key = name.prefix { $0 != "." }
            let path = "\(paths.smolmachines)/\(name)"
            guard name.hasSuffix(".image.tar") || name.hasSuffix(".draft"), path != entry.tar, path != entry.draft,
                let guardian = try? await FileLock.take(
                    "\(paths.smolmachines)/\(key).lock", patience: .zero, while: "converting that image")
            else { continue }
            defer { guardian.release() }
            try Self.remove([path])
        }
    }

    /// The engine's program writes to a file of its own beside the one that it is given, and leaves that when it is killed:
    /// so it gets a directory that goes as a whole.
    private func save(_ image: ImageDigest, to entry: Entry) async throws {
        let draft = "\(entry.draft)/image.tar"
        try await engine.call(
            "save the image \(image.short)", ["save", "--output", draft, "\(image)"], deadline: Self.conversionTime)
        // smolvm hands it to a monitor that runs as a user of its own; the directory stays private.
        guard chmod(draft, 0o644) == 0 else { throw BottleError.io("let smolvm read \(draft)", errno) }
        guard rename(draft, entry.tar) == 0 else { throw BottleError.io("keep the archive \(draft)", errno) }
    }

    private func pack(_ image: ImageDigest, to entry: Entry, _ flaws: ConversionFlaws) async throws {
        let tar = entry.tar
        let verified = try await flaws.verifies ? Offload.run { try SavedImage.verify(tar, is: image) } : nil
        let home = try SmolvmHome(environment: ProcessInfo.processInfo.environment)
        let result: Result<Void, any Error>
        do {
            try await smolvm.boot(
                "convert the image \(image.short)",
                try smolvm.commands(home.directory).packCreate(image: .archive(tar), output: entry.pack),
                deadline: Self.conversionTime, attempts: Self.attempts)
            result = .success(())
        } catch {
            result = .failure(error)
        }
        let end = Result { try home.remove() }
        if case .failure(let error) = result { throw LaunchRules.adding(end, to: error) }
        try end.get()
        guard verified == nil || SavedImage.Identity(tar) == verified else {
            throw BottleError(
                .launch,
                "The archive of the image \(image.short) changed while it was converted: see who else writes to \(tar)."
            )
        }
    }

    private static func keep(_ image: ImageDigest, as entry: Entry) throws {
        let made = "\(entry.pack).smolmachine"
        guard HostFiles.kind(of: made) == .other else {
            throw BottleError(.launch, "smolvm said that it had converted the image \(image.short), and made nothing.")
        }
        // The record first: an entry is none without it, and a record is none of a file that is not there.
        try ArtefactRecord(of: made).write(to: entry.record)
        guard rename(made, entry.artefact) == 0 else {
            throw BottleError.io("keep the image \(image.short) in the cache", errno)
        }
    }

    private static func remove(_ paths: [String]) throws {
        for path in paths where HostFiles.kind(of: path) != .missing {
            try FileManager.default.removeItem(atPath: path)
        }
    }
}

extension MachineArtefacts {
    /// The files of one image in the cache.
    struct Entry: Sendable, Hashable {
        let artefact: String
        let tar: String
        let record: String
        let lock: String
        /// A directory for what is not whole.
        let draft: String
        /// Where smolvm writes to, without its ending.
        var pack: String { "\(draft)/pack" }

        init(paths: BottlePaths, key: ImageDigest) {
            artefact = paths.artefact(of: key)
            tar = paths.imageTar(of: key)
            let base = "\(paths.smolmachines)/\(key.short)"
            (record, lock, draft) = ("\(base).json", "\(base).lock", "\(base).draft")
        }

        /// Everything but the lock, which others may wait for.
        var all: [String] { [tar, draft, record, artefact] }

        /// The artefact, where it is what it was when it was kept; no look into it is taken.
        func found() -> String? {
            guard let record = ArtefactRecord(at: record), record.isUntouched(artefact) else { return nil }
            return artefact
        }

        /// The artefact, also where the cache was copied since: it is read as a whole then, once.
        func foundAgain() -> String? {
            if let found = found() { return found }
            guard let known = ArtefactRecord(at: record), let now = try? ArtefactRecord(of: artefact),
                now.isSame(as: known),
                (try? now.write(to: record)) != nil
            else { return nil }
            return artefact
        }
    }
}
