// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleCore
import ConformanceMutants

/// What `--backend` names.
enum BackendName: Sendable, Hashable {
    case namespaces
    case mutant(String)

    /// The names a user can give, for messages.
    static let known = ["namespaces", "mutant:NAME"]

    /// Parses `NAME` or `mutant:NAME[@BACKEND]`.
    static func parse(_ text: String) throws(BottleError) -> BackendName {
        guard text.hasPrefix("mutant:") else {
            guard text == "namespaces" else {
                throw BottleError(
                    .usage, "there is no backend '\(text)'; choose one of: \(known.joined(separator: ", "))")
            }
            return .namespaces
        }
        let parts = text.dropFirst("mutant:".count).split(separator: "@", omittingEmptySubsequences: false)
        let name = parts.first.map(String.init) ?? ""
        guard MutantCatalogue.find(name) != nil else {
            let names = MutantCatalogue.all.map(\.id).sorted().joined(separator: ", ")
            throw BottleError(.usage, "there is no mutant '\(name)'; choose one of: \(names)")
        }
        if parts.count > 1, parts[1] != "namespaces" {
            throw BottleError(
                .usage, "mutant '\(name)' cannot run on '\(parts[1...].joined(separator: "@"))'; choose: namespaces")
        }
        return .mutant(name.lowercased())
    }
}
