// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleCore
import Synchronization
import Testing

@testable import ConformanceEngine

@Suite(.timeLimit(.minutes(1)))
struct BoundedTests {
    private let stop = Latch<StopCause>()

    @Test
    func yieldsAndThrowsWhatTheOperationDoes() async throws {
        let bounded = Bounded(clock: RunClock(), stop: stop)
        #expect(try await bounded("sum", limit: .seconds(30)) { 1 + 1 } == 2)
        let error = await #expect(throws: BottleError.self) {
            try await bounded("loss", limit: .seconds(30)) { throw BottleError(.io, "gone") }
        }
        #expect(error?.code == .io)
    }

    @Test
    func aDeafOperationIsGivenUp() async {
        let dungeon = Dungeon()
        defer { dungeon.open() }
        let error = await #expect(throws: BottleError.self) {
            try await Bounded(clock: RunClock(), stop: stop)("nap", limit: .milliseconds(20)) { await dungeon.hang() }
        }
        #expect(error?.code == .timeout)
        #expect(error?.message.contains("nap") == true)
    }

    @Test
    func aStoppedRunStartsNothing() async {
        stop.set(.deadline)
        let started = Mutex(false)
        await #expect(throws: Bounded.Stopped.self) {
            try await Bounded(clock: RunClock(), stop: stop)("work", limit: .seconds(30)) {
                started.withLock { $0 = true }
            }
        }
        #expect(!started.withLock { $0 })
    }

    @Test
    func whatComesLateIsHandedOver() async {
        let late = Latch<Int>()
        let dungeon = Dungeon()
        await #expect(throws: Bounded.GivenUp.self) {
            try await Bounded(clock: RunClock(), stop: stop)(
                "launch", limit: .milliseconds(10), grace: .milliseconds(10), late: { late.set($0) },
                {
                    await dungeon.hang()
                    return 7
                })
        }
        dungeon.open()
        #expect(await late.wait() == 7)
    }

    @Test
    func aLatchKeepsItsFirstValue() async {
        let latch = Latch<Int>()
        let seen = Mutex<[Int]>([])
        _ = latch.onSet { value in seen.withLock { $0.append(value) } }
        let token = latch.onSet { value in seen.withLock { $0.append(-value) } }
        latch.remove(token)
        #expect(latch.set(1))
        #expect(!latch.set(2))
        _ = latch.onSet { value in seen.withLock { $0.append(value + 10) } }
        #expect(seen.withLock { $0 } == [1, 11])
        #expect(latch.value == 1)
    }
}
