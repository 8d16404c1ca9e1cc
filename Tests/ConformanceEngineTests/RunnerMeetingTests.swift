// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleCore
import BottleDriver
import ConformanceEngine
import Synchronization
import Testing

/// A visit of two bottles to a third, and the ways in which it does not come about.
@Suite(.timeLimit(.minutes(1)))
struct RunnerMeetingTests {
    /// What a session's guest was told to do, as seen by the driver.
    private enum Act: String, Sendable { case listen, environment, sockets, tree }

    private static func act(of request: ExecRequest) -> Act? {
        FakeProbe.lines(of: request.stdin).first.flatMap { Act(rawValue: $0.action) }
    }

    /// Visitors read their socket tables there; the host looks around before and after.
    private static let check = NeighbourStub()

    private static func visited(_ summary: RunSummary, _ session: Session) -> Observation? {
        summary.results.first?.evidence?[session]?.probes["visit"]?.observation
    }

    private static func missed(_ summary: RunSummary, _ session: Session) -> String? {
        summary.results.first?.evidence?[session]?.missedMeeting
    }

    private func expectTidy(_ summary: RunSummary, _ driver: FakeDriver, _ field: FakeField) {
        let account = driver.snapshot
        #expect(account.destroyed == account.launched)
        #expect(account.destroyed.values.allSatisfy { $0 == 1 })
        #expect(field.snapshot.closed == 1)
    }

    @Test
    func theHostIsThereBeforeAndAfterEveryVisit() async throws {
        let order = Mutex<[String]>([])
        let dismissed = Dungeon()
        let driver = FakeDriver { operation, session in
            if operation == .destroy, session == .variant { order.withLock { $0.append("destroy") } }
        } answer: { session, request in
            guard let act = Self.act(of: request) else { return FakeDriver.honest(session, request) }
            // The listener ends when its own guest dismisses it, which is the last thing that is done there.
            if act == .listen { await dismissed.hang() }
            order.withLock { $0.append("\(session.rawValue) \(act.rawValue)") }
            if act == .tree { dismissed.open() }
            return FakeDriver.honest(session, request)
        }
        let field = FakeField()
        let summary = await Trial().run([Self.check], driver: driver, field: field)
        let seen = order.withLock { $0 }
        #expect(seen.first == "variant environment")
        #expect(Set(seen[1...2]) == ["bottle sockets", "twin sockets"])
        #expect(seen.suffix(3) == ["variant tree", "variant listen", "destroy"])
        let own = try #require(summary.results.first?.evidence?[.bottle])
        let addresses = try #require(summary.results.first?.evidence?[.variant]?.plan?.addresses)
        #expect(own.probes["visit"]?.observation != nil)
        #expect(own.probes["visit to \(addresses.bundle)"]?.observation != nil, "the neighbour's address is known")
        #expect(own.issuedNonces.count == 2)
        for session in Session.allCases { #expect(Self.missed(summary, session) == nil) }
        #expect(summary.harnessErrors.isEmpty)
        expectTidy(summary, driver, field)
    }

    @Test
    func aHostThatComesLateIsWaitedFor() async {
        let waiting = Dungeon()
        let driver = FakeDriver { operation, session in
            // Only when the bottle under test has nothing left to do but to visit.
            if operation == .launch, session == .variant { await waiting.hang() }
        } answer: { session, request in
            if session == .bottle, request.argv.last == "batch", Self.act(of: request) == .environment {
                waiting.open()
            }
            return FakeDriver.honest(session, request)
        }
        let summary = await Trial().run(
            [Self.check, StubCheck("B-01", declare: { $0.probe("own", .environment) })], driver: driver)
        #expect(Self.visited(summary, .bottle) != nil)
        #expect(Self.visited(summary, .twin) != nil)
        #expect(Self.missed(summary, .bottle) == nil)
    }

    enum Absence: Sendable, CaseIterable { case plan, launch, describe, canaries }

    @Test(arguments: Absence.allCases)
    func aHostThatNeverComesKeepsNobodyWaiting(absence: Absence) async throws {
        // Time stands still: whoever waits for it to pass waits for ever.
        let clock = ManualClock(leap: RunConfiguration.Limits().headStart)
        let driver = FakeDriver { operation, session in
            let fails: FakeDriver.Operation? =
                switch absence {
                case .plan: .plan
                case .launch: .launch
                case .describe: .describe
                case .canaries: nil
                }
            if operation == fails, session == .variant { throw BottleError(.launch, "There is no room.") }
        }
        let field = FakeField(refusesToOpen: absence == .canaries ? .variant : nil)
        let summary = await Trial().run([Self.check], driver: driver, field: field, clock: RunClock(clock))
        for session in [Session.bottle, .twin] {
            #expect(Self.visited(summary, session) == nil)
            let missed = try #require(Self.missed(summary, session))
            #expect(missed.hasPrefix("the neighbour did not come up: "), "\(missed)")
        }
        #expect(summary.results.first?.judgement.verdict != .pass)
        expectTidy(summary, driver, field)
    }

    /// The host hangs before it is ready, and does not hear that it is cancelled.
    @Test
    func aHostThatHangsIsGivenUp() async {
        let dungeon = Dungeon()
        let driver = FakeDriver(answer: { session, request in
            if session == .variant, Self.act(of: request) == .environment { await dungeon.hang() }
            return FakeDriver.honest(session, request)
        })
        var limits = RunConfiguration.Limits()
        limits.meeting = .milliseconds(100)
        let field = FakeField { operation, session in
            // The guests are on their way home, so they waited no longer.
            if operation == .controlAfter, session == .bottle { dungeon.open() }
        }
        let summary = await Trial().run([Self.check], driver: driver, field: field, limits: limits)
        #expect(Self.visited(summary, .bottle) == nil)
        #expect(
            Self.missed(summary, .bottle)?.contains("wait of the bottle session for its neighbour did not end") == true)
        expectTidy(summary, driver, field)
    }

    /// The host goes while a guest is still at it: what the guest then does not reach proves nothing.
    @Test
    func aHostThatDoesNotStayIsOnRecord() async {
        // Time passes only here, when all that is left is the guest that does not come to an end.
        let clock = ManualClock(leap: RunConfiguration.Limits().headStart)
        let hostIsGone = Dungeon()
        let twinIsGone = Dungeon()
        let isGone = Mutex(false)
        let driver = FakeDriver { operation, session in
            guard operation == .destroy else { return }
            if session == .twin { twinIsGone.open() }
            if session == .variant {
                isGone.withLock { $0 = true }
                hostIsGone.open()
            }
        } answer: { session, request in
            if session == .bottle, Self.act(of: request) == .sockets {
                await twinIsGone.hang()
                while !isGone.withLock({ $0 }) {
                    clock.advance(by: .milliseconds(10))
                    try await Task.sleep(for: .milliseconds(1))
                }
                await hostIsGone.hang()
            }
            return FakeDriver.honest(session, request)
        }
        var limits = RunConfiguration.Limits()
        limits.meeting = .milliseconds(100)
        let field = FakeField()
        let summary = await Trial().run(
            [Self.check], driver: driver, field: field, clock: RunClock(clock), limits: limits)
        #expect(Self.missed(summary, .bottle)?.hasPrefix("the neighbour did not stay until the attempts") == true)
        #expect(Self.missed(summary, .variant)?.contains("visit of the variant session by its neighbours") == true)
        #expect(Self.missed(summary, .twin) == nil)
        expectTidy(summary, driver, field)
    }

    enum Place: Sendable, CaseIterable { case hostReady, visiting, leaving }

    @Test(arguments: Place.allCases)
    func aSignalInBetween(place: Place) async {
        let interruption = Interruption()
        let driver = FakeDriver(answer: { session, request in
            switch (Self.act(of: request), session) {
            case (.environment, .variant) where place == .hostReady: interruption.trigger(signal: 2)
            case (.sockets, .bottle) where place == .visiting: interruption.trigger(signal: 2)
            case (.tree, .variant) where place == .leaving: interruption.trigger(signal: 2)
            default: break
            }
            return FakeDriver.honest(session, request)
        })
        let field = FakeField()
        let summary = await Trial().run([Self.check], driver: driver, field: field, interruption: interruption)
        #expect(summary.exitCode == 130)
        #expect(
            summary.results.map(\.judgement) == [Judgement(.inconclusive, "not run: interrupted by SIGINT")])
        expectTidy(summary, driver, field)
    }

    @Test
    func aGuestThatNeverComesIsNotWaitedFor() async {
        let driver = FakeDriver { operation, session in
            if operation == .launch, session == .bottle { throw BottleError(.launch, "There is no room.") }
        }
        let clock = ManualClock(leap: RunConfiguration.Limits().headStart)
        let field = FakeField()
        let summary = await Trial().run([Self.check], driver: driver, field: field, clock: RunClock(clock))
        #expect(Self.missed(summary, .variant) == nil)
        #expect(Self.visited(summary, .twin) != nil)
        expectTidy(summary, driver, field)
    }

    @Test(arguments: [(1, 3), (3, 1), (2, 3), (3, 2)])
    func bottlesThatCannotBeUpTogetherDoNotWait(jobs: Int, maxParallel: Int) async {
        let clock = ManualClock(leap: RunConfiguration.Limits().headStart)
        let driver = FakeDriver(maxParallel: maxParallel)
        let summary = await Trial().run([Self.check], driver: driver, clock: RunClock(clock), jobs: jobs)
        #expect(Self.visited(summary, .bottle) == nil)
        for session in Session.allCases {
            #expect(
                Self.missed(summary, session)?.hasPrefix("\(min(jobs, maxParallel)) bottles go on at once") == true)
        }
        #expect(driver.snapshot.mostAlive <= min(jobs, maxParallel))
    }

    /// Without a check about two bottles nobody waits: the bottle under test hangs until the other one is gone.
    @Test
    func withoutSuchACheckNobodyWaits() async {
        let gone = Dungeon()
        let driver = FakeDriver { operation, session in
            if operation == .destroy, session == .variant { gone.open() }
        } answer: { session, request in
            if session == .bottle, request.argv.last == "batch" { await gone.hang() }
            return FakeDriver.honest(session, request)
        }
        let summary = await Trial().run([StubCheck("A-01")], driver: driver)
        #expect(summary.results.map(\.judgement.verdict) == [.pass])
    }

    /// What nobody dismisses is given up a moment after the last step.
    @Test
    func aListenerThatGoesOnIsLeft() async {
        let dungeon = Dungeon()
        defer { dungeon.open() }
        let driver = FakeDriver(answer: { session, request in
            if Self.act(of: request) == .listen { await dungeon.hang() }
            return FakeDriver.honest(session, request)
        })
        var limits = RunConfiguration.Limits()
        limits.execGrace = .milliseconds(100)
        let field = FakeField()
        let summary = await Trial().run([Self.check], driver: driver, field: field, limits: limits)
        let own = summary.results.first?.evidence?[.variant]
        #expect(own?.probes["listener"]?.observation == nil)
        #expect(own?.probes["after"]?.observation != nil)
        expectTidy(summary, driver, field)
    }
}

/// A check that makes two bottles visit the third.
private struct NeighbourStub: NeighbourCheck {
    let requirement = Requirement(
        id: "N-01", title: "Title of N-01", statement: "", why: "", probed: "", remedy: "", profiles: [], mutants: [:])

    func declareMeeting(_ declaration: inout Declaration) {
        if let neighbour = declaration.neighbour {
            declaration.probe("visit", .sockets)
            declaration.probe("visit to \(neighbour.description.bundleAddress)", .sockets)
            return
        }
        declaration.probe("before", phase: .before, .environment)
        declaration.probe("after", phase: .after, .tree(path: "/"))
        declaration.probe(
            "listener", phase: .throughout, .listen(address: "0.0.0.0", port: 1, banner: [1], timeout: 1000))
    }

    func judge(_ evidence: Evidence) -> Judgement {
        let missed = Session.allCases.contains { evidence[$0]?.missedMeeting != nil || evidence[$0]?.failure != nil }
        return missed ? Judgement(.inconclusive, "they did not meet") : Judgement(.pass, "they met")
    }
}
