// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleCore
import BottleDriver
import ConformanceChecks
import ConformanceEngine
import ConformanceMutants

/// Which mutants a matrix is made of, and what they have to arm.
struct MutantChoice: Sendable {
    var mutants: [Mutant]
    /// The ids of requirements that must be armed; empty where single mutants were asked for.
    var requirements: [String]

    /// What is broken by default where each bottle takes half a minute: everything that only microVMs have, the four
    /// configurations of smolvm that people take for closed, and one mutant at least for each row of the launch gate, whose
    /// outcomes look different here. Every other row is armed on a backend whose bottles cost less.
    static let ofMachines = [
        "open", "cidronly", "loop127", "published", "noproxy", "egress0000", "nossrf", "noinject",
        "connectonly",
        "denyall", "wideprompt", "canned", "pid1only", "tagkey", "partial", "savefail", "tagswap", "registry0000",
        "leakregistry",
    ]

    /// - Parameters:
    ///   - patterns: Globs of ids; empty is the default.
    ///   - isWhole: All that the backend can be, also where that takes hours.
    /// - Throws: `.usage` for a pattern that matches none.
    init(_ patterns: [String], isWhole: Bool, of backend: BuiltIn) throws(BottleError) {
        let possible = MutantCatalogue.all.filter { !backend.places(of: $0).isEmpty }
        guard patterns.isEmpty else {
            let globs = patterns.map(Glob.init)
            for glob in globs where !possible.contains(where: { glob.matches($0.id) }) {
                let names = possible.map(\.id).joined(separator: ", ")
                throw BottleError(
                    .usage, "--select \(glob.pattern) matches no mutant of \(backend.rawValue); there are: \(names)")
            }
            mutants = possible.filter { mutant in globs.contains { $0.matches(mutant.id) } }
            requirements = []
            return
        }
        // A row that is not for this kind of backend cannot be armed on it.
        let rows = CheckCatalogue.all.map(\.requirement).filter { $0.kinds.contains(backend.kind) }
        guard backend == .smolmachines, !isWhole else {
            (mutants, requirements) = (possible, rows.map(\.id))
            return
        }
        mutants = possible.filter { Self.ofMachines.contains($0.id) }
        requirements = rows.filter { $0.kinds == [.microvm] || $0.profiles.contains(Catalogue.gate) }.map(\.id)
    }
}
