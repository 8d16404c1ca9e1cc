// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleCore
import BottleDriver
import ConformanceEngine
import Synchronization
import Testing

/// Sessions that one run lends to others.
@Suite(.timeLimit(.minutes(1)))
struct LendingTests {
    private func sessions(_ driver: FakeDriver = FakeDriver()) async -> LentSessions? {
        let lent = Mutex<LentSessions?>(nil)
        _ = await Trial().run(
            [StubCheck("A-01")], driver: driver, lend: { sessions in lent.withLock { $0 = sessions } })
        return lent.withLock { $0 }
    }

    @Test func onlyTheBottleUnderTestIsLaunchedBesideLentSessions() async throws {
        let lent = try #require(await sessions()?.only([.twin, .variant]))
        let seen = Mutex<[Session: Int]>([:])
        let check = StubCheck(
            "A-01",
            judge: { evidence in
                seen.withLock { $0 = evidence.sessions.mapValues(\.probes.count) }
                return Judgement(.pass, "fine")
            })
        let driver = FakeDriver()
        let summary = await Trial().run([check], driver: driver, borrowed: lent)
        #expect(summary.exitCode == 0, "\(summary)")
        #expect(driver.snapshot.launched.count == 1)
        let probes = seen.withLock { $0 }
        #expect(Set(probes.keys) == Set(Session.allCases))
        #expect(probes.values.allSatisfy { $0 > 0 }, "\(probes)")
    }

    @Test func whatDidNotComeToItsEndIsNotLent() async {
        let driver = FakeDriver { operation, session in
            guard operation == .launch, session == .twin else { return }
            throw BottleError(.transport, "The machine is gone.")
        }
        let lent = await sessions(driver)
        #expect(lent?.only([.variant]) != nil)
        #expect(lent?.only([.twin, .variant]) == nil)
    }
}
