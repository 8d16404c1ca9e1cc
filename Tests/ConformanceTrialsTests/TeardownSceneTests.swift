// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleCore
import BottleDriver
import ConformanceEngine
import Foundation
import Synchronization
import Testing

@testable import ConformanceTrials

/// The trial of what stays, over a driver whose bottles are directories.
@Suite struct TeardownSceneTests {
    private func play(
        _ flaws: Set<DirectoryDriver.Flaw> = [], blind: Bool = false, costly: Bool = false, width: Int = 3
    ) async -> HostTrialOutcome {
        let ground = HostGround(
            obstacles: NoObstacles(), inventory: DirectoryInventory(isCostly: costly, isBlind: blind),
            settling: .milliseconds(300)
        ) { DirectoryDriver(environment: $0, flaws: flaws, width: width) }
        return await ground.run(.teardown)
    }

    @Test func everyStepIsDisturbedInEveryWayAndNothingStays() async throws {
        let outcome = await play()
        let teardown = try #require(outcome.teardown, "\(outcome)")
        let tried = teardown.attempts.map { "\($0.step) \($0.how.rawValue)" }.sorted()
        #expect(tried == DirectoryDriver.steps.flatMap { ["\($0) failed", "\($0) interrupted"] }.sorted())
        #expect(teardown.attempts.allSatisfy { $0.isReached && $0.left.isEmpty && !$0.cameUp })
        #expect(Set(teardown.attempts.map(\.slug)).count == teardown.attempts.count)
        #expect(Set(teardown.destructions.map(\.what)) == Set(TeardownOutcome.Destruction.What.allCases))
        #expect(teardown.destructions.allSatisfy { $0.error == nil && $0.left.isEmpty })
        #expect(teardown.planted == ["state": true, "temporary": true])
        #expect(teardown.seen == ["state"] && teardown.left.isEmpty)
        #expect(outcome.left.isEmpty && outcome.gaps.isEmpty)
        #expect(outcome.launches.map(\.name) == ["whole", "partial"])
        #expect(outcome.launches.allSatisfy { $0.launched == $0.slug })
    }

    @Test func noMoreLaunchesGoOnThanTheDriverAllows() async throws {
        let outcome = await play(width: 1)
        let teardown = try #require(outcome.teardown)
        #expect(outcome.launches.allSatisfy { $0.error == nil })
        #expect(teardown.attempts.allSatisfy(\.isReached) && teardown.attempts.count == 2 * DirectoryDriver.steps.count)
    }

    @Test func aCostlyLaunchIsFailedAtEveryOtherStepAndInterruptedAtOne() async throws {
        let attempts = try #require(await play(costly: true).teardown).attempts
        #expect(attempts.filter { $0.how == .failed }.map(\.step).sorted() == ["begin", "finish", "part"])
        #expect(attempts.filter { $0.how == .interrupted }.map(\.step) == [DirectoryDriver.steps[2]])
    }

    @Test func whatAFailedLaunchLeavesIsFoundAndTakenAway() async throws {
        let outcome = await play([.leaksWhenFailed])
        let teardown = try #require(outcome.teardown)
        for attempt in teardown.attempts {
            // Before its first step there is nothing yet.
            let wanted: [TeardownOutcome.Remnant] =
                attempt.step == DirectoryDriver.steps[0] ? [] : [.init(.state, attempt.slug)]
            #expect(attempt.left == wanted, "\(attempt)")
        }
        #expect(teardown.destructions.allSatisfy { $0.left.isEmpty })
        #expect(outcome.left.isEmpty)
    }

    @Test func whatADestroyLeavesIsFound() async throws {
        let teardown = try #require(await play([.leaksWhenDestroyed]).teardown)
        for destruction in teardown.destructions where [.whole, .partial].contains(destruction.what) {
            #expect(destruction.left == [.init(.state, destruction.slug)])
        }
        #expect(teardown.attempts.allSatisfy { $0.left.isEmpty })
    }

    @Test func aSecondDestroyThatFailsIsToldOf() async throws {
        let teardown = try #require(await play([.strict]).teardown)
        for destruction in teardown.destructions {
            #expect((destruction.error != nil) == [.again, .never].contains(destruction.what), "\(destruction)")
        }
    }

    @Test func aFaultThatIsSwallowedShows() async throws {
        let teardown = try #require(await play([.swallows]).teardown)
        #expect(teardown.attempts.filter { $0.how == .failed }.allSatisfy { $0.cameUp && $0.left.isEmpty })
    }

    @Test func aDriverThatTellsNoStepsHasNoneDisturbed() async throws {
        let teardown = try #require(await play([.silent]).teardown)
        #expect(teardown.attempts.isEmpty && teardown.planted == ["state": true, "temporary": true])
    }

    @Test func aBlindInventoryShows() async throws {
        let teardown = try #require(await play(blind: true).teardown)
        #expect(teardown.planted == ["state": false, "temporary": false] && teardown.seen.isEmpty)
    }

    @Test func anInterruptedTrialTidiesUp() async throws {
        let driver = Mutex<DirectoryDriver?>(nil)
        let hasBegun = AsyncStream<Void>.makeStream()
        let ground = HostGround(
            obstacles: NoObstacles(), inventory: DirectoryInventory(isCostly: false, isBlind: false),
            settling: .milliseconds(300)
        ) { environment in
            var environment = environment
            let hook = environment.beforeStep
            environment.beforeStep = { step, slug in
                try await hook(step, slug)
                hasBegun.continuation.yield()
            }
            let made = DirectoryDriver(environment: environment, flaws: [], width: 3)
            driver.withLock { $0 = made }
            return made
        }
        let trial = Task { await ground.run(.teardown) }
        for await _ in hasBegun.stream { break }
        trial.cancel()
        _ = await trial.value
        let root = try #require(driver.withLock { $0?.root })
        #expect(!FileManager.default.fileExists(atPath: root))
        #expect(driver.withLock { $0?.held } == [])
    }
}

private struct NoObstacles: TrialObstacles {
    let resolver = "203.0.113.53"
    func takeNetwork(_ cidr: String, of slug: String) -> Undo { {} }
}

/// Sees directories of bottles and temporary files, or nothing at all.
private struct DirectoryInventory: TrialInventory {
    let isCostly: Bool
    let isBlind: Bool

    func take(_ mark: TrialMark) -> Set<Remnant> { isBlind ? [] : files(mark) }

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
private final class DirectoryDriver: Driver {
    enum Flaw { case leaksWhenFailed, leaksWhenDestroyed, strict, swallows, silent }
    struct Missing: Error {}

    static let steps = ["begin", "directory", "part", "wire", "finish"]
    let root: String
    private let hook: @Sendable (String, String) async throws -> Void
    private let flaws: Set<Flaw>
    private let width: Int
    private let launching = Mutex(0)
    private let bottles = Mutex<Set<String>>([])

    init(environment: TrialEnvironment, flaws: Set<Flaw>, width: Int) {
        self.width = width
        root = environment.stateRoot
        hook = environment.beforeStep
        self.flaws = flaws
    }

    var held: Set<String> { bottles.withLock { $0 } }

    func launch(_ request: LaunchRequest) async throws -> BottleID {
        defer { launching.withLock { $0 -= 1 } }
        guard
            launching.withLock({
                $0 += 1; return $0 <= width
            })
        else { throw Missing() }
        let directory = "\(root)/\(request.slug)"
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
    func describe(_ bottle: BottleID) throws -> BottleDescription { throw Missing() }
    func logs(_ bottle: BottleID) -> [LogRecord] { [] }
    func stop(_ bottle: BottleID) throws { throw Missing() }
    func start(_ bottle: BottleID) throws { throw Missing() }
    func sweep() -> [String] { [] }
}
