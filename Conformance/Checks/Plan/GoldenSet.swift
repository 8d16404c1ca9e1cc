// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

package import BottleDriver
import ConformanceEngine

/// Goldens of the author of a driver: what the driver planned for the standard bottles when all was well.
package struct GoldenSet: Sendable, Hashable {
    /// Contracts, by the name of the standard bottle.
    package var contracts: [String: String]
    /// Rendered files, by the name of the standard bottle and the kind.
    package var artefacts: [String: [Artefact.Kind: String]]

    package init(contracts: [String: String] = [:], artefacts: [String: [Artefact.Kind: String]] = [:]) {
        self.contracts = contracts
        self.artefacts = artefacts
    }

    /// The goldens that one plan of a standard bottle amounts to, directories of the host by name.
    package static func texts(of report: PlanReport) -> (contract: String, artefacts: [Artefact.Kind: String]) {
        let paths = HostPaths(report)
        let files = report.artefacts.map { ($0.kind, paths.named(in: $0.text)) }
        return (PlanView.contract(report).pretty, Dictionary(files) { first, _ in first })
    }
}
