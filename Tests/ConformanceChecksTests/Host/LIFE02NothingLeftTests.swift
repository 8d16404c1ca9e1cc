// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleDriver
import ConformanceChecks
import ConformanceEngine
import Testing

struct LIFE02NothingLeftTests {
    private func judge(
        _ kind: BackendKind = .namespaces, _ change: (inout TeardownOutcome) -> Void
    ) throws -> Judgement {
        let check = LIFE02NothingLeft()
        let hello = Hello(name: "simulated", version: "1", kind: kind, capabilities: [], maxParallel: 3)
        var trials = SimulatedTrials().outcomes(for: check, hello: hello)
        var teardown = try #require(trials["teardown"]?.teardown)
        change(&teardown)
        trials["teardown"]?.teardown = teardown
        return check.judge(Evidence(hello: hello, hosts: [], trials: trials, sessions: [:]))
    }

    @Test(arguments: TeardownOutcome.Remnant.Kind.allCases)
    func whateverStaysOfADisturbedLaunchIsALeak(kind: TeardownOutcome.Remnant.Kind) throws {
        for index in 0..<8 {
            let judgement = try judge { $0.attempts[index].left = [.init(kind, "thing")] }
            #expect(judgement.verdict == .violated)
            #expect(judgement.summary.contains("\(kind.rawValue) thing"))
        }
        let judgement = try judge { $0.attempts[3].left = [.init(kind, "thing")] }
        #expect(judgement.summary.contains("was interrupted at the step 'network'"), "\(judgement.summary)")
    }

    @Test func whateverStaysOfADestroyedBottleIsALeak() throws {
        for index in 0..<4 {
            #expect(try judge { $0.destructions[index].left = [.init(.volume, "v")] }.verdict == .violated)
        }
        #expect(try judge { $0.left = [.init(.process, "12 sleep")] }.verdict == .violated)
    }

    @Test func everyDestroyHasToSucceed() throws {
        for index in 0..<4 {
            let judgement = try judge { $0.destructions[index].error = "no such thing" }
            #expect(judgement.verdict == .violated && judgement.summary.contains("no such thing"))
        }
        #expect(try judge { $0.attempts[7].destroyError = "busy" }.verdict == .violated)
    }

    @Test func everyDestroyHasToBeTried() throws {
        for what in TeardownOutcome.Destruction.What.allCases {
            #expect(try judge { $0.destructions.removeAll { $0.what == what } }.verdict == .inconclusive, "\(what)")
        }
    }

    @Test func aStepThatWasNotReachedProvesNothing() throws {
        #expect(try judge { $0.attempts[0].isReached = false }.verdict == .inconclusive)
        for how in TeardownOutcome.Attempt.How.allCases {
            #expect(try judge { $0.attempts.removeAll { $0.how == how } }.verdict == .inconclusive, "\(how)")
        }
    }

    @Test func aFailureThatFailedNothingProvesNothingAndAnInterruptionMayComeTooLate() throws {
        let failed = try judge { $0.attempts[0].cameUp = true }
        #expect(failed.verdict == .inconclusive, "\(failed.summary)")
        let interrupted = try judge { $0.attempts[7].cameUp = true }
        #expect(interrupted.verdict == .pass, "\(interrupted.summary)")
    }

    @Test func anInventoryThatIsBlindIsNotBelieved() throws {
        for kind in ["process", "network", "state"] {
            let judgement = try judge { $0.planted[kind] = false }
            #expect(judgement.verdict == .inconclusive && judgement.summary.contains("the \(kind) that was planted"))
        }
        #expect(try judge { $0.planted = [:] }.verdict == .inconclusive)
        #expect(try judge { $0.seen = [] }.verdict == .inconclusive)
        // No monitor of a machine can be planted: those of the bottles that are up have to be seen.
        let whole = ["container", "machine", "monitor", "process"]
        #expect(try judge(.microvm) { $0.seen = whole }.verdict == .pass)
        for kind in ["machine", "monitor"] {
            let judgement = try judge(.microvm) { $0.seen = whole.filter { $0 != kind } }
            #expect(judgement.verdict == .inconclusive && judgement.summary.contains("saw no \(kind) of bottles"))
        }
        // What it did see stays proven.
        let leak = try judge {
            $0.planted["process"] = false
            $0.attempts[2].left = [.init(.network, "n")]
        }
        #expect(leak.verdict == .violated)
    }

    @Test func whatIsLeftIsPutDownToWhomItNames() {
        var outcome = TeardownOutcome()
        outcome.attempts = [.init(step: "a", how: .failed, slug: "t-a"), .init(step: "b", how: .failed, slug: "t-b")]
        outcome.destructions = [.init(.whole, slug: "t-c"), .init(.again, slug: "t-c")]
        outcome.attribute([
            .init(.network, "bundle-t-b"), .init(.state, "t-c"), .init(.link, "h7"), .init(.container, "x-t-b_net"),
        ])
        #expect(outcome.attempts[0].left.isEmpty)
        #expect(outcome.attempts[1].left == [.init(.container, "x-t-b_net"), .init(.network, "bundle-t-b")])
        #expect(outcome.destructions[0].left == [.init(.state, "t-c")] && outcome.destructions[1].left.isEmpty)
        #expect(outcome.left == [.init(.link, "h7")])
    }
}
