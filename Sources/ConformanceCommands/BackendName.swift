// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleBackends
import BottleCore
import ConformanceMutants

/// A backend of this package.
enum BuiltIn: String, Sendable, Hashable, CaseIterable {
    case namespaces, docker, smolmachines

    /// What decides the backend's plans, with its paths and images from the user's environment.
    ///
    /// - Throws: `.usage` for a variable that holds no path or no image.
    func planner(environment: [String: String]) throws(BottleError) -> any BackendPlanner {
        let paths = try BottlePaths(environment: environment)
        return switch self {
        case .namespaces: NamespacesPlanner(state: paths.state)
        case .docker: DockerPlanner(state: paths.state, image: try ImageReference(environment: environment))
        case .smolmachines: SmolmachinesPlanner(paths: paths)
        }
    }
}

/// What `--backend` names: a backend of this package, as it is or broken in one way.
struct BackendName: Sendable, Hashable {
    var base: BuiltIn
    /// The id of the mutant, lower case; nil is the backend as it is.
    var mutant: String?

    /// What the subject of a run is called.
    var subject: String { mutant.map { "mutant:\($0)@\(base.rawValue)" } ?? base.rawValue }

    /// The names a user can give, for messages.
    static let known = BuiltIn.allCases.map(\.rawValue) + ["mutant:NAME"]

    /// Parses `NAME` or `mutant:NAME[@BACKEND]`.
    static func parse(_ text: String) throws(BottleError) -> BackendName {
        guard text.hasPrefix("mutant:") else { return BackendName(base: try builtIn(text), mutant: nil) }
        let parts = text.dropFirst("mutant:".count).split(separator: "@", omittingEmptySubsequences: false)
        let name = parts.first.map(String.init) ?? ""
        guard MutantCatalogue.find(name) != nil else {
            let names = MutantCatalogue.all.map(\.id).sorted().joined(separator: ", ")
            throw BottleError(.usage, "there is no mutant '\(name)'; choose one of: \(names)")
        }
        let base = parts.count > 1 ? try builtIn(parts[1...].joined(separator: "@")) : .namespaces
        return BackendName(base: base, mutant: name.lowercased())
    }

    private static func builtIn(_ text: String) throws(BottleError) -> BuiltIn {
        guard let backend = BuiltIn(rawValue: text) else {
            throw BottleError(
                .usage, "there is no backend '\(text)'; choose one of: \(known.joined(separator: ", "))")
        }
        return backend
    }
}
