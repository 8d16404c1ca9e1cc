// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleCore
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

/// Labs with this tool in them already, made of a lab and kept beside it.
///
/// The key of one is the lab's, a digest of the tool's files, and a digest of the preparation where there was one. One is
/// made on a copy of the lab's files, in which the machine goes on where the lab stopped, and is saved again.
extension Lab {
    /// What is run in a lab once, after this tool came into it, so that every machine that is started from then on finds it
    /// done: images that were built, say.
    package struct Preparation: Sendable, Hashable {
        /// Arguments for this tool.
        package var arguments: [String]
        /// How long it may take.
        package var deadline: Duration

        package init(_ arguments: [String], deadline: Duration = .seconds(900)) {
            self.arguments = arguments
            self.deadline = deadline
        }
    }

    /// Copies of disk and memory, and what the machine writes while it is prepared.
    static let roomForLayer = 3 << 30

    /// A machine with this tool in it, which is there already when the same tool was brought to the same lab before.
    ///
    /// Where such a lab cannot be made, for want of room or because its machine fails, that is said, and the tool is brought
    /// into a machine that is used once. Nothing is prepared in that one: whoever needs what could not be made says so better.
    /// A machine that does not come up is tried once more, and not a third time, whichever of the two it was.
    ///
    /// - Parameters:
    ///   - preparation: What has to have been run in it.
    ///   - hasTerminal: Whether its serial line is connected.
    /// - Throws: What `start` throws, and `CancellationError`.
    package func startWithTool(
        _ lab: HeldLab, preparation: Preparation? = nil, hasTerminal: Bool = false,
        _ progress: @escaping @Sendable (String) -> Void
    ) async throws -> LabMachine {
        let archive = ToolArchive(tools: tools)
        var layer: HeldLab?
        var isRetry = false
        do {
            layer = try await self.layer(of: lab, archive, preparation, progress)
        } catch let error as FailedStart {
            try Task.checkCancellation()
            progress("\(Self.again) \(error.reason.message)")
            isRetry = true
        } catch let error as BottleError where Self.isFailedStart(error) || error.code == .io {
            try Task.checkCancellation()
            progress("the lab with this tool in it cannot be made, and one is used without: \(error.message)")
        }
        if let layer { return try await start(layer, hasTerminal: hasTerminal, progress) }
        let machine = try await start(lab, hasTerminal: hasTerminal, isRetry: isRetry, progress)
        do {
            try await machine.bring(archive, until: .now + .seconds(120))
        } catch {
            await machine.stop()
            throw error
        }
        return machine
    }

    /// The machine that a layer is made in did not come up.
    private struct FailedStart: Error {
        let reason: BottleError
    }

    private func layer(
        of lab: HeldLab, _ archive: ToolArchive, _ preparation: Preparation?,
        _ progress: @escaping @Sendable (String) -> Void
    ) async throws -> HeldLab {
        let family = try await "\(lab.record.key)-\(archive.digest())"
        var key = family
        if let preparation {
            key += "-\(try await tools.digest(of: Array(preparation.arguments.joined(separator: "\0").utf8)))"
        }
        if let held = HeldLab.take(cache.files(key)) { return held }
        let guardian = try await buildLock(patience: Self.buildTime, progress)
        defer { guardian.release() }
        if let held = HeldLab.take(cache.files(key)) { return held }
        cache.sweepDrafts()
        cache.discard(key)
        // First of all: they are what takes the room.
        cache.removeUnused { $0.contains("-") && !$0.hasPrefix(family) }
        if let shortage = Self.shortage(
            "Keeping this tool in a lab", of: Self.roomForLayer, room: cache.room, in: root)
        {
            throw BottleError(.io, shortage.message)
        }
        progress("bringing this tool into the lab\(preparation == nil ? "" : " and preparing it"), once")
        let draft = cache.draft(key)
        try StateDirectory.makeNew(draft.directory)
        do {
            try await make(draft, of: lab, archive, preparation)
            try cache.place(draft, key)
        } catch {
            try? FileManager.default.removeItem(atPath: draft.directory)
            throw error
        }
        guard let held = HeldLab.take(cache.files(key)) else {
            throw BottleError(.io, "The lab in \(cache.files(key).directory) has changed since it was made just now.")
        }
        return held
    }

    private func make(
        _ draft: LabFiles, of lab: HeldLab, _ archive: ToolArchive, _ preparation: Preparation?
    ) async throws {
        let files = lab.files
        for path in [files.kernel, files.initial, files.state] {
            try FileManager.default.copyItem(atPath: path, toPath: "\(draft.directory)/\(Self.name(path))")
        }
        // Mostly holes, and they stay holes.
        async let disk: String = copy(files.disk, to: draft.disk)
        async let memory: String = copy(files.memory, to: draft.memory)
        _ = try await (disk, memory)
        let machine: LabMachine
        do {
            machine = try await LabMachine.start(draft, .extend, of: lab, tools: tools, patience: Self.restoreTime)
        } catch let error as BottleError where Self.isFailedStart(error) {
            throw FailedStart(reason: error)
        }
        do {
            try await machine.bring(archive, until: .now + .seconds(120))
            try await prepare(machine, preparation)
            let end = ContinuousClock.now + .seconds(120)
            // What is in memory begins every machine: the tool is, and nothing else that was only read.
            let script = "sync; echo 3 >/proc/sys/vm/drop_caches; cat \(ToolArchive.directory)/*/* >/dev/null; sync"
            _ = try await machine.agent.run(["/bin/sh", "-c", script], until: end)
            try await machine.monitor.stop(until: end)
            try await machine.monitor.save(to: draft.state, until: end)
        } catch {
            let reason = machine.explained(error)
            await machine.stop()
            throw reason
        }
        await machine.stop()
        var record = lab.record
        record.seals = try draft.seals()
        try record.write(to: draft)
    }

    private func copy(_ source: String, to target: String) async throws -> String {
        try await tools.call(
            "copy itself", ["cp", "--sparse=always", "--reflink=auto", source, target], deadline: .seconds(300))
    }

    private func prepare(_ machine: LabMachine, _ preparation: Preparation?) async throws {
        guard let preparation else { return }
        let output = try await machine.agent.run(
            ["/bin/sh", "-c", "umask 022; exec \"$@\"", "sh"] + ToolArchive.argv + preparation.arguments,
            variables: machine.variables.merging(ToolArchive.variables) { $1 }, until: .now + preparation.deadline)
        guard output.status == 0 else {
            let said =
                String(decoding: output.stderr, as: UTF8.self).split(whereSeparator: \.isNewline).last ?? "nothing"
            throw BottleError(
                .launch,
                "The lab could not be prepared: \(Quoted(String(said), limit: 300)) (exit code \(output.status)).")
        }
    }

    private static func name(_ path: String) -> String { String(path.split(separator: "/").last ?? "") }
}
