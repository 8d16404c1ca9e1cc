// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleCore
import BottleDriver
import ConformanceEngine
import Testing

@testable import ConformanceChecks

struct PROXY07OneNameOnlyTests {
    private let check = PROXY07OneNameOnly()
    private static let forms = ["sni", "host", "plain", "unnamed"]

    private func judge(_ change: (inout Evidence) throws -> Void) rethrows -> Judgement {
        var evidence = SimulatedWorld().evidence(for: check)
        try change(&evidence)
        return check.judge(evidence)
    }

    /// A record of the shared address for one of the probes.
    private func record(
        _ evidence: Evidence, _ key: String, serverName: String?, from peer: String? = nil
    ) throws -> WitnessRecord {
        let own = try #require(evidence[.bottle])
        let canary = try #require(own.field?.canaries(at: .offHost, .http).first { $0.port == 443 })
        let bundle = try #require(own.plan?.addresses.bundle)
        let nonce = try #require(own.probes[key]).step.nonce.text
        return WitnessRecord(
            canary: canary.id, time: 1, peer: peer ?? "\(bundle):44000", nonces: [nonce], bytes: [],
            serverName: serverName)
    }

    @Test func namesWhatWasNotCompared() {
        let judgement = SimulatedWorld(faults: [.nosni]).judge(check)
        #expect(judgement.verdict == .violated)
        let texts = judgement.findings.filter { $0.state == .leak }.map(\.text)
        #expect(texts.contains { $0.contains("with another host's name in SNI") })
        #expect(texts.contains { $0.contains("with another host's name in the inner Host header") })
    }

    @Test func aTunnelThatPassesUnreadCarriesAnyName() {
        let judgement = SimulatedWorld(faults: [.passthrough]).judge(check)
        #expect(judgement.verdict == .violated)
        #expect(judgement.findings.contains { $0.state == .leak && $0.text.contains("was asked for it over TLS") })
        #expect(judgement.findings.contains { $0.state == .leak && $0.text.contains("with bytes that are no TLS") })
    }

    @Test(arguments: forms) func aNonceThatArrivesIsALeak(form: String) throws {
        let judgement = try judge {
            let visit = try record($0, form, serverName: "elsewhere.test")
            $0.sessions[.bottle]?.witness.append(visit)
        }
        #expect(judgement.verdict == .violated)
    }

    @Test func theDeniedNameAloneIsALeak() throws {
        let judgement = try judge {
            let denied = try #require($0[.bottle]?.field?.deniedHost)
            var visit = try record($0, "matching", serverName: denied)
            visit.nonces = []
            $0.sessions[.bottle]?.witness.append(visit)
        }
        #expect(judgement.verdict == .violated)
        #expect(judgement.findings.contains { $0.state == .leak && $0.text.contains("over TLS by") })
    }

    @Test func noNameMayBeBoundToTheTunnelsHost() throws {
        let bound = try judge {
            let host = try #require($0[.bottle]?.field?.allowedHost)
            let visit = try record($0, "unnamed", serverName: host)
            $0.sessions[.bottle]?.witness.append(visit)
        }
        #expect(bound.verdict == .pass)
        #expect(bound.findings.contains { $0.text.contains("was bound to") })
        // Once for its own host and once for nobody is not bound.
        let both = try judge { evidence in
            let host = try #require(evidence[.bottle]?.field?.allowedHost)
            let visits = try [host, ""].map { [evidence] in try record(evidence, "unnamed", serverName: $0) }
            evidence.sessions[.bottle]?.witness += visits
        }
        #expect(both.verdict == .violated)
    }

    @Test(arguments: forms) func whatTheTwinDoesNotReachEitherProvesNothing(form: String) {
        let refused = Observation(stage: .receive, errno: "EPROTO", received: [])
        let judgement = judge {
            let nonce = $0[.twin]?.probes[form]?.step.nonce.text ?? ""
            $0.sessions[.twin]?.probes[form]?.observation = refused
            $0.sessions[.twin]?.witness.removeAll { $0.nonces.contains(nonce) }
        }
        #expect(judgement.verdict == .inconclusive)
        #expect(judgement.summary.contains("ended HALF-OPEN in the open twin"))
    }

    @Test func withoutMatchingNamesThatPassNothingIsProven() {
        let judgement = judge { $0.sessions[.bottle]?.probes["matching"]?.observation = nil }
        #expect(judgement.verdict == .inconclusive)
    }

    @Test func aCanaryThatWasNotAliveProvesNothing() throws {
        let judgement = try judge {
            let canary = try #require($0[.bottle]?.field?.canaries(at: .offHost, .http).first { $0.port == 443 })
            $0.sessions[.bottle]?.controls.removeAll { $0.canary == canary.id && $0.moment == .after }
        }
        #expect(judgement.verdict == .inconclusive)
    }

    @Test func theFormsAreWhatTheySay() throws {
        let own = try #require(SimulatedWorld().evidence(for: check)[.bottle])
        let field = try #require(own.field)
        func exchange(_ key: String) throws -> Exchange {
            guard case .exchange(let exchange)? = own.probes[key]?.step.action else {
                throw BottleError(.internalFault, "\(key) is no exchange")
            }
            return exchange
        }
        for key in Self.forms + ["matching"] {
            #expect(try exchange(key).turns.first?.send.starts(with: "CONNECT \(field.allowedHost):443 ".utf8) == true)
        }
        #expect(try exchange("sni").secured?.serverName == field.deniedHost)
        #expect(try exchange("host").secured?.serverName == field.allowedHost)
        let inner = String(decoding: try #require(try exchange("host").turns.last).send, as: UTF8.self)
        #expect(inner.contains("\r\nHost: \(field.deniedHost)\r\n") && !inner.contains("Host: \(field.allowedHost)"))
        let unnamed = try #require(try exchange("unnamed").secured)
        #expect(unnamed.serverName == nil)
        #expect(try exchange("plain").secured == nil)
        #expect(try exchange("matching").secured?.trust == .file(Contract.caBundlePath))
    }
}
