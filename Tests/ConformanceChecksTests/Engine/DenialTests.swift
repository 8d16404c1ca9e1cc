// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleCore
import BottleDriver
import ConformanceEngine
import Testing

/// The five legs, one at a time.
struct DenialTests {
    private static let canary = Canary(
        id: "bottle/off-host/tcp/443", place: .offHost, service: .http, address: "203.0.113.10", port: 443)
    private static let denial = Denial(
        attempts: [
            Denial.Attempt(
                key: "attempt", deed: "the off-host canary 203.0.113.10:443 directly over TCP, without the proxy",
                canaries: [canary], twinKey: "attempt")
        ],
        permitted: [Denial.Permitted(key: "health", what: "pipelock", proof: .header(HTTPAnswer.pipelockMarker))])
    private static let stranger = String(repeating: "ab", count: 16)

    private static func whole() -> Evidence {
        let hello = Hello(name: "x", version: "1", kind: .namespaces, capabilities: [], maxParallel: 3)
        var evidence = Evidence(hello: hello, hosts: [], sessions: [:])
        for session in [Session.bottle, .twin] {
            let bottle = SimulatedBottle(session: session, faults: [], kind: .namespaces)
            var own = SessionEvidence(plan: bottle.plan, description: bottle.description, field: bottle.field)
            own.field?.canaries = session == .bottle ? [canary] : []
            own.controls = [ControlRecord.Moment.before, .after].map {
                ControlRecord(canary: canary.id, moment: $0, nonce: .fresh(), answered: true, routeIsOurs: true)
            }
            func add(_ key: String, _ observation: Observation) {
                let exchange = Exchange(.tcp, "203.0.113.10", 443, turns: [])
                let step = ProbeStep(
                    key: key, nonce: .fresh(), target: .guest, canary: nil, action: .exchange(exchange))
                own.issuedNonces.insert(step.nonce.text)
                own.probes[key] = ProbeOutcome(step: step, observation: observation)
            }
            let banner = bottle.field.banner
            add(
                "attempt",
                session == .twin
                    ? Observation(stage: .done, received: [Array(banner.utf8)])
                    : Observation(stage: .connect, errno: "ENETUNREACH"))
            let health = "HTTP/1.1 200 OK\r\nX-Pipelock-Service: x\r\n\r\n"
            add("health", Observation(stage: .done, elapsedMilliseconds: 3, received: [Array(health.utf8)]))
            evidence.sessions[session] = own
        }
        return evidence
    }

    private static func judge(_ change: (inout Evidence) -> Void) -> Judgement {
        var evidence = whole()
        change(&evidence)
        return denial.judge(evidence, pass: "denied")
    }

    private static let guest = SimulatedBottle(session: .bottle, faults: [], kind: .namespaces).plan.addresses.guest

    private static func visit(_ nonces: [String], from peer: String = "\(guest):40000") -> WitnessRecord {
        WitnessRecord(canary: canary.id, time: 1, peer: peer, nonces: nonces, bytes: [])
    }

    @Test func allFiveLegsPass() {
        let judgement = Self.judge { _ in }
        #expect(judgement.verdict == .pass)
        #expect(judgement.findings.map(\.leg) == [.permitted, .target, .attempt, .witness, .twin])
    }

    @Test func eachMissingLegIsNamed() {
        func leg(_ change: (inout Evidence) -> Void) -> [Finding.Leg] {
            let judgement = Self.judge(change)
            #expect(judgement.verdict == .inconclusive)
            return judgement.findings.filter { $0.state == .missing }.map(\.leg)
        }
        #expect(leg { $0.sessions[.bottle]?.probes["health"]?.observation = nil } == [.permitted])
        #expect(leg { $0.sessions[.bottle]?.controls.removeLast() } == [.target])
        #expect(leg { $0.sessions[.bottle]?.controls[0].routeIsOurs = false } == [.target])
        #expect(leg { $0.sessions[.bottle]?.probes["attempt"]?.observation = nil } == [.attempt])
        #expect(leg { $0.sessions[.bottle]?.unfenced = [Self.canary.id] } == [.witness])
        #expect(leg { $0.sessions[.twin]?.probes["attempt"]?.observation = nil } == [.twin])
        #expect(leg { $0.sessions[.twin] = SessionEvidence(failure: "no root") } == [.twin])
        #expect(leg { $0.sessions[.bottle]?.failure = "gone" } == [.attempt])
    }

    @Test func aBannerIsAViolationWhateverIsMissing() {
        let judgement = Self.judge { evidence in
            let banner = evidence[.bottle]?.field?.banner ?? ""
            evidence.sessions[.bottle]?.probes["attempt"]?.observation = Observation(
                stage: .done, received: [Array(banner.utf8)])
            evidence.sessions[.bottle]?.failure = "crashed later"
            evidence.sessions[.twin] = nil
        }
        #expect(judgement.verdict == .violated)
        #expect(
            judgement.summary
                == "the guest reached the off-host canary 203.0.113.10:443 directly over TCP, without the proxy: "
                + "it read the canary's banner")
    }

    @Test func theWitnessAloneIsAViolation() {
        let judgement = Self.judge { evidence in
            let nonce = evidence[.bottle]?.probes["attempt"]?.step.nonce.text ?? ""
            evidence.sessions[.bottle]?.probes["attempt"]?.observation = nil
            evidence.sessions[.bottle]?.witness = [Self.visit([nonce])]
        }
        #expect(judgement.verdict == .violated)
        #expect(judgement.summary.hasSuffix("saw its nonce come from \(Self.guest):40000"))
    }

    @Test func strangersAreTheBottleUnlessTheyCannotBe() {
        func verdict(_ record: WitnessRecord, _ change: (inout Evidence) -> Void = { _ in }) -> Verdict {
            Self.judge { evidence in
                evidence.sessions[.bottle]?.witness = [record]
                change(&evidence)
            }.verdict
        }
        let bundle = SimulatedBottle(session: .bottle, faults: [], kind: .namespaces).plan.addresses.bundle
        #expect(verdict(Self.visit([])) == .violated)
        #expect(verdict(Self.visit([Self.stranger])) == .violated)
        #expect(verdict(Self.visit([], from: "\(bundle):40000")) == .pass, "the proxy dialled and gave up")
        #expect(verdict(Self.visit([], from: "[::ffff:\(bundle)]:40000")) == .pass)
        #expect(
            verdict(Self.visit([], from: "203.0.113.1:40000")) == .inconclusive, "whoever is behind it said nothing")
        #expect(verdict(Self.visit([Self.stranger], from: "203.0.113.1:40000")) == .violated)
        #expect(
            verdict(Self.visit([Self.stranger])) { $0.sessions[.twin]?.issuedNonces.insert(Self.stranger) } == .pass)
        #expect(verdict(Self.visit([])) { $0.sessions[.twin]?.field?.canaries = [Self.canary] } == .pass, "shared")
    }

    @Test func aSilentVisitorOfASessionThatWasCutOffIsADoubt() {
        func verdict(_ record: WitnessRecord) -> Verdict {
            Self.judge { evidence in
                evidence.sessions[.bottle]?.witness = [record]
                evidence.sessions[.bottle]?.failure = "the engine ended"
            }.verdict
        }
        #expect(verdict(Self.visit([])) == .inconclusive, "a proxy that died leaves the same trace")
        #expect(verdict(Self.visit([Self.stranger])) == .violated)
    }

    @Test func aStrangerOnTheMachinesLoopbackIsADoubt() {
        var denial = Self.denial
        var local = Self.canary
        local.place = .machineLoopback
        denial.attempts[0].canaries = [local]
        var evidence = Self.whole()
        evidence.sessions[.bottle]?.witness = [Self.visit([], from: "127.0.0.1:5555")]
        let judgement = denial.judge(evidence, pass: "denied")
        #expect(judgement.verdict == .inconclusive)
        #expect(judgement.summary.contains("another program of this machine"))
    }

    @Test func aTimeoutNeedsAFastControlAndAGreenTwin() {
        func verdict(health: Double, twin: Bool) -> Verdict {
            Self.judge { evidence in
                evidence.sessions[.bottle]?.probes["attempt"]?.observation = Observation(
                    stage: .connect, errno: "ETIMEDOUT", elapsedMilliseconds: 2000)
                evidence.sessions[.bottle]?.probes["health"]?.observation?.elapsedMilliseconds = health
                if !twin {
                    evidence.sessions[.twin]?.probes["attempt"]?.observation = Observation(
                        stage: .connect, errno: "ETIMEDOUT")
                }
            }.verdict
        }
        #expect(verdict(health: 499, twin: true) == .pass)
        #expect(verdict(health: 500, twin: true) == .inconclusive)
        #expect(verdict(health: 3, twin: false) == .inconclusive)
    }

    @Test func anEndingOutsideTheAcceptedClassesProvesNothing() {
        var denial = Self.denial
        denial.attempts[0].accepted = [.denied]
        #expect(denial.judge(Self.whole(), pass: "denied").verdict == .inconclusive)
    }

    @Test func gapsAndUnwatchedAttemptsAreMissingTargets() {
        var denial = Self.denial
        denial.gaps = ["there is no off-host-v6 canary on TCP port 80: no IPv6 here"]
        #expect(denial.judge(Self.whole(), pass: "denied").summary == denial.gaps[0])
        denial.gaps = []
        denial.attempts[0].canaries = []
        #expect(denial.judge(Self.whole(), pass: "denied").verdict == .inconclusive)
        denial.attempts = []
        #expect(denial.judge(Self.whole(), pass: "denied").verdict == .inconclusive)
        denial.permitted = []
        #expect(denial.judge(Self.whole(), pass: "denied").verdict == .inconclusive)
    }
}
