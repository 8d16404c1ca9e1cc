// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleCore
import ConformanceEngine
import Testing

struct SelectionTests {
    private let ids = [
        "DRIVER-01", "NET-01", "EGRESS-01", "PROV-01", "PROXY-01", "NET-02", "NET-03", "NET-16", "DNS-01", "PROXY-02",
        "PROXY-03", "EGRESS-02", "EGRESS-03", "ENV-05", "NET-99",
    ]
    private var checks: [any Check] { ids.map { StubCheck($0, level: $0 == "NET-99" ? .should : .must) } }

    private func chosen(_ selection: Selection) -> [String] { selection.checks.map(\.requirement.id) }

    @Test(arguments: [("seed@1", 5), ("gate@1", 14), ("full@1", 15), ("GATE@1", 14)])
    func profiles(name: String, count: Int) throws {
        let selection = try Selection.resolve(checks: checks, profile: name)
        #expect(selection.checks.count == count)
        #expect(!selection.partial)
        #expect(selection.missing.isEmpty)
        #expect(selection.profile == name.lowercased())
    }

    @Test
    func selectAndSkipMakeItPartial() throws {
        let net = try Selection.resolve(checks: checks, profile: "gate@1", select: ["net-*"])
        #expect(chosen(net) == ["NET-01", "NET-02", "NET-03", "NET-16"])
        #expect(net.partial)
        let most = try Selection.resolve(checks: checks, profile: "seed@1", select: ["*-01"], skip: ["NET-01"])
        #expect(chosen(most) == ["DRIVER-01", "EGRESS-01", "PROV-01", "PROXY-01"])
        #expect(most.partial)
        #expect(try !Selection.resolve(checks: checks, profile: "seed@1", select: ["*"]).partial)
    }

    @Test
    func levelLeavesOutWhatBindsLess() throws {
        let must = try Selection.resolve(checks: checks, profile: "full@1", level: .must)
        #expect(!chosen(must).contains("NET-99"))
        #expect(must.partial)
        #expect(try !Selection.resolve(checks: checks, profile: "full@1", level: .should).partial)
    }

    @Test
    func aPatternThatMatchesNothingNamesTheNearest() throws {
        let error = try #require(throws: BottleError.self) {
            try Selection.resolve(checks: checks, profile: "full@1", select: ["NET-1"])
        }
        #expect(error.code == .usage)
        #expect(error.message.contains("NET-01"))
        let skip = try #require(throws: BottleError.self) {
            try Selection.resolve(checks: checks, profile: "full@1", skip: ["PROXI-*"])
        }
        #expect(skip.code == .notFound)
        #expect(skip.message.contains("PROXY-0"))
    }

    @Test
    func aPatternOutsideTheProfileSaysSo() throws {
        let error = try #require(throws: BottleError.self) {
            try Selection.resolve(checks: checks, profile: "seed@1", select: ["NET-16"])
        }
        #expect(error.code == .notFound)
        #expect(error.message.contains("seed@1"))
    }

    @Test
    func unknownProfileAndEmptySelectionAreErrors() throws {
        let profile = try #require(throws: BottleError.self) {
            try Selection.resolve(checks: checks, profile: "gate@2")
        }
        #expect(profile.code == .usage)
        #expect(profile.message.contains("gate@1"))
        let empty = try #require(throws: BottleError.self) {
            try Selection.resolve(checks: checks, profile: "seed@1", skip: ["*"])
        }
        #expect(empty.code == .notFound)
    }

    @Test
    func aBuildWithoutChecksOfTheProfileIsPartial() throws {
        let selection = try Selection.resolve(checks: [StubCheck("NET-01")], profile: "seed@1")
        #expect(selection.partial)
        #expect(selection.missing == ["DRIVER-01", "EGRESS-01", "PROV-01", "PROXY-01"])
    }
}
