// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleCore
import BottleDriver
import ConformanceEngine
import Testing

@testable import ConformanceChecks

struct PROXY03DeniedHostBlockedTests {
    private let check = PROXY03DeniedHostBlocked()
    @Test func aBundleThatMayReachNobodyHasNoExcuse() throws {
        var evidence = SimulatedWorld().evidence(for: check)
        let canary = try #require(evidence[.variant]?.field?.canaries(at: .offHost, .http).first { $0.port == 443 })
        let bundle = try #require(evidence[.variant]?.plan?.addresses.bundle)
        evidence.sessions[.variant]?.witness.append(
            WitnessRecord(canary: canary.id, time: 1, peer: "\(bundle):40000", nonces: [], bytes: []))
        #expect(check.judge(evidence).verdict == .violated, "dialled first and denied afterwards")
    }

    @Test func namesTheUnfilteredEntry() {
        #expect(
            SimulatedWorld(faults: [.httponly]).judge(check).summary.contains(
                "through the proxy by CONNECT to port 443 and TLS"))
        #expect(
            SimulatedWorld(faults: [.connectonly]).judge(check).summary
                .contains("through the proxy by absolute-form GET"))
        #expect(
            SimulatedWorld(faults: [.emptyopen]).judge(check).summary.contains("though its allowlist is empty"))
    }

    @Test func aDenialWithoutTheMarkerProvesNothing() {
        for text in ["HTTP/1.1 403 Forbidden\r\n\r\n", "HTTP/1.1 502 Bad Gateway\r\nX-Pipelock-Service: x\r\n\r\n"] {
            var evidence = SimulatedWorld().evidence(for: check)
            evidence.sessions[.bottle]?.probes["denied/get"]?.observation = Observation(
                stage: .done, received: [Array(text.utf8)])
            #expect(check.judge(evidence).verdict == .inconclusive)
        }
    }

    /// The answer to a tunnel that is refused comes where TLS would have begun.
    @Test func aTunnelThatBreaksOffIsNoDenial() {
        for observation in [
            Observation(
                stage: .receive, errno: "EPROTO", received: [Array("HTTP/1.1 200 OK\r\n\r\n".utf8)],
                facts: ["tls.failure": "the handshake failed"]),
            Observation(stage: .receive, errno: "ENOENT", facts: ["tls.helper": "ENOENT"]),
        ] {
            var evidence = SimulatedWorld().evidence(for: check)
            evidence.sessions[.bottle]?.probes["denied/connect-443"]?.observation = observation
            #expect(check.judge(evidence).verdict == .inconclusive)
        }
    }

    /// Somebody who opens tunnels asks for a host before it is told what for.
    @Test func aHandshakeForADeniedHostIsALeak() throws {
        var evidence = SimulatedWorld().evidence(for: check)
        let own = try #require(evidence[.bottle])
        let canary = try #require(own.field?.canaries(at: .offHost, .http).first { $0.port == 443 })
        for (name, verdict) in [(own.field?.deniedHost, Verdict.violated), (own.field?.allowedHost, .pass)] {
            evidence.sessions[.bottle]?.witness =
                own.witness + [
                    WitnessRecord(
                        canary: canary.id, time: 1, peer: "192.0.2.77:1", nonces: [], bytes: [], serverName: name)
                ]
            let judgement = check.judge(evidence)
            #expect(verdict == .pass ? judgement.verdict == .pass : judgement.verdict != .pass, "\(judgement)")
        }
    }

    @Test func aProxyThatDeniesEverythingProvesNothing() {
        #expect(SimulatedWorld(faults: [.denyall]).judge(check).verdict == .inconclusive)
    }

    @Test func entriesThatAreNotThereAreOnRecord() {
        let findings = SimulatedWorld().judge(check).findings.map(\.text)
        #expect(findings.contains { $0.hasPrefix("not offered: /fetch") })
        #expect(!findings.contains { $0.hasPrefix("not offered: absolute-form POST") })
    }
}
