// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleCore
import BottleDriver
import ConformanceEngine
import Foundation
import Synchronization

@testable import ConformanceTrials

/// Networks that the host has; nothing else knows of them.
final class FakeObstacles: TrialObstacles {
    struct Refused: Error {}

    let resolver = "203.0.113.53"
    private let areImpossible: Bool
    private let networks = Mutex<Set<String>>([])
    private let all = Mutex(0)

    init(areImpossible: Bool = false) { self.areImpossible = areImpossible }

    var taken: Set<String> { networks.withLock { $0 } }
    /// How often one was taken.
    var count: Int { all.withLock { $0 } }

    func takeNetwork(_ cidr: String, of slug: String) throws -> Undo {
        if areImpossible { throw Refused() }
        all.withLock { $0 += 1 }
        networks.withLock { _ = $0.insert(cidr) }
        return { [self] in networks.withLock { _ = $0.remove(cidr) } }
    }
}

/// Sees directories of bottles and temporary files, or nothing at all.
struct DirectoryInventory: TrialInventory {
    let isCostly: Bool
    let isBlind: Bool

    /// Counts how often stock is taken, and lets it fail.
    var onTake: @Sendable () throws -> Void = {}

    func take(_ mark: TrialMark) throws -> Set<Remnant> {
        try onTake()
        return isBlind ? [] : files(mark)
    }

    func plant(_ mark: TrialMark) throws -> (planted: Set<Remnant>, remove: @Sendable () async throws -> Void) {
        let (planted, remove) = try plantFiles(mark)
        return (planted, { remove() })
    }

    func takePart(of slug: String, _ mark: TrialMark) throws {
        try FileManager.default.removeItem(atPath: "\(mark.stateRoot)/\(slug)/part")
    }

    func remove(_ remnants: Set<Remnant>, _ mark: TrialMark) throws {
        for remnant in remnants where remnant.kind == .state {
            try FileManager.default.removeItem(atPath: "\(mark.stateRoot)/\(remnant.name)")
        }
    }
}

/// Its bottles are directories with a file in them.
final class DirectoryDriver: Driver {
    enum Flaw { case leaksWhenFailed, leaksWhenDestroyed, leaksWhenRefused, strict, swallows, silent, shares, blind }
    struct Missing: Error {}

    static let steps = ["begin", "directory", "part", "wire", "finish"]
    let root: String
    private let hook: @Sendable (String, String) async throws -> Void
    private let flaws: Set<Flaw>
    private let width: Int
    private let launching = Mutex(0)
    private let bottles = Mutex<Set<String>>([])
    private let all = Mutex<[String]>([])
    private let obstacles: FakeObstacles

    init(
        environment: TrialEnvironment, flaws: Set<Flaw>, width: Int, obstacles: FakeObstacles = FakeObstacles()
    ) {
        self.obstacles = obstacles
        self.width = width
        root = environment.stateRoot
        hook = environment.beforeStep
        self.flaws = flaws
    }

    var held: Set<String> { bottles.withLock { $0 } }
    /// The slugs of all launches that were asked for, in order.
    var launches: [String] { all.withLock { $0 } }

    func launch(_ request: LaunchRequest) async throws -> BottleID {
        defer { launching.withLock { $0 -= 1 } }
        guard
            launching.withLock({
                $0 += 1; return $0 <= width
            })
        else { throw Missing() }
        let directory = "\(root)/\(request.slug)"
        all.withLock { $0.append(request.slug) }
        do {
            try requireFree(request.slug)
        } catch {
            if flaws.contains(.leaksWhenRefused) { mkdir(directory, 0o700) }
            throw error
        }
        do {
            for step in Self.steps {
                do {
                    if !flaws.contains(.silent) { try await hook(step, request.slug) }
                } catch {
                    if !flaws.contains(.swallows) { throw error }
                }
                try Task.checkCancellation()
                if step == "begin" {
                    try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: false)
                }
                if step == "directory" { try Data().write(to: URL(filePath: "\(directory)/part")) }
            }
        } catch {
            if !flaws.contains(.leaksWhenFailed) { try? FileManager.default.removeItem(atPath: directory) }
            throw error
        }
        bottles.withLock { _ = $0.insert(request.slug) }
        return BottleID(request.slug)
    }

    private func requireFree(_ slug: String) throws {
        if flaws.contains(.shares) { return }
        let plan = AddressPlan(slug: slug)
        for other in held where AddressPlan(slug: other).octet == plan.octet {
            throw BottleError(.launch, "The network \(plan.subnet) belongs to bottle \(other).")
        }
        for network in obstacles.taken where network.hasPrefix("10.77.\(plan.octet).") {
            throw BottleError(.launch, "The network \(plan.subnet) overlaps \(network).")
        }
    }

    func destroy(_ bottle: BottleID) throws {
        guard bottles.withLock({ $0.remove(bottle.slug) }) != nil else {
            if flaws.contains(.strict) { throw Missing() }
            return
        }
        if !flaws.contains(.leaksWhenDestroyed) { try FileManager.default.removeItem(atPath: "\(root)/\(bottle.slug)") }
    }

    func hello() -> Hello {
        Hello(name: "directories", version: "1", kind: .namespaces, capabilities: [], maxParallel: width)
    }
    func status() -> Status { Status(unmet: []) }
    func plan(_ request: LaunchRequest) throws -> PlanReport { throw Missing() }
    func exec(_ request: ExecRequest, in bottle: BottleID) throws -> ExecResult { throw Missing() }
    func copyIn(_ request: CopyRequest, in bottle: BottleID) throws { throw Missing() }
    func copyOut(path: String, from target: ExecTarget, in bottle: BottleID) throws -> [UInt8] { throw Missing() }
    func describe(_ bottle: BottleID) throws -> BottleDescription {
        if flaws.contains(.blind) { throw Missing() }
        return BottleDescription(
            bundleAddress: AddressPlan(slug: bottle.slug).bundle, ports: [:], guestUser: "node",
            guestHome: "/home/node",
            promptPath: "/prompt", effectiveAllow: [], effectiveResolvers: [], bundleListeners: [], runningDaemons: [],
            environment: [:])
    }
    func logs(_ bottle: BottleID) -> [LogRecord] { [] }
    func stop(_ bottle: BottleID) throws { throw Missing() }
    func start(_ bottle: BottleID) throws { throw Missing() }
    func sweep() -> [String] { [] }
}
