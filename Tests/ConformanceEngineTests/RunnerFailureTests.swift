// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleCore
import BottleDriver
import ConformanceEngine
import Synchronization
import Testing

@Suite(.timeLimit(.minutes(1)))
struct RunnerFailureTests {
    /// What must hold however a run went.
    private func expectTidy(_ summary: RunSummary, _ trial: Trial, _ driver: FakeDriver, _ field: FakeField) {
        let account = driver.snapshot
        #expect(account.destroyed == account.launched)
        #expect(account.destroyed.values.allSatisfy { $0 == 1 })
        #expect(field.snapshot.closed == 1)
        #expect(summary.results.map(\.requirement) == summary.started.requirements.map(\.id))
        #expect(trial.kinds.filter { $0 == "checked" }.count == summary.results.count)
        #expect(trial.kinds.last == "ended")
    }

    @Test(arguments: Session.allCases, [FakeDriver.Operation.plan, .launch, .describe])
    func aSessionThatFailsIsNeverAPass(session: Session, operation: FakeDriver.Operation) async {
        let driver = FakeDriver { current, own in
            if current == operation, own == session { throw BottleError(.launch, "No bottle today.") }
        }
        let trial = Trial()
        let field = FakeField()
        let summary = await trial.run([StubCheck("A-01")], driver: driver, field: field)
        #expect(summary.results.map(\.judgement.verdict) == [.inconclusive])
        #expect(summary.results[0].judgement.summary.contains("No bottle today."))
        #expect(summary.exitCode == 2)
        #expect(trial.kinds.contains("failed"))
        expectTidy(summary, trial, driver, field)
    }

    @Test
    func aDriverThatDoesNotSpeak() async {
        let driver = FakeDriver { operation, _ in
            if operation == .hello { throw BottleError(.transport, "Broken pipe.") }
        }
        let trial = Trial()
        let field = FakeField()
        let summary = await trial.run([StubCheck("A-01")], driver: driver, field: field)
        #expect(summary.results.map(\.judgement.verdict) == [.harnessError])
        #expect(summary.exitCode == 2)
        expectTidy(summary, trial, driver, field)
    }

    @Test
    func aDestroyThatThrowsIsAWarningAndAnExitCode() async {
        let driver = FakeDriver { operation, session in
            if operation == .destroy, session == .twin { throw BottleError(.io, "Device busy.") }
        }
        let trial = Trial()
        let field = FakeField()
        var limits = RunConfiguration.Limits()
        limits.witnessWindow = .milliseconds(20)
        let summary = await trial.run([StubCheck("A-01")], driver: driver, field: field, limits: limits)
        #expect(summary.results.map(\.judgement.verdict) == [.pass])
        #expect(summary.exitCode == 2)
        #expect(summary.harnessErrors.contains { $0.contains("Device busy.") && $0.contains("gc") })
        #expect(trial.kinds.contains("warning"))
        expectTidy(summary, trial, driver, field)
    }

    @Test
    func aLeakIsNotHiddenByACrash() async {
        let driver = FakeDriver { operation, _ in
            if operation == .destroy { throw BottleError(.io, "Device busy.") }
        }
        var limits = RunConfiguration.Limits()
        limits.witnessWindow = .milliseconds(20)
        let summary = await Trial().run(
            [StubCheck("A-01", judge: { _ in Judgement(.violated, "leak") })], driver: driver, limits: limits)
        #expect(summary.exitCode == 1)
    }

    @Test(arguments: ["garbage", "missing end", "nothing", "timed out", "throws"])
    func bareOutputIsInconclusive(kind: String) async throws {
        let driver = FakeDriver(answer: { session, request in
            guard request.argv.last == "batch", session == .bottle else { return FakeDriver.honest(session, request) }
            let honest = FakeProbe.run(request.stdin)
            return switch kind {
            case "garbage":
                ExecResult(ending: .exited(0), stdout: [0xff, 0x7b, 0x0a, 0x00] + Array("ok\n".utf8), stderr: [])
            case "missing end": ExecResult(ending: .exited(0), stdout: honest.dropLast(30), stderr: [])
            case "nothing": ExecResult(ending: .exited(0), stdout: [], stderr: [])
            case "timed out": ExecResult(ending: .timedOut, stdout: [], stderr: [])
            default: throw BottleError(.transport, "The driver broke off.")
            }
        })
        let trial = Trial()
        let field = FakeField()
        let summary = await trial.run([StubCheck("A-01")], driver: driver, field: field)
        #expect(summary.results.map(\.judgement.verdict) == [.inconclusive])
        #expect(summary.exitCode == (kind == "throws" ? 2 : 3))
        let own = try #require(summary.results[0].evidence?[.bottle])
        #expect(own.probes.count == 1)
        #expect(own.probes.values.allSatisfy { $0.observation == nil })
        expectTidy(summary, trial, driver, field)
    }

    @Test
    func anExecOfACheckKeepsItsError() async throws {
        let driver = FakeDriver(answer: { session, request in
            if request.tty { throw BottleError(.unsupported, "No terminals here.") }
            return FakeDriver.honest(session, request)
        })
        let summary = await Trial().run(
            [
                StubCheck(
                    "A-01",
                    declare: {
                        $0.probe("p", .identity)
                        $0.exec("tty", ExecRequest(["x"], tty: true))
                    })
            ], driver: driver)
        let exec = try #require(summary.results[0].evidence?[.bottle]?.execs["tty"])
        #expect(exec.result == nil)
        #expect(exec.error == "No terminals here.")
        #expect(summary.exitCode == 0)
    }

    @Test(arguments: FakeDriver.Operation.allCases.filter { $0 != .launch })
    func aDriverThatHangsIsGivenUp(operation: FakeDriver.Operation) async {
        let dungeon = Dungeon()
        defer { dungeon.open() }
        let clock = ManualClock()
        let driver = FakeDriver { current, session in
            guard current == operation, session == .bottle || session == nil else { return }
            // Just more than the operation may take, and with two execs still less than the whole run may.
            clock.advance(by: operation == .exec ? .seconds(16) : .seconds(31))
            await dungeon.hang()
        }
        let trial = Trial()
        let field = FakeField()
        let summary = await trial.run([StubCheck("A-01")], driver: driver, field: field, clock: RunClock(clock))
        #expect(summary.exitCode == 2)
        #expect(summary.harnessErrors.isEmpty == false)
        #expect(summary.results.map(\.judgement.verdict) != [.violated])
        expectTidy(summary, trial, driver, field)
    }

    @Test(arguments: FakeField.Operation.allCases)
    func aFieldThatHangsIsGivenUp(operation: FakeField.Operation) async {
        let dungeon = Dungeon()
        defer { dungeon.open() }
        let clock = ManualClock()
        let field = FakeField { current, session in
            guard current == operation, session == .bottle || session == nil else { return }
            clock.advance(by: operation == .close ? .seconds(31) : .seconds(16))
            await dungeon.hang()
        }
        let trial = Trial()
        let driver = FakeDriver()
        let summary = await trial.run([StubCheck("A-01")], driver: driver, field: field, clock: RunClock(clock))
        // Only closing comes after everything a verdict is made of.
        #expect(summary.results.map(\.judgement.verdict) == [operation == .close ? .pass : .inconclusive])
        #expect(summary.exitCode == 2)
        expectTidy(summary, trial, driver, field)
    }

    @Test
    func canariesThatCannotOpenFailTheirSession() async {
        let field = FakeField(refusesToOpen: .variant)
        let driver = FakeDriver()
        let trial = Trial()
        let summary = await trial.run([StubCheck("A-01")], driver: driver, field: field)
        #expect(summary.results.map(\.judgement.verdict) == [.inconclusive])
        #expect(summary.exitCode == 2)
        #expect(driver.snapshot.launched.count == 2)
        expectTidy(summary, trial, driver, field)
    }

    @Test
    func anUnfencedCanaryIsWaitedOut() async throws {
        let clock = ManualClock(leap: .seconds(9))
        let check = StubCheck(
            "A-01",
            declare: { $0.probe("slow", .exchange(Exchange(.tcp, "10.0.0.1", 1, turns: [], timeout: 9000))) })
        let summary = await Trial().run(
            [check], driver: FakeDriver(), field: FakeField(unfenced: ["bottle/gateway/tcp"], fencesLate: true),
            clock: RunClock(clock))
        #expect(summary.results[0].judgement.verdict == .pass)
        #expect(summary.ended.seconds == 9)
        let deaf = ManualClock(leap: .seconds(9))
        let never = await Trial().run(
            [check], driver: FakeDriver(), field: FakeField(unfenced: ["bottle/gateway/tcp"]), clock: RunClock(deaf))
        #expect(never.results[0].judgement.verdict == .inconclusive, "time does not empty a queue")
        #expect(never.results[0].evidence?[.bottle]?.unfenced == ["bottle/gateway/tcp"])
        let fenced = ManualClock(leap: .seconds(9))
        let quick = await Trial().run([check], driver: FakeDriver(), clock: RunClock(fenced))
        #expect(quick.results[0].judgement.verdict == .pass)
        #expect(quick.ended.seconds == 0)
    }

    @Test
    func repeatedKeysAreReported() async {
        let trial = Trial()
        let summary = await trial.run(
            [
                StubCheck(
                    "A-01",
                    declare: {
                        $0.probe("k", .identity)
                        $0.probe("k", .sockets)
                    })
            ], driver: FakeDriver())
        #expect(summary.harnessErrors.contains { $0.contains("A-01 probe k") })
        #expect(summary.exitCode == 2)
    }
}
