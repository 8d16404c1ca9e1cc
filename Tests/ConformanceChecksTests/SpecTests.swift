// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleCore
import ConformanceChecks
import ConformanceEngine
import ConformanceMutants
import Foundation
import Testing

/// `Conformance/SPEC.md` says what the checks say. `BOTTLE_RECORD=1` writes it anew, and fails, so that CI never does.
@Suite struct SpecTests {
    private let file = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().appending(path: "Conformance/SPEC.md")

    @Test func theCatalogueIsNotStale() throws {
        let text = try String(contentsOf: file, encoding: .utf8)
        let begin = try #require(text.range(of: SpecCatalogue.begin + "\n"))
        let end = try #require(text.range(of: SpecCatalogue.end, range: begin.upperBound..<text.endIndex))
        let wanted = SpecCatalogue.render(CheckCatalogue.all.map(\.requirement), mutants: MutantCatalogue.all)
        if ProcessInfo.processInfo.environment["BOTTLE_RECORD"] == "1" {
            let fresh = text.replacingCharacters(in: begin.upperBound..<end.lowerBound, with: wanted)
            try Data(fresh.utf8).write(to: file)
            Issue.record("recorded Conformance/SPEC.md; run again without BOTTLE_RECORD")
            return
        }
        #expect(
            String(text[begin.upperBound..<end.lowerBound]) == wanted,
            "Conformance/SPEC.md is stale: run the tests with BOTTLE_RECORD=1 and read the difference")
    }

    @Test func everyRequirementAndItsMutantsAgree() {
        let mutants = MutantCatalogue.all
        for requirement in CheckCatalogue.all.map(\.requirement) {
            for (id, verdict) in requirement.mutants {
                #expect(
                    MutantCatalogue.find(id)?.mustFall[requirement.id] == verdict, "\(requirement.id) and mutant \(id)")
            }
            for mutant in mutants where mutant.mustFall[requirement.id] != nil {
                #expect(requirement.mutants[mutant.id] != nil, "\(requirement.id) does not name mutant \(mutant.id)")
            }
        }
    }

    @Test func theAddressVectorsHold() throws {
        let text = try String(contentsOf: file, encoding: .utf8)
        var count = 0
        for match in text.matches(of: /\| `([a-z0-9-]+)` \| (\d+) \|/) {
            #expect(AddressPlan(slug: String(match.1)).octet == UInt8(match.2))
            count += 1
        }
        #expect(count >= 20)
    }
}
