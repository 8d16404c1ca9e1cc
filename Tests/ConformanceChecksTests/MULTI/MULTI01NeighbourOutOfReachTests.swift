// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleCore
import BottleDriver
import ConformanceEngine
import Testing

@testable import ConformanceChecks

struct MULTI01NeighbourOutOfReachTests {
    private let check = MULTI01NeighbourOutOfReach()

    private func judge(_ faults: Set<Fault> = [], _ change: (inout Evidence) -> Void) -> Judgement {
        var evidence = SimulatedWorld(faults: faults).evidence(for: check)
        change(&evidence)
        return check.judge(evidence)
    }

    @Test func everyAddressOfTheNeighbourIsTried() throws {
        let evidence = SimulatedWorld().evidence(for: check)
        let neighbour = try #require(evidence[.variant]?.plan?.addresses)
        let own = try #require(evidence[.bottle]?.plan?.addresses)
        var aims: Set<String> = []
        for case .exchange(let exchange) in evidence[.bottle]?.probes.values.map(\.step.action) ?? [] {
            aims.insert("\(exchange.transport.rawValue) \(exchange.address):\(exchange.port)")
        }
        let port = try #require(evidence[.variant]?.field?.port)
        #expect(
            aims == [
                "tcp \(neighbour.bundle):8888", "tcp \(neighbour.bundle):9099", "tcp \(neighbour.guest):\(port)",
                "udp \(neighbour.guest):\(port)", "tcp \(neighbour.gateway):\(port)",
                "udp \(neighbour.gateway):\(port)", "tcp \(own.bundle):8888",
            ])
    }

    /// It has no address in its bottle's network, and the one that it has is every machine's own.
    @Test func aMachineGreetsItselfAtItsOwnAddress() throws {
        let evidence = SimulatedWorld(kind: .microvm).evidence(for: check)
        let key = MULTI01NeighbourOutOfReach.greeting(.tcp, .before)
        guard case .awaited(let greeting)? = evidence[.variant]?.probes[key]?.step.action else {
            Issue.record("there is no greeting")
            return
        }
        #expect(greeting.address == SimulatedBottle.ownAddress)
        #expect(check.judge(evidence).verdict == .pass, "\(check.judge(evidence).summary)")
        var aims: Set<String> = []
        for case .exchange(let exchange) in evidence[.bottle]?.probes.values.map(\.step.action) ?? [] {
            aims.insert(exchange.address)
        }
        #expect(aims.contains(SimulatedBottle.ownAddress))
        #expect(aims.contains(try #require(evidence[.variant]?.plan?.addresses.guest)))
    }

    @Test func aSharedNetworkIsSeenFromBothSides() {
        let judgement = judge([.sharednet]) { _ in }
        #expect(judgement.verdict == .violated)
        #expect(judgement.summary.contains("the guest reached the neighbour's pipelock at 10.77."))
        let leaks = judgement.findings.filter { $0.state == .leak }.map(\.text).joined(separator: "\n")
        #expect(leaks.contains("pipelock logged its nonce"))
        #expect(leaks.contains("the listener in the neighbour's guest heard the guest say"))
        #expect(leaks.contains("saw its nonce come from"))
    }

    /// The guest hides what it read; the neighbour's log, its listener and the canary there do not.
    @Test(arguments: ["bundle/pipelock", "guest/tcp", "gateway/udp/P#0"])
    func whatOnlyTheNeighbourSawIsEnough(key: String) {
        let whole = SimulatedWorld().evidence(for: check)
        let judgement = judge { evidence in
            guard let step = whole[.bottle]?.probes[key]?.step, var own = evidence[.variant] else { return }
            evidence.sessions[.bottle]?.probes[key]?.step = step
            own.logs.append(
                LogRecord(
                    daemon: "pipelock", time: "2026-11-21T10:00:00Z", event: "health", client: "10.77.1.3:1",
                    target: "/health", nonce: step.nonce.text))
            let listener = own.probes[MULTI01NeighbourOutOfReach.listener]
            let heard = (listener?.observation?.facts["nonces"] ?? "") + ",\(step.nonce)"
            switch key {
            case "bundle/pipelock": evidence.sessions[.variant]?.logs = own.logs
            case "guest/tcp":
                evidence.sessions[.variant]?.probes[MULTI01NeighbourOutOfReach.listener]?.observation?.facts["nonces"] =
                    heard
            default:
                evidence.sessions[.variant]?.witness.append(
                    WitnessRecord(
                        canary: step.canary ?? "", time: 1, peer: "10.77.1.3:1", nonces: [step.nonce.text], bytes: []))
            }
        }
        #expect(judgement.verdict == .violated, "\(judgement.summary)")
        #expect(judgement.findings.filter { $0.state == .leak }.map(\.leg) == [.witness])
    }

    @Test func aRefusalOfItsOwnPipelockIsNoAnswerOfTheNeighbours() {
        let refusal = "HTTP/1.1 403 Forbidden\r\nX-Pipelock-Service: x\r\n\r\nblocked"
        let opened = "HTTP/1.1 200 Connection Established\r\n\r\n"
        let health = "HTTP/1.1 200 OK\r\nX-Pipelock-Service: x\r\n\r\n{\"status\": \"healthy\"}"
        func verdict(_ received: String) -> Verdict {
            judge { evidence in
                evidence.sessions[.bottle]?.probes["proxy/connect"]?.observation = Observation(
                    stage: .done, received: [Array(received.utf8)])
            }.verdict
        }
        #expect(verdict(refusal) == .pass)
        #expect(verdict(opened + health) == .violated)
    }

    @Test(arguments: Session.allCases)
    func whoDidNotMeetProvedNothing(session: Session) {
        let judgement = judge { $0.sessions[session]?.missedMeeting = "the neighbour did not come up" }
        #expect(judgement.verdict == .inconclusive)
        #expect(judgement.summary.hasSuffix("the neighbour did not come up"))
    }

    @Test func aVisitorWithoutANonceIsADoubt() {
        let judgement = judge { evidence in
            evidence.sessions[.variant]?.probes[MULTI01NeighbourOutOfReach.listener]?.observation?.facts["visits"] = "5"
        }
        #expect(judgement.verdict == .inconclusive)
        #expect(judgement.summary.contains("counted 5 visits, and its own guest made 4"))
    }

    @Test func aListenerThatWasNotDismissedIsADoubt() {
        let judgement = judge { evidence in
            let key = MULTI01NeighbourOutOfReach.listener
            evidence.sessions[.variant]?.probes[key]?.observation?.stage = .receive
            evidence.sessions[.variant]?.probes[key]?.observation?.errno = "ETIMEDOUT"
        }
        #expect(judgement.verdict == .inconclusive)
        #expect(judgement.summary.contains("did not stay to the end"))
    }
}
