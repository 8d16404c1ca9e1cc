// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleCore
import BottleDriver
import ConformanceEngine
import Synchronization
import Testing

/// Evidence rule E10: what lost its evidence is tried again, and nothing else is.
@Suite(.timeLimit(.minutes(1)))
struct RoundsTests {
    /// Canaries for further attempts, and how many were made.
    private final class Fields: Sendable {
        private let made = Mutex<[FakeField]>([])
        var all: [FakeField] { made.withLock { $0 } }
        func make() -> FakeField {
            let field = FakeField()
            made.withLock { $0.append(field) }
            return field
        }
    }

    /// A driver whose twin dies under its probes the first few times.
    private func dying(_ times: Int) -> FakeDriver {
        let left = Mutex(times)
        return FakeDriver { operation, session in
            guard operation == .exec, session == .twin else { return }
            let isDead = left.withLock { left in
                left -= 1
                return left >= 0
            }
            if isDead { throw BottleError(.transport, "The machine is gone.") }
        }
    }

    private func attempts(_ trial: Trial) -> [[String]] {
        trial.events.compactMap { event in
            if case .attemptStarted(_, let requirements) = event { requirements } else { nil }
        }
    }

    @Test func whatABreakdownCostIsTriedAgain() async throws {
        let (driver, trial, first, fields) = (dying(1), Trial(), FakeField(), Fields())
        let whole = StubCheck("A-02", judge: { _ in Judgement(.pass, "by its plan") })
        let summary = await trial.run(
            [StubCheck("A-01"), whole], driver: driver, field: first, anotherField: { fields.make() })
        #expect(summary.results.map(\.judgement.verdict) == [.pass, .pass])
        #expect(summary.exitCode == 0)
        #expect(summary.harnessErrors.isEmpty)
        #expect(attempts(trial) == [["A-01"]])
        #expect(summary.results[0].attempts.map(\.verdict) == [.inconclusive])
        #expect(summary.results[1].attempts.isEmpty)
        // It is still said.
        #expect(trial.kinds.contains("warning"))
        #expect(trial.kinds.filter { $0 == "checked" }.count == 2)

        let account = driver.snapshot
        #expect(account.launched.count == 6)
        #expect(account.destroyed == account.launched)
        #expect(first.snapshot.closed == 1)
        #expect(fields.all.map(\.snapshot.closed) == [1])
        let last = try #require(first.snapshot.operations.last)
        #expect(last == "- close")
        // What is believed was had with nonces of its own.
        let nonces = account.execs.flatMap { exec in FakeProbe.lines(of: exec.request.stdin).map(\.nonce) }
        #expect(Set(nonces).count == nonces.count)
    }

    @Test func threeAttemptsAreAllThatThereAre() async {
        let (driver, trial, fields) = (dying(.max), Trial(), Fields())
        let summary = await trial.run([StubCheck("A-01")], driver: driver, anotherField: { fields.make() })
        #expect(summary.results.map(\.judgement.verdict) == [.inconclusive])
        #expect(summary.results[0].attempts.count == 2)
        #expect(summary.exitCode == 2)
        #expect(summary.harnessErrors.contains { $0.contains("The machine is gone.") })
        #expect(fields.all.map(\.snapshot.closed) == [1, 1])
        #expect(driver.snapshot.launched.count == 9)
    }

    @Test func aLeakAndADefectAreNotTriedAgain() async {
        let fields = Fields()
        let leak = StubCheck("A-01", judge: { _ in Judgement(.violated, "leak") })
        var trial = Trial()
        let violated = await trial.run([leak], driver: dying(1), anotherField: { fields.make() })
        #expect(violated.exitCode == 1)
        #expect(attempts(trial).isEmpty)

        // Nothing broke down: the row cannot be judged here, and could not be a second time.
        let open = StubCheck("A-01", judge: { _ in Judgement(.inconclusive, "no IPv6 here") })
        trial = Trial()
        let inconclusive = await trial.run([open], driver: FakeDriver(), anotherField: { fields.make() })
        #expect(inconclusive.exitCode == 3)
        #expect(attempts(trial).isEmpty)

        // A driver that refuses says the same again.
        trial = Trial()
        let refusing = FakeDriver { operation, session in
            if operation == .launch, session == .twin { throw BottleError(.unsupported, "No twin here.") }
        }
        let refused = await trial.run([StubCheck("A-01")], driver: refusing, anotherField: { fields.make() })
        #expect(refused.exitCode == 2)
        #expect(attempts(trial).isEmpty)
        #expect(fields.all.isEmpty)
    }

    @Test func aLeakOfALaterAttemptIsALeak() async {
        let judged = Mutex(0)
        let check = StubCheck(
            "A-01",
            judge: { _ in
                judged.withLock { count in
                    count += 1
                    return count == 1 ? Judgement(.inconclusive, "gone") : Judgement(.violated, "leak")
                }
            })
        let fields = Fields()
        let summary = await Trial().run([check], driver: dying(1), anotherField: { fields.make() })
        #expect(summary.results.map(\.judgement.verdict) == [.violated])
        #expect(summary.exitCode == 1)
    }

    @Test func whatIsNotAboutEvidenceStillCounts() async {
        let dead = Mutex(false)
        let driver = FakeDriver { operation, session in
            guard session == .twin, operation == .exec || operation == .destroy else { return }
            if operation == .destroy { throw BottleError(.io, "Device busy.") }
            let isFirst = dead.withLock { dead in
                defer { dead = true }
                return !dead
            }
            if isFirst { throw BottleError(.transport, "The machine is gone.") }
        }
        let fields = Fields()
        var limits = RunConfiguration.Limits()
        limits.witnessWindow = .milliseconds(20)
        let summary = await Trial().run(
            [StubCheck("A-01")], driver: driver, limits: limits, anotherField: { fields.make() })
        #expect(summary.exitCode == 2)
        #expect(summary.harnessErrors.contains { $0.contains("Device busy.") })
    }

    @Test func withoutOtherCanariesThereIsOneAttempt() async {
        let trial = Trial()
        let summary = await trial.run(
            [StubCheck("A-01")], driver: dying(1),
            anotherField: { throw BottleError(.io, "No free port for a canary.") })
        #expect(summary.exitCode == 2)
        #expect(attempts(trial).isEmpty)
        #expect(summary.harnessErrors.contains { $0.contains("attempt 2") && $0.contains("No free port") })
    }

    /// An exec of a check's own that is not answered is no failure of the driver, and its row is tried again all the same; one
    /// that is refused is not.
    @Test(arguments: [(BottleError.Code.timeout, 1), (.unsupported, 0)])
    func anExecThatIsNotAnsweredIsTriedAgain(code: BottleError.Code, again: Int) async {
        let check = StubCheck(
            "A-01", declare: { $0.exec("own", ExecRequest(["date"])) },
            judge: { evidence in
                let isAnswered = evidence[.bottle]?.execs["own"]?.result != nil
                return isAnswered ? Judgement(.pass, "answered") : Judgement(.inconclusive, "no answer")
            })
        let isFirst = Mutex(true)
        let driver = FakeDriver(answer: { session, request in
            let fails = request.argv == ["date"] && session == .bottle && isFirst.withLock { ($0, $0 = false).0 }
            if fails { throw BottleError(code, "Nobody answered.") }
            return FakeDriver.honest(session, request)
        })
        let (trial, fields) = (Trial(), Fields())
        let summary = await trial.run([check], driver: driver, anotherField: { fields.make() })
        #expect(attempts(trial).count == again)
        #expect(summary.exitCode == (again == 1 ? 0 : 3))
        #expect(summary.harnessErrors.isEmpty)
    }

    /// A run that is killed in its second attempt has told the leak that the first one found.
    @Test func whatIsFinalIsToldBeforeTheNextAttempt() async throws {
        let (trial, fields) = (Trial(), Fields())
        let leak = StubCheck("A-02", judge: { _ in Judgement(.violated, "leak") })
        _ = await trial.run([StubCheck("A-01"), leak], driver: dying(1), anotherField: { fields.make() })
        let told = trial.events.compactMap { event in
            switch event {
            case .checked(let result): result.requirement
            case .attemptStarted: "attempt"
            default: nil
            }
        }
        #expect(told == ["A-02", "attempt", "A-01"])
    }

    /// What another row lost is no second chance for one whose evidence is all there.
    @Test func onlyTheRowThatLostSomethingIsTriedAgain() async {
        let asking = StubCheck(
            "A-01", declare: { $0.exec("own", ExecRequest(["date"])) },
            judge: { evidence in
                let isAnswered = evidence[.bottle]?.execs["own"]?.result != nil
                return isAnswered ? Judgement(.pass, "answered") : Judgement(.inconclusive, "no answer")
            })
        let whole = StubCheck("A-02", judge: { _ in Judgement(.inconclusive, "no IPv6 here") })
        let isFirst = Mutex(true)
        let driver = FakeDriver(answer: { session, request in
            let fails = request.argv == ["date"] && session == .bottle && isFirst.withLock { ($0, $0 = false).0 }
            if fails { throw BottleError(.timeout, "Nobody answered.") }
            return FakeDriver.honest(session, request)
        })
        let (trial, fields) = (Trial(), Fields())
        let summary = await trial.run([asking, whole], driver: driver, anotherField: { fields.make() })
        #expect(attempts(trial) == [["A-01"]])
        #expect(summary.results.map(\.judgement.verdict) == [.pass, .inconclusive])
        #expect(summary.exitCode == 3)
    }
}
