// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleDriver
import ConformanceEngine
import ConformanceMutants
import Testing

struct KillMatrixTests {
    private static func results(_ verdicts: [String: Verdict]) -> [CheckResult] {
        verdicts.map { CheckResult(requirement: $0.key, judgement: Judgement($0.value, ""), seconds: 0, evidence: nil) }
    }

    private static func fate(_ id: String, _ verdicts: [String: Verdict], failure: String? = nil) throws
        -> KillMatrix.Fate
    {
        KillMatrix.judge(try #require(MutantCatalogue.find(id)), results: results(verdicts), failure: failure)
    }

    @Test func theRightCheckKills() throws {
        let fate = try Self.fate("LOOP127", ["NET-01": .violated, "DRIVER-01": .pass, "PROXY-02": .pass])
        #expect(fate == .killed(by: ["NET-01": .violated]))
    }

    @Test func anotherChecksAlarmDoesNotCount() throws {
        let fate = try Self.fate(
            "loop127", ["NET-01": .pass, "NET-16": .violated, "DRIVER-01": .pass, "PROXY-02": .pass])
        #expect(
            fate
                == .survived(
                    why: "loop127: NET-01 has to be violated and is pass; noticed only by NET-16, which does not count")
        )
        let doubtful = try Self.fate("loop127", ["NET-01": .inconclusive, "DRIVER-01": .pass, "PROXY-02": .pass])
        #expect(doubtful == .survived(why: "loop127: NET-01 has to be violated and is inconclusive"))
    }

    @Test func aVacuousAlarmDoesNotCountEither() throws {
        let fate = try Self.fate("egressoff", ["EGRESS-01": .violated, "DRIVER-01": .pass, "PROXY-01": .pass])
        #expect(fate == .survived(why: "egressoff: EGRESS-01 has to be inconclusive and is violated"))
        let green = try Self.fate("egressoff", ["EGRESS-01": .inconclusive, "DRIVER-01": .pass, "PROXY-01": .pass])
        #expect(green == .killed(by: ["EGRESS-01": .inconclusive]))
    }

    @Test func whatCannotBeBrokenHereSaysNothing() throws {
        let mutant = try #require(MutantCatalogue.find("uid501"))
        func fate(_ capabilities: Set<String>, failure: String?) -> KillMatrix.Fate {
            let hello = Hello(
                name: "x", version: "0", kind: .namespaces, capabilities: capabilities,
                declined: ["guest-root": "one id only"], maxParallel: 1)
            let results = ["PROV-09": Verdict.violated, "DRIVER-01": .pass, "PROXY-02": .pass].map { id, verdict in
                CheckResult(
                    requirement: id, judgement: Judgement(verdict, ""), seconds: 0,
                    evidence: Evidence(hello: hello, hosts: [], sessions: [:]))
            }
            return KillMatrix.judge(mutant, results: results, failure: failure)
        }
        #expect(
            fate([], failure: "EINVAL")
                == .impossible(why: "uid501: it takes guest-root, which is not there: one id only"))
        #expect(fate(["guest-root"], failure: nil) == .killed(by: ["PROV-09": .violated]))
        #expect(fate(["guest-root"], failure: "EINVAL") == .void(why: "uid501: the run broke down: EINVAL"))
    }

    @Test func aBrokenRunIsVoid() throws {
        let all: [String: Verdict] = ["NET-01": .violated, "DRIVER-01": .pass, "PROXY-02": .pass]
        #expect(
            try Self.fate("loop127", all, failure: "no bundle") == .void(why: "loop127: the run broke down: no bundle"))
        #expect(
            try Self.fate("loop127", ["NET-01": .violated, "DRIVER-01": .pass])
                == .void(why: "loop127: PROXY-02 was not run"))
        #expect(
            try Self.fate("loop127", all.merging(["NET-02": .harnessError]) { $1 })
                == .void(why: "loop127: NET-02 ended in an error of the harness"))
        #expect(
            try Self.fate("loop127", all.merging(["PROXY-02": .inconclusive]) { $1 })
                == .void(
                    why: "loop127: PROXY-02 is inconclusive and has to pass, so more is broken than the mutant breaks"))
    }

    @Test func nothingPassesWithoutABottle() throws {
        #expect(
            try Self.fate("null", ["DRIVER-01": .violated, "NET-01": .inconclusive])
                == .killed(by: ["DRIVER-01": .violated]))
        #expect(
            try Self.fate("null", ["DRIVER-01": .violated, "NET-01": .pass])
                == .survived(why: "null: NET-01 passes, though nothing was there to be tested"))
    }
}
