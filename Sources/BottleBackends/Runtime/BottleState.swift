// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleCore
import BottleDriver
import BottleRender
import BottleSystem
import SystemPackage

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// The files of one bottle under the user's state directory: what was decided, for people and for the next run.
struct BottleState: Sendable {
    /// `<root>/<slug>`.
    let directory: String
    /// Held as long as the bottle lives, so that no sweep takes its files away.
    private let lease: Lease
    private let faults: Set<Fault>

    /// Makes the directory of a bottle, 0700, and everything in it, 0600 from creation.
    ///
    /// - Parameters:
    ///   - root: The directory of all bottles, `<state>/claude-bottle`.
    ///   - report: What is written, each file where the plan has it.
    ///   - workspace: Where the user works.
    ///   - authorities: Of this launch; both halves of each are written where the plan has them.
    ///   - faults: What is done wrong on purpose.
    ///   - tokens: Written to a file by the `tokenfile` fault and never otherwise.
    /// - Throws: `.launch` when the slug is taken, by a living bottle or by one that a dead run left; `.io`.
    static func make(
        root: String, report: PlanReport, workspace: String, authorities: BottleAuthorities? = nil,
        faults: Set<Fault> = [], tokens: [String: Redacted<String>] = [:]
    ) throws(BottleError) -> BottleState {
        try StateDirectory.make(root)
        let plan = report.plan
        let directory = "\(root)/\(plan.slug)"
        // Under the lock a directory without a lease belongs to nobody who lives.
        let state = try DirectoryLock.withLock(root) { () throws(BottleError) in
            do throws(BottleError) {
                try StateDirectory.makeNew(directory)
            } catch {
                guard HostFiles.kind(of: directory) != .missing else { throw error }
                throw BottleError(
                    .launch,
                    "Bottle \(plan.slug) cannot be launched: \(directory) exists already; choose another name, or run `bottle-conformance gc`."
                )
            }
            return BottleState(directory: directory, lease: try Lease.take(directory: directory), faults: faults)
        }
        do throws(BottleError) {
            try state.fill(report, workspace: workspace)
            try state.write(authorities, report.sidecars)
            if faults.contains(.tokenfile) { try state.writeTokens(tokens) }
            return state
        } catch {
            try? FileManager.default.removeItem(atPath: directory)
            throw error
        }
    }

    /// The metadata first: who owns the rest must be known whatever happens next.
    private func fill(_ report: PlanReport, workspace: String) throws(BottleError) {
        var metadata = BottleMetadata(
            plan: report.plan, userDirectory: workspace, startedAt: Int64(Date().timeIntervalSince1970))
        if faults.contains(.localtime) { metadata.startedAt = String(metadata.startedAt.dropLast()) }
        let paths = BottlePaths.Bottle(directory: directory)
        if !faults.contains(.nometa) {
            try writeWhole(JSONDocument.render(metadata, file: "metadata.json"), to: paths.metadata)
        }
        for path in report.stateDirectories.filter({ $0.key != "supervise" || report.plan.supervise }).values.sorted() {
            try StateDirectory.makeNew(path)
        }
        // Only backends with tools of their own have something to put there.
        if report.artefacts.contains(where: { $0.path.hasPrefix(report.stageDirectory + "/") }) {
            try StateDirectory.makeNew(report.stageDirectory)
        }
        for artefact in report.artefacts {
            try write(Array(artefact.text.utf8), to: artefact.path, mode: artefact.mode)
        }
    }

    private func write(_ authorities: BottleAuthorities?, _ sidecars: SidecarPlans) throws(BottleError) {
        guard let authorities else { return }
        try write(authorities.pipelock, to: sidecars.pipelock.authority)
        if let pair = authorities.egress, let files = sidecars.egress.authority { try write(pair, to: files) }
    }

    private func write(_ pair: BottleAuthorities.Pair, to files: CertificateFiles) throws(BottleError) {
        try write(Array(pair.certificate.utf8), to: files.certificate, mode: 0o600)
        try write(
            Array(pair.key.exposed.utf8), to: files.key, mode: faults.contains(.keyopen) ? 0o644 : 0o600)
    }

    /// Removes everything of the bottle; idempotent.
    func remove() throws(BottleError) { try Self.remove(directory) }

    private static func remove(_ directory: String) throws(BottleError) {
        guard HostFiles.kind(of: directory) != .missing else { return }
        do {
            try FileManager.default.removeItem(atPath: directory)
        } catch {
            throw BottleError(.io, "The state directory \(directory) could not be removed.", cause: error)
        }
    }

    /// Removes what dead runs left below `root`; what a living process holds and what is no bottle's stays.
    ///
    /// - Parameter dryRun: Nothing is removed, only named.
    /// - Returns: The slugs of the bottles whose files were removed, sorted.
    static func sweep(root: String, dryRun: Bool = false) throws(BottleError) -> [String] {
        guard HostFiles.kind(of: root) == .directory else { return [] }
        return try DirectoryLock.withLock(root) { () throws(BottleError) in
            let names: [String]
            do {
                names = try FileManager.default.contentsOfDirectory(atPath: root).sorted()
            } catch {
                throw BottleError(.io, "The state directory \(root) could not be read.", cause: error)
            }
            var removed: [String] = []
            for name in names {
                let directory = "\(root)/\(name)"
                guard (try? Slug(name)) != nil, HostFiles.kind(of: directory) == .directory,
                    try isOrphaned(directory)
                else { continue }
                if !dryRun { try remove(directory) }
                removed.append(name)
            }
            return removed
        }
    }

    /// Whether a bottle's directory has no living owner; one that holds something else than a bottle is nobody's to take.
    private static func isOrphaned(_ directory: String) throws(BottleError) -> Bool {
        guard HostFiles.kind(of: "\(directory)/lease") == .missing else {
            return try !Lease.isHeld(directory: directory)
        }
        do {
            return try FileManager.default.contentsOfDirectory(atPath: directory).isEmpty
        } catch {
            // Whoever owned it has taken it away meanwhile.
            guard HostFiles.kind(of: directory) != .missing else { return false }
            throw BottleError(.io, "The state directory \(directory) could not be read.", cause: error)
        }
    }

    /// Writes a file so that nobody ever sees a part of it.
    private func writeWhole(_ bytes: [UInt8], to path: String) throws(BottleError) {
        try write(bytes, to: "\(path).new", mode: 0o600)
        do {
            try FileManager.default.moveItem(atPath: "\(path).new", toPath: path)
        } catch {
            throw BottleError(.io, "The file \(path) could not be written.", cause: error)
        }
    }

    private func writeTokens(_ tokens: [String: Redacted<String>]) throws(BottleError) {
        let text = tokens.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value.exposed)\n" }.joined()
        try write(Array(text.utf8), to: "\(directory)/egress/tokens", mode: 0o600)
    }

    private func write(_ bytes: [UInt8], to path: String, mode: UInt16) throws(BottleError) {
        // Closed from its first moment, except where that is what is to be noticed.
        let first: UInt16 = faults.contains(.chmodlater) ? 0o644 : mode
        do {
            let file = try FileDescriptor.open(
                path, .writeOnly, options: [.create, .exclusiveCreate, .closeOnExec, .noFollow],
                permissions: FilePermissions(rawValue: CModeT(first)))
            try file.closeAfter { _ = try file.writeAll(bytes) }
            if first != mode {
                try FileManager.default.setAttributes([.posixPermissions: Int(mode)], ofItemAtPath: path)
            }
        } catch {
            throw BottleError(.io, "The file \(path) could not be written.", cause: error)
        }
    }
}
