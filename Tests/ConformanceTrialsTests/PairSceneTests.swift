// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleCore
import ConformanceEngine
import Foundation
import Synchronization
import Testing

@testable import ConformanceTrials

/// The trials that look at the same two bottles, over a driver whose bottles are directories.
@Suite struct PairSceneTests {
    private struct Played {
        var outcomes: [HostTrial.Kind: HostTrialOutcome] = [:]
        var launches: [String] = []
        var held: Set<String> = []

        var networks: HostTrialOutcome { get throws { try #require(outcomes[.networks]) } }
        var teardown: HostTrialOutcome { get throws { try #require(outcomes[.teardown]) } }
    }

    private static let together: [HostTrial.Kind] = [.networks, .teardown]

    private func play(
        _ kinds: [HostTrial.Kind] = together, _ flaws: Set<DirectoryDriver.Flaw> = [], width: Int = 3,
        obstacles: FakeObstacles = FakeObstacles(), onTake: @escaping @Sendable () throws -> Void = {}
    ) async -> Played {
        let driver = Mutex<DirectoryDriver?>(nil)
        let ground = HostGround(
            obstacles: obstacles,
            inventory: DirectoryInventory(isCostly: true, isBlind: false, onTake: onTake),
            settling: .milliseconds(300)
        ) { environment in
            let made = DirectoryDriver(environment: environment, flaws: flaws, width: width, obstacles: obstacles)
            driver.withLock { $0 = made }
            return made
        }
        var played = Played()
        for outcome in await ground.run(kinds) { played.outcomes[outcome.kind] = outcome }
        played.launches = driver.withLock { $0?.launches } ?? []
        played.held = driver.withLock { $0?.held } ?? []
        return played
    }

    @Test(arguments: [1, 3])
    func bothTrialsLookAtTheSameTwoBottles(width: Int) async throws {
        let obstacles = FakeObstacles()
        let played = await play(width: width, obstacles: obstacles)
        let networks = try played.networks
        #expect(networks.launches.map(\.name).sorted() == ["first", "free", "second", "taken"])
        let (first, second) = (try #require(networks.launch("first")), try #require(networks.launch("second")))
        let (taken, free) = (try #require(networks.launch("taken")), try #require(networks.launch("free")))
        #expect(first.bundleAddress == AddressPlan(slug: first.slug).bundle && first.error == nil)
        #expect(free.bundleAddress == AddressPlan(slug: free.slug).bundle && free.error == nil)
        #expect(AddressPlan(slug: second.slug).octet == AddressPlan(slug: first.slug).octet)
        #expect(AddressPlan(slug: free.slug).octet != AddressPlan(slug: first.slug).octet)
        #expect(second.refused && second.error?.contains("belongs to bottle \(first.slug)") == true, "\(second)")
        #expect(taken.slug == free.slug && taken.refused && taken.error?.contains("overlaps") == true, "\(taken)")
        #expect(networks.failure == nil && networks.left.isEmpty && networks.gaps.isEmpty)

        let teardown = try played.teardown
        #expect(teardown.launches.map(\.slug) == [first.slug, free.slug])
        #expect(teardown.launches.allSatisfy { $0.launched == $0.slug && $0.error == nil })
        #expect(teardown.teardown?.attempts.allSatisfy(\.isReached) == true)
        #expect(Set(teardown.teardown?.destructions.map(\.what) ?? []).count == 4)
        #expect(played.held.isEmpty && obstacles.taken.isEmpty && obstacles.count == 1)
    }

    @Test func withoutTheTrialOfTeardownNothingIsDisturbed() async throws {
        let stocks = Mutex(0)
        let played = await play([.networks]) { stocks.withLock { $0 += 1 } }
        let networks = try played.networks
        #expect(networks.launches.count == 4 && networks.failure == nil && networks.left.isEmpty)
        #expect(played.outcomes.count == 1 && played.launches.count == 4 && played.held.isEmpty)
        #expect(stocks.withLock { $0 } == 0)
    }

    @Test func withoutTheTrialOfNetworksNothingIsInTheWay() async throws {
        let obstacles = FakeObstacles()
        let played = await play([.teardown], [.blind], obstacles: obstacles)
        let teardown = try played.teardown
        #expect(teardown.launches.allSatisfy { $0.launched == $0.slug && $0.error == nil && $0.bundleAddress == nil })
        #expect(played.outcomes.count == 1 && obstacles.count == 0)
        // Of five steps three fail and one is interrupted.
        #expect(played.launches.count == 2 + 4)
    }

    @Test func stockIsTakenOnceBeforeAndOnceInEachStateThatIsAsItShouldBe() async throws {
        let stocks = Mutex(0)
        let played = await play { stocks.withLock { $0 += 1 } }
        #expect(try played.teardown.failure == nil)
        #expect(stocks.withLock { $0 } == 3)
    }

    @Test func whatSharesANetworkIsToldOfAndDestroyed() async throws {
        let played = await play(Self.together, [.shares])
        let networks = try played.networks
        let (second, taken) = (try #require(networks.launch("second")), try #require(networks.launch("taken")))
        #expect(second.launched == second.slug && second.bundleAddress == networks.launch("first")?.bundleAddress)
        #expect(taken.launched == taken.slug && taken.bundleAddress == networks.launch("free")?.bundleAddress)
        #expect(networks.failure == nil && networks.left.isEmpty && played.held.isEmpty)
        #expect(try played.teardown.launches.allSatisfy { $0.error == nil })
    }

    @Test func whatARefusedLaunchLeavesIsFoundByBoth() async throws {
        let played = await play(Self.together, [.leaksWhenRefused])
        let networks = try played.networks
        let second = try #require(networks.launch("second"))
        #expect(networks.left.contains(second.slug), "\(networks.left)")
        #expect(try played.teardown.teardown?.left == [.init(.state, second.slug)])
    }

    @Test func whatDisturbedLaunchesLeaveIsNoMatterOfNetworks() async throws {
        let played = await play(Self.together, [.leaksWhenFailed])
        #expect(try played.networks.left.isEmpty && played.networks.failure == nil)
        #expect(try played.teardown.teardown?.attempts.contains { !$0.left.isEmpty } == true)
    }

    @Test func anObstacleThatCannotBePutUpIsNoMatterOfTheTeardown() async throws {
        let played = await play(obstacles: FakeObstacles(areImpossible: true))
        #expect(try played.networks.failure?.contains("Refused") == true)
        #expect(try played.teardown.failure == nil)
        #expect(try played.teardown.launches.allSatisfy { $0.launched == $0.slug })
    }

    @Test func anAddressThatCannotBeReadIsNoMatterOfTheTeardown() async throws {
        let played = await play(Self.together, [.blind])
        #expect(try played.networks.launch("first")?.error != nil && played.networks.launch("free")?.error != nil)
        #expect(try played.teardown.launches.allSatisfy { $0.error == nil })
    }

    @Test(arguments: [1, 2])
    func aStockThatCannotBeTakenIsNoMatterOfNetworks(failing: Int) async throws {
        let stocks = Mutex(0)
        let played = await play {
            if stocks.withLock({
                $0 += 1
                return $0 == failing
            }) {
                throw FakeObstacles.Refused()
            }
        }
        #expect(try played.teardown.failure?.contains("Refused") == true)
        let networks = try played.networks
        #expect(networks.failure == nil && networks.launch("first")?.launched != nil && networks.left.isEmpty)
        #expect(networks.launches.count == 4 && played.held.isEmpty)
    }
}
