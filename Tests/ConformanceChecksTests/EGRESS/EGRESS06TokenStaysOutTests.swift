// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleCore
import BottleDriver
import ConformanceEngine
import Foundation
import Testing

@testable import ConformanceChecks

struct EGRESS06TokenStaysOutTests {
    private let check = EGRESS06TokenStaysOut()
    private static let ways = ["plain", "tls"]
    private static let keys = ["get", "error", "trace"].flatMap { form in ways.map { "\(form)/\($0)" } }

    private func judge(_ change: (inout Evidence) throws -> Void) rethrows -> Judgement {
        var evidence = SimulatedWorld().evidence(for: check)
        try change(&evidence)
        return check.judge(evidence)
    }

    private func nonce(_ key: String, _ evidence: Evidence) throws -> String {
        try #require(evidence[.bottle]?.probes[key]).step.nonce.text
    }

    @Test func theMutantIsNamedByWayAndForm() {
        let judgement = SimulatedWorld(faults: [.noredact]).judge(check)
        #expect(judgement.verdict == .violated)
        let leaks = judgement.findings.filter { $0.state == .leak }.map(\.text)
        #expect(leaks.count == 6 && leaks.contains { $0.contains("a TRACE over TLS") })
        #expect(leaks.allSatisfy { !$0.contains(SimulatedBottle.token) })
    }

    /// In whatever form, also where a TRACE was refused.
    @Test(arguments: keys, ["plain", "hex", "base64", "first half"]) func anyFormIsALeak(key: String, form: String)
        throws
    {
        let sample = try #require(Needles(SimulatedBottle.token).samples.first { $0.encoding == form })
        let judgement = judge {
            $0.sessions[.bottle]?.probes[key]?.observation?.received.append(Array("x: ".utf8) + sample.bytes)
        }
        #expect(judgement.verdict == .violated)
    }

    @Test(arguments: keys.filter { !$0.hasPrefix("trace") }) func aHostThatSawNoTokenHadNoneToRepeat(key: String) throws
    {
        let judgement = try judge { evidence in
            let own = try nonce(key, evidence)
            evidence.sessions[.bottle]?.witness.removeAll { $0.nonces.contains(own) }
        }
        #expect(judgement.verdict == .inconclusive)
    }

    /// A proxy that passes TRACE on and covers what comes back is as good as one that refuses it.
    @Test(arguments: ways) func aTraceMayBeRefusedOrCovered(way: String) throws {
        let judgement = try judge { evidence in
            let get = try #require(evidence[.bottle]?.probes["get/\(way)"])
            let own = try nonce("trace/\(way)", evidence)
            let canary = try #require(evidence[.bottle]?.witness.first { $0.nonces.contains(get.step.nonce.text) })
            evidence.sessions[.bottle]?.probes["trace/\(way)"]?.observation = get.observation
            var seen = canary
            seen.nonces = [own]
            evidence.sessions[.bottle]?.witness.append(seen)
        }
        #expect(judgement.verdict == .pass, "\(judgement.summary)")
    }

    @Test(arguments: ways) func aTraceThatJustEndedProvesNothing(way: String) {
        for observation in [
            Observation(stage: .receive, errno: "ETIMEDOUT"),
            Observation(stage: .done, received: [Array("hello".utf8)]),
        ] {
            #expect(
                judge { $0.sessions[.bottle]?.probes["trace/\(way)"]?.observation = observation }.verdict
                    == .inconclusive)
        }
    }

    @Test(arguments: keys.filter { !$0.hasPrefix("trace") }) func anAnswerThatIsCutMayHaveHeldIt(key: String) {
        let judgement = judge {
            $0.sessions[.bottle]?.probes[key]?.observation?.received = [Array("HTTP/1.1 200 OK\r\n".utf8)]
        }
        #expect(judgement.verdict == .inconclusive)
    }

    /// Wherever it is cut, as long as not every form of it could have been read.
    @Test(arguments: keys.filter { !$0.hasPrefix("trace") }, ["path: ", "base64: ", "hex: ", "hex: 42"])
    func everyWayOfRepeatingHasToBeRead(key: String, last: String) throws {
        let judgement = try judge { evidence in
            let text = String(
                decoding: (evidence[.bottle]?.probes[key]?.observation?.received ?? []).joined(), as: UTF8.self)
            let end = try #require(text.range(of: "\n\(last)")).upperBound
            evidence.sessions[.bottle]?.probes[key]?.observation?.received = [Array(text[..<end].utf8)]
        }
        #expect(judgement.verdict == .inconclusive)
    }

    @Test(arguments: ways) func theServerHasToBeKnownToRepeat(way: String) {
        let judgement = judge { evidence in
            let received = evidence[.bottle]?.probes["unrouted/\(way)"]?.observation?.received ?? []
            let text = String(decoding: received.joined(), as: UTF8.self)
            let less = text.replacingOccurrences(of: "hex: ", with: "hax: ")
            evidence.sessions[.bottle]?.probes["unrouted/\(way)"]?.observation?.received = [Array(less.utf8)]
        }
        #expect(judgement.verdict == .inconclusive)
    }

    @Test func withoutATokenThereIsNothingToLookFor() {
        #expect(judge { $0.sessions[.bottle]?.suiteToken = "" }.verdict == .inconclusive)
        #expect(SimulatedWorld(faults: [.egressoff]).judge(check).verdict == .inconclusive)
        #expect(SimulatedWorld(faults: [.noinject]).judge(check).verdict == .inconclusive)
    }
}
