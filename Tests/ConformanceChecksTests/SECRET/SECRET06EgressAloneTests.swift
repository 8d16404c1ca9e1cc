// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleCore
import BottleDriver
import ConformanceEngine
import Testing

@testable import ConformanceChecks

struct SECRET06EgressAloneTests {
    private let check = SECRET06EgressAlone()

    private func judge(_ change: (inout [String: String]) -> Void) -> Judgement {
        var evidence = SimulatedWorld().evidence(for: check)
        var facts = evidence[.bottle]?.probes["bundle"]?.observation?.facts ?? [:]
        change(&facts)
        evidence.sessions[.bottle]?.probes["bundle"]?.observation?.facts = facts
        return check.judge(evidence)
    }

    private static func add(_ place: String, to facts: inout [String: String]) {
        let count = Int(facts["places"] ?? "") ?? 0
        facts["place.\(count)"] = place
        facts["places"] = "\(count + 1)"
    }

    @Test func namesTheDaemon() {
        let judgement = SimulatedWorld(faults: [.envall]).judge(check)
        #expect(judgement.verdict == .violated)
        #expect(judgement.summary.contains("bottle-bundle pipelock"), "\(judgement.summary)")
    }

    @Test(arguments: [
        ("token.plain environment 1 TOKEN", "init"), ("token.hex file /etc/bottle/tokens", "/etc/bottle/tokens"),
        ("token.base64 arguments 2", "command line"), ("token.plain environment 77 TOKEN", "process"),
        ("token.plain name /x", "a name"),
    ])
    func everyOtherPlaceIsALeak(place: String, words: String) {
        let judgement = judge { Self.add(place, to: &$0) }
        #expect(judgement.verdict == .violated && judgement.summary.contains(words), "\(judgement.summary)")
    }

    /// A daemon is known by a word of its command line, not by letters in it.
    @Test(arguments: [
        ("3 read /usr/bin/egress", Verdict.pass), ("3 read python3 /opt/egress --x", .pass),
        ("3 read bottle-bundle egressor", .violated),
        ("3 read bottle-bundle pipelock --egress 127.0.0.1:9099", .violated),
    ])
    func whoIsEgress(process: String, verdict: Verdict) {
        let judgement = judge { facts in
            facts["process.1"] = process
            facts["place.0"] = "token.plain environment 3 TOKEN"
            facts["process.2"] = "2 read bottle-bundle pipelock"
        }
        #expect(judgement.verdict == verdict, "\(judgement.summary)")
    }

    @Test(arguments: [
        ("complete", "0"), ("behind", "1"), ("places", "2"), ("unreads", "1"), ("processes", "5"),
        ("process.0", "1 closed bottle-bundle init"), ("process.0", "1 closed x"),
        ("process.2", "3 read bottle-bundle other"), ("process.2", "3 closed bottle-bundle pipelock"),
        ("place.0", "decoy.plain environment 2 TOKEN"),
    ])
    func aSearchThatIsNotWholeProvesNothing(fact: String, value: String) {
        #expect(judge { $0[fact] = value }.verdict == .inconclusive, "\(fact)")
    }

    /// It shows nothing to anybody, and what it starts would have what it has.
    @Test func aProcessThatShowsNoCommandLineIsLeftOut() {
        let judgement = judge { $0["process.0"] = "1 closed " }
        #expect(judgement.verdict == .pass, "\(judgement.summary)")
        #expect(
            judgement.findings.contains {
                $0.text.contains("1 processes without a command line and 0 files are closed")
            })
    }

    /// The row is about processes: what none of them may read none of them has.
    @Test func aFileThatIsClosedToRootIsCounted() {
        let judgement = judge { facts in
            facts["unreads"] = "1"
            facts["unread.0"] = "EACCES /etc/group"
        }
        #expect(judgement.verdict == .pass)
        #expect(judgement.findings.contains { $0.text.contains("and 1 files are closed to root there") })
    }

    @Test func withoutEgressOrATokenThereIsNothingToFind() {
        #expect(SimulatedWorld(faults: [.egressoff]).judge(check).verdict == .inconclusive)
        var evidence = SimulatedWorld().evidence(for: check)
        evidence.sessions[.bottle]?.suiteToken = ""
        #expect(check.judge(evidence).verdict == .inconclusive)
    }
}
