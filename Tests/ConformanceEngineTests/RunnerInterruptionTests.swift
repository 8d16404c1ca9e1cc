// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleCore
import BottleDriver
import ConformanceEngine
import Synchronization
import Testing

@Suite(.timeLimit(.minutes(1)))
struct RunnerInterruptionTests {
    /// Where a run can be when the signal comes.
    enum Phase: Sendable, CaseIterable, CustomTestStringConvertible {
        case hello, plan, launch, exec, describe, logs, destroy
        case open, controlBefore, controlAfter, fence

        var driver: FakeDriver.Operation? {
            switch self {
            case .hello: .hello
            case .plan: .plan
            case .launch: .launch
            case .exec: .exec
            case .describe: .describe
            case .logs: .logs
            case .destroy: .destroy
            default: nil
            }
        }
        var field: FakeField.Operation? {
            switch self {
            case .open: .open
            case .controlBefore: .controlBefore
            case .controlAfter: .controlAfter
            case .fence: .fence
            default: nil
            }
        }
        var testDescription: String { driver?.rawValue ?? field?.rawValue ?? "" }
    }

    private func expectTidy(_ summary: RunSummary, _ trial: Trial, _ driver: FakeDriver, _ field: FakeField) {
        let account = driver.snapshot
        #expect(account.destroyed == account.launched)
        #expect(account.destroyed.values.allSatisfy { $0 == 1 })
        #expect(field.snapshot.closed == 1)
        #expect(summary.results.map(\.requirement) == summary.started.requirements.map(\.id))
        #expect(trial.kinds.last == "ended")
    }

    /// The operation goes on after the signal, as most do.
    @Test(arguments: Phase.allCases, Session.allCases)
    func interrupted(phase: Phase, session: Session) async {
        let interruption = Interruption()
        let driver = FakeDriver { operation, own in
            if operation == phase.driver, own == session || own == nil { interruption.trigger(signal: 2) }
        }
        let field = FakeField { operation, own in
            if operation == phase.field, own == session { interruption.trigger(signal: 2) }
        }
        let trial = Trial()
        let summary = await trial.run(
            [StubCheck("A-01"), StubCheck("B-01")], driver: driver, field: field, interruption: interruption)
        #expect(summary.exitCode == 130)
        #expect(summary.ended.interrupted)
        #expect(summary.ended.signal == 2)
        #expect(
            summary.results.allSatisfy { $0.judgement == Judgement(.inconclusive, "not run: interrupted by SIGINT") })
        #expect(summary.conclusion == "not finished: interrupted by SIGINT")
        expectTidy(summary, trial, driver, field)
    }

    /// The operation hangs and does not hear its cancellation.
    @Test(arguments: Phase.allCases.filter { $0 != .launch && $0 != .destroy })
    func interruptedWhileHanging(phase: Phase) async {
        let interruption = Interruption()
        let dungeon = Dungeon()
        defer { dungeon.open() }
        let driver = FakeDriver { operation, own in
            guard operation == phase.driver, own == .bottle || own == nil else { return }
            interruption.trigger(signal: 15)
            await dungeon.hang()
        }
        let field = FakeField { operation, own in
            guard operation == phase.field, own == .bottle else { return }
            interruption.trigger(signal: 15)
            await dungeon.hang()
        }
        let trial = Trial()
        let summary = await trial.run([StubCheck("A-01")], driver: driver, field: field, interruption: interruption)
        #expect(summary.exitCode == 143)
        #expect(summary.harnessErrors.isEmpty, "an interruption is nobody's failure")
        expectTidy(summary, trial, driver, field)
    }

    @Test
    func aLaunchThatComesBackInTimeIsDestroyed() async {
        let interruption = Interruption()
        let driver = FakeDriver { operation, session in
            guard operation == .launch, session == .bottle else { return }
            interruption.trigger(signal: 2)
            // Far from deaf: it comes back, with a bottle, some turns after it was told to stop.
            for _ in 0..<1000 { await Task.yield() }
        }
        let trial = Trial()
        let field = FakeField()
        let summary = await trial.run([StubCheck("A-01")], driver: driver, field: field, interruption: interruption)
        #expect(summary.exitCode == 130)
        #expect(driver.snapshot.launched.values.reduce(0, +) >= 1)
        expectTidy(summary, trial, driver, field)
    }

    @Test
    func aLaunchThatComesBackTooLateIsStillDestroyed() async throws {
        let interruption = Interruption()
        let dungeon = Dungeon()
        let destroyed = AsyncStream<Void>.makeStream()
        let driver = FakeDriver { operation, session in
            switch operation {
            case .launch where session == .bottle:
                interruption.trigger(signal: 2)
                await dungeon.hang()
            case .destroy where session == .bottle: destroyed.continuation.yield()
            default: break
            }
        }
        let trial = Trial()
        var limits = RunConfiguration.Limits()
        limits.tearDown = .milliseconds(100)
        let summary = await trial.run(
            [StubCheck("A-01")], driver: driver, interruption: interruption, limits: limits)
        #expect(summary.exitCode == 130)
        #expect(summary.harnessErrors.contains { $0.contains("gc") })
        let count = trial.events.count
        dungeon.open()
        for await _ in destroyed.stream { break }
        let account = driver.snapshot
        #expect(account.destroyed == account.launched)
        #expect(trial.events.count == count, "nothing is said after the last event")
    }

    @Test
    func theDeadlineOfTheRun() async {
        let clock = ManualClock()
        let dungeon = Dungeon()
        defer { dungeon.open() }
        let driver = FakeDriver { operation, session in
            guard operation == .describe, session == .variant else { return }
            clock.advance(by: .seconds(121))
            await dungeon.hang()
        }
        let trial = Trial()
        let field = FakeField()
        let summary = await trial.run(
            [StubCheck("A-01"), StubCheck("B-01", level: .should)], driver: driver, field: field,
            clock: RunClock(clock))
        #expect(summary.exitCode == 3 || summary.exitCode == 2)
        #expect(!summary.ended.interrupted)
        #expect(summary.results.allSatisfy { $0.judgement.verdict == .inconclusive })
        expectTidy(summary, trial, driver, field)
    }

    @Test
    func aProvenLeakSurvivesTheInterruption() async {
        let interruption = Interruption()
        // After the fence of the bottle, only the witness is left.
        let field = FakeField { operation, _ in
            if operation == .witness { interruption.trigger(signal: 2) }
        }
        let summary = await Trial().run(
            [StubCheck("A-01", judge: { _ in Judgement(.violated, "leak") }), StubCheck("B-01")], driver: FakeDriver(),
            field: field, interruption: interruption)
        #expect(summary.results.map(\.judgement.verdict) == [.violated, .inconclusive])
        #expect(summary.exitCode == 130)
        #expect(summary.conclusion == "not finished: interrupted by SIGINT; violated before that: A-01")
    }

    @Test
    func aCancelledTaskTearsDown() async {
        let trial = Trial()
        let field = FakeField()
        let begun = AsyncStream<Void>.makeStream()
        let driver = FakeDriver { operation, session in
            guard operation == .exec, session == .bottle else { return }
            begun.continuation.yield()
            try await ContinuousClock().sleep(for: .seconds(30))
        }
        // Awaited two lines below.
        let run = Task { await trial.run([StubCheck("A-01")], driver: driver, field: field) }
        for await _ in begun.stream { break }
        run.cancel()
        let summary = await run.value
        #expect(summary.exitCode == 130)
        #expect(summary.results.map(\.judgement.summary) == ["not run: the run was cancelled"])
        expectTidy(summary, trial, driver, field)
    }
}
