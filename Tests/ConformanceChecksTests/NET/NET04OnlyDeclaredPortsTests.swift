// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleCore
import BottleDriver
import ConformanceEngine
import Testing

@testable import ConformanceChecks

struct NET04OnlyDeclaredPortsTests {
    private let check = NET04OnlyDeclaredPorts()

    @Test(arguments: ["tcp 0.0.0.0:9090", "tcp [::]:9090", "udp 0.0.0.0:53", "udp 10.77.3.2:161", "tcp nonsense"])
    func aListenerThatIsNotDeclaredIsALeak(listener: String) {
        var evidence = SimulatedWorld().evidence(for: check)
        evidence.sessions[.bottle]?.description?.bundleListeners.append(listener)
        let judgement = check.judge(evidence)
        #expect(judgement.verdict == .violated)
        #expect(judgement.summary == "the bundle listens on \(listener), which is not declared")
    }

    @Test(arguments: ["tcp 127.0.0.1:9090", "tcp [::1]:9090", "udp 127.0.0.53:53", "tcp [::ffff:127.0.0.1]:9090"])
    func theBundlesLoopbackIsItsOwn(listener: String) {
        var evidence = SimulatedWorld().evidence(for: check)
        evidence.sessions[.bottle]?.description?.bundleListeners.append(listener)
        #expect(check.judge(evidence).verdict == .pass)
    }

    @Test func aPortThatOnlyTheGuestSeesIsNotUnderstood() {
        var evidence = SimulatedWorld().evidence(for: check)
        sweep(&evidence, ["open": "8888,9090", "opened": "2", "refused": "65533"])
        let judgement = check.judge(evidence)
        #expect(judgement.verdict == .inconclusive)
        #expect(judgement.summary.hasPrefix("the guest's connection to TCP 9090 of the bundle was accepted"))
    }

    @Test func aPortThatBothSeeIsALeakTwice() {
        var evidence = SimulatedWorld().evidence(for: check)
        evidence.sessions[.bottle]?.description?.bundleListeners.append("tcp 0.0.0.0:9090")
        sweep(&evidence, ["open": "8888,9090", "opened": "2", "refused": "65533"])
        let judgement = check.judge(evidence)
        #expect(judgement.verdict == .violated)
        #expect(judgement.findings.filter { $0.state == .leak }.count == 2)
    }

    /// With `extraport` a filter may still stand before the port; here the guest gets there.
    @Test func anyPortIsFoundByTheSweepItself() {
        let judgement = SimulatedWorld(faults: [.anyport]).judge(check)
        #expect(judgement.verdict == .violated)
        let leaks = judgement.findings.filter { $0.state == .leak && $0.leg == .attempt }.map(\.text)
        #expect(leaks == ["the guest reached TCP port 6060 of the bundle, which is not declared"])
    }

    @Test(arguments: [
        ["timedout": "1", "refused": "9"], ["failed": "1"], ["refused": "9"], ["opened": "3"],
        ["open": "8888,x", "opened": "2"], ["open": ""], ["denied": "-"],
    ])
    func aSweepThatIsNotWholeProvesNothing(facts: [String: String]) {
        for session in [Session.bottle, .twin] {
            var evidence = SimulatedWorld().evidence(for: check)
            sweep(&evidence, in: session, facts)
            #expect(check.judge(evidence).verdict == .inconclusive, "\(session) \(facts)")
        }
    }

    @Test func aTwinThatOpensNothingMoreProvesNothing() {
        var evidence = SimulatedWorld().evidence(for: check)
        evidence.sessions[.twin]?.description?.bundleListeners = ["tcp 0.0.0.0:8888", "tcp 127.0.0.1:9099"]
        let judgement = check.judge(evidence)
        #expect(judgement.verdict == .inconclusive)
        #expect(judgement.summary.hasPrefix("the open twin's bundle opens no port that is not declared"))
    }

    @Test func servicesAreExpectedWhereTheyAreDeclared() throws {
        var plan = try #require(SimulatedWorld().evidence(for: check)[.bottle]?.plan)
        #expect(NET04OnlyDeclaredPorts.expected(plan) == [8888])
        plan.daemons = ["egress", "pipelock", "git-gate", "supervise"]
        #expect(NET04OnlyDeclaredPorts.expected(plan) == [8888, 9418, 9100])
    }

    @Test func aMachinesGatewayIsNotBelievedAndItsSampleIsCounted() throws {
        let world = SimulatedWorld(kind: .microvm)
        let evidence = world.evidence(for: check)
        let judgement = check.judge(evidence)
        #expect(judgement.verdict == .pass, "\(judgement.summary)")
        #expect(judgement.summary.contains("by a sweep of 256 ports from the guest"))
        #expect(judgement.findings.contains { $0.text == "of 256 TCP ports the guest reached 8888" })
        #expect(SimulatedWorld(faults: [.anyport], kind: .microvm).judge(check).verdict == .violated)

        let keys = evidence[.bottle]?.probes.keys.filter { $0.hasPrefix("sweep/") } ?? []
        let random = try #require(keys.first { $0.contains("random") })
        for key in [random, "sweep/9090"] {
            var part = evidence
            part.sessions[.bottle]?.probes[key] = nil
            #expect(check.judge(part).verdict == .inconclusive, "\(key)")
            // Whatever an event log may say: a range that is none, or another one.
            for (first, last) in [(UInt16(9), UInt16(1)), (9, 9)] {
                var other = evidence
                other.sessions[.bottle]?.probes[key]?.step.action = .sweep(
                    address: "10.77.1.2", first: first, last: last, timeout: 1, settle: 1)
                #expect(check.judge(other).verdict == .inconclusive, "\(key) \(first) to \(last)")
            }
            var late = evidence
            late.sessions[.bottle]?.probes[key]?.observation?.facts["timedout"] = "1"
            #expect(check.judge(late).verdict == .inconclusive, "\(key)")
            var unwatched = evidence
            unwatched.sessions[.bottle]?.probes[key]?.observation?.facts["reset"] = nil
            #expect(check.judge(unwatched).verdict == .inconclusive, "\(key)")
        }
    }

    /// One port of the simulated machine is its gateway's own.
    @Test func aPortThatTheGatewayTakesIsJudgedByTheTable() {
        let evidence = SimulatedWorld(kind: .microvm).evidence(for: check)
        #expect(
            check.judge(evidence).findings.contains {
                $0.state == .holds && $0.text.hasPrefix("the guest's own gateway took its connection to TCP 53 itself")
            })
        func verdict(_ change: (inout Evidence) -> Void) -> Verdict {
            var other = evidence
            change(&other)
            return check.judge(other).verdict
        }
        // Nobody said so, or the twin does not bear it out.
        #expect(verdict { $0.sessions[.bottle]?.description?.network?.gatewayPorts = nil } == .inconclusive)
        #expect(
            verdict {
                $0.sessions[.twin]?.probes["sweep/53"]?.observation?.facts.merge(
                    ["open": "", "opened": "0", "refused": "1"]
                ) { $1 }
            } == .inconclusive)
        #expect(verdict { $0.sessions[.twin]?.description?.bundleListeners.append("tcp 0.0.0.0:53") } == .inconclusive)
        // Whatever is said: a listener is a listener.
        #expect(verdict { $0.sessions[.bottle]?.description?.bundleListeners.append("tcp 0.0.0.0:53") } == .violated)
    }

    private func sweep(_ evidence: inout Evidence, in session: Session = .bottle, _ facts: [String: String]) {
        evidence.sessions[session]?.probes[NET04OnlyDeclaredPorts.key]?.observation?.facts.merge(facts) { $1 }
    }
}
