// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleCore
import ConformanceEngine
import ConformanceMutants
import Testing

@testable import ConformanceCommands

/// Which mutants a matrix has of itself.
struct MutantChoiceTests {
    @Test func `a backend whose bottles cost little is broken in every way`() throws {
        for backend in [BuiltIn.namespaces, .docker] {
            let choice = try MutantChoice([], isWhole: false, of: backend)
            #expect(choice.mutants.map(\.id) == (try MutantChoice([], isWhole: true, of: backend)).mutants.map(\.id))
            #expect(choice.mutants.count > 80 && choice.requirements.count > 40)
        }
    }

    @Test func `what is left out of microVMs arms no row that only they have, and none of the gate`() throws {
        let choice = try MutantChoice([], isWhole: false, of: .smolmachines)
        #expect(Set(choice.mutants.map(\.id)) == Set(MutantChoice.ofMachines))
        #expect(choice.requirements.contains("PRIV-07") && choice.requirements.contains("LIFE-08"))
        for id in choice.requirements {
            let arming = choice.mutants.filter { $0.mustFall[id] == .violated }
            #expect(!arming.isEmpty, "\(id)")
        }
        let whole = try MutantChoice([], isWhole: true, of: .smolmachines)
        #expect(whole.mutants.count > choice.mutants.count && whole.requirements.count > choice.requirements.count)
    }

    @Test func `single mutants arm what they arm`() throws {
        let choice = try MutantChoice(["open", "tag*"], isWhole: false, of: .smolmachines)
        #expect(choice.mutants.map(\.id) == ["open", "tagkey", "tagswap"] && choice.requirements.isEmpty)
        #expect(throws: BottleError.self) { try MutantChoice(["tagkey"], isWhole: false, of: .docker) }
    }
}
