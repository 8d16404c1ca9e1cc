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
            obstacles: FakeObstacles(), inventory: DirectoryInventory(isCostly: costly, isBlind: blind),
            settling: .milliseconds(300)
        ) { DirectoryDriver(environment: $0, flaws: flaws, width: width) }
        return await ground.run([.teardown]).first ?? HostTrialOutcome(kind: .teardown, failure: "no outcome")
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
            obstacles: FakeObstacles(), inventory: DirectoryInventory(isCostly: false, isBlind: false),
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
        let trial = Task { await ground.run([.teardown, .networks]) }
        for await _ in hasBegun.stream { break }
        trial.cancel()
        _ = await trial.value
        let root = try #require(driver.withLock { $0?.root })
        #expect(!FileManager.default.fileExists(atPath: root))
        #expect(driver.withLock { $0?.held } == [])
    }
}
