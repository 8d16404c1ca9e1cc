// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleCore
import BottleDriver
import ConformanceEngine
import Foundation
import Synchronization

@testable import ConformanceTrials

/// Images that are a marker each, and nothing of an engine.
final class FakeImages: TrialImages {
    struct Unknown: Error {}

    private struct State {
        var markers: [String: String] = [:]
        var references: [String: String] = [:]
        var held: Set<TeardownOutcome.Remnant> = []
        var takes = 0
    }

    let markerPath = "/marker"
    private let state = Mutex(State())
    private let strangerAt: Int?

    /// - Parameter strangerAt: At which census somebody else's container is there.
    init(strangerAt: Int? = nil) { self.strangerAt = strangerAt }

    /// What a driver left on the engine.
    func hold(_ remnant: TeardownOutcome.Remnant) { state.withLock { _ = $0.held.insert(remnant) } }
    func release(_ remnants: Set<TeardownOutcome.Remnant>) { state.withLock { $0.held.subtract(remnants) } }
    var references: [String] { state.withLock { $0.references.keys.sorted() } }

    /// An archive begins as tar has it, and has the marker in it.
    func archive(_ digest: String) throws -> [UInt8] {
        guard let marker = state.withLock({ $0.markers[digest] }) else { throw Unknown() }
        return [UInt8](repeating: 0, count: 257) + Array("ustar".utf8) + [UInt8](repeating: 0, count: 2000)
            + Array(marker.utf8) + [UInt8](repeating: 0, count: 2000)
    }

    func make(_ reference: String, marker: String, slug: String, stateRoot: String) -> String {
        let digest = SHA256.hex(Array(marker.utf8))
        state.withLock { state in
            state.markers[digest] = marker
            state.references[reference] = digest
        }
        return digest
    }
    func tag(_ digest: String, as reference: String) { state.withLock { $0.references[reference] = digest } }
    func digest(of reference: String) throws -> String {
        guard let digest = state.withLock({ $0.references[reference] }) else { throw Unknown() }
        return digest
    }
    func save(_ digest: String, to path: String) throws { try Data(archive(digest)).write(to: URL(filePath: path)) }
    func remove(_ references: [String]) {
        state.withLock { state in for reference in references { state.references[reference] = nil } }
    }
    func census() -> Set<TeardownOutcome.Remnant> {
        state.withLock { state in
            state.takes += 1
            let isThere = strangerAt.map { state.takes >= $0 } ?? false
            return isThere ? state.held.union([.init(.container, "of-a-stranger")]) : state.held
        }
    }
}

/// Plants names, which the census then knows.
struct FakeHoldings: TrialInventory {
    let images: FakeImages
    var isBlind = false
    let isCostly = true

    func take(_ mark: TrialMark) -> Set<Remnant> { [] }
    func plant(_ mark: TrialMark) -> (planted: Set<Remnant>, remove: @Sendable () async throws -> Void) {
        let planted: Set<Remnant> = [.init(.container, mark.planted), .init(.network, mark.planted)]
        if !isBlind { for remnant in planted { images.hold(remnant) } }
        return (planted, { [images] in images.release(planted) })
    }
    func takePart(of slug: String, _ mark: TrialMark) {}
    func remove(_ remnants: Set<Remnant>, _ mark: TrialMark) {}
}

/// Its artefacts are copies of what it saves, made by processes that do nothing but last.
final class ConvertingDriver: Driver {
    enum Flaw {
        case byName, takesHalf, leavesArchive, takesAny, leavesContainer, silent, convertsAlways, quickSave, neverEnds
    }
    struct Failed: Error {}
    struct Missing: Error {}

    private let environment: TrialEnvironment
    private let images: FakeImages
    private let flaws: Set<Flaw>
    private let locks: Turns
    private let up = Mutex<[String: String]>([:])

    /// Lets one conversion of an image go on at a time.
    final class Turns: Sendable {
        private let taken = Mutex<Set<String>>([])
        func take(_ name: String) async throws {
            while !taken.withLock({ $0.insert(name).inserted }) { try await Task.sleep(for: .milliseconds(5)) }
        }
        func leave(_ name: String) { taken.withLock { _ = $0.remove(name) } }
    }

    init(_ environment: TrialEnvironment, images: FakeImages, flaws: Set<Flaw>, locks: Turns) {
        self.environment = environment
        self.images = images
        self.flaws = flaws
        self.locks = locks
    }

    func launch(_ request: LaunchRequest) async throws -> BottleID {
        guard let conversion = environment.conversion else { throw Missing() }
        let hook: @Sendable (String) async throws -> Void = { [environment, flaws] step in
            if !flaws.contains(.silent) { try await environment.beforeStep(step, request.slug) }
        }
        try await hook("image")
        let digest = try images.digest(of: conversion.reference)
        let directory = "\(conversion.cache)/smolmachines"
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
        let key = flaws.contains(.byName) ? SHA256.hex(Array(conversion.reference.utf8)) : digest
        let base = "\(directory)/\(key.prefix(16))"
        try await locks.take(base)
        do {
            if !isThere(base) { try await convert(digest, base, hook) }
            locks.leave(base)
        } catch {
            locks.leave(base)
            throw error
        }
        try await hook("begin")
        let artefact = try String(contentsOfFile: "\(base).smolmachine", encoding: .utf8)
        guard let marker = artefact.split(separator: "\0").dropFirst().first else { throw Failed() }
        up.withLock { $0[request.slug] = String(marker) }
        return BottleID(request.slug)
    }

    private func isThere(_ base: String) -> Bool {
        if flaws.contains(.convertsAlways) { return false }
        let isWhole = FileManager.default.fileExists(atPath: "\(base).whole")
        return FileManager.default.fileExists(atPath: "\(base).smolmachine") && (isWhole || flaws.contains(.takesHalf))
    }

    private func convert(
        _ digest: String, _ base: String, _ hook: @Sendable (String) async throws -> Void
    ) async throws {
        let (tar, draft) = ("\(base).image.tar", "\(base).draft")
        do {
            try await hook("save")
            if !flaws.contains(.quickSave) { try await Self.run("save", tar, "0.15") }
            try Data(images.archive(digest)).write(to: URL(filePath: tar))
            try await hook("convert")
            if flaws.contains(.leavesContainer) { images.hold(.init(.container, "registry")) }
            let saved = try Data(contentsOf: URL(filePath: tar))
            if !flaws.contains(.takesAny), Array(saved) != (try images.archive(digest)) { throw Failed() }
            try await Self.run("pack create", draft, "0.6")
            try saved.write(to: URL(filePath: draft))
            try await hook("keep")
            try Task.checkCancellation()
            try Data().write(to: URL(filePath: "\(base).whole"))
            guard rename(draft, "\(base).smolmachine") == 0 else { throw Failed() }
            try FileManager.default.removeItem(atPath: tar)
        } catch {
            if !flaws.contains(.leavesArchive) { try? FileManager.default.removeItem(atPath: tar) }
            for path in [draft, "\(base).whole"] { try? FileManager.default.removeItem(atPath: path) }
            throw error
        }
    }

    /// Runs a process with these words on its command line.
    private static func run(_ work: String, _ path: String, _ seconds: String) async throws {
        let process = Process()
        process.executableURL = URL(filePath: "/bin/bash")
        process.arguments = ["-c", "sleep \(seconds); :"] + work.split(separator: " ").map(String.init) + [path]
        let ended = AsyncStream<Void>.makeStream()
        process.terminationHandler = { _ in ended.continuation.finish() }
        try process.run()
        await withTaskCancellationHandler {
            for await _ in ended.stream {}
        } onCancel: {
            process.terminate()
        }
        process.waitUntilExit()
        try Task.checkCancellation()
        guard process.terminationReason == .exit, process.terminationStatus == 0 else { throw Failed() }
    }

    func exec(_ request: ExecRequest, in bottle: BottleID) throws -> ExecResult {
        guard let marker = up.withLock({ $0[bottle.slug] }) else { throw Missing() }
        return ExecResult(ending: .exited(0), stdout: Array("\(marker)\n".utf8), stderr: [])
    }
    func destroy(_ bottle: BottleID) { up.withLock { $0[bottle.slug] = nil } }
    func hello() -> Hello {
        Hello(name: "copies", version: "1", kind: .microvm, capabilities: [], maxParallel: 2)
    }
    func status() -> Status { Status(unmet: []) }
    func plan(_ request: LaunchRequest) throws -> PlanReport { throw Missing() }
    func copyIn(_ request: CopyRequest, in bottle: BottleID) throws { throw Missing() }
    func copyOut(path: String, from target: ExecTarget, in bottle: BottleID) throws -> [UInt8] { throw Missing() }
    func describe(_ bottle: BottleID) throws -> BottleDescription { throw Missing() }
    func logs(_ bottle: BottleID) -> [LogRecord] { [] }
    func stop(_ bottle: BottleID) throws { throw Missing() }
    func start(_ bottle: BottleID) throws { throw Missing() }
    func sweep() -> [String] { [] }
}
