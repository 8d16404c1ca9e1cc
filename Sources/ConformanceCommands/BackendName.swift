// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleBackends
import BottleCore
import BottleDriver
import ConformanceMutants

/// A backend of this package.
enum BuiltIn: String, Sendable, Hashable, CaseIterable {
    case namespaces, docker, smolmachines

    /// The kind of boundary that the backend draws.
    var kind: BackendKind {
        switch self {
        case .namespaces: .namespaces
        case .docker: .container
        case .smolmachines: .microvm
        }
    }

    /// Where a mutant is tried when the matrix is made for this backend.
    ///
    /// Plans need nothing of a machine: the matrix of the default backend has those of every kind, so that each check has
    /// been seen to fall. Empty where there is nothing that the mutant could break.
    func places(of mutant: Mutant) -> [BuiltIn] {
        guard case .plans = mutant.arena, self == .namespaces else { return has(mutant) ? [self] : [] }
        return BuiltIn.allCases.filter { $0.has(mutant) }
    }

    /// Whether the backend has what the mutant breaks.
    func has(_ mutant: Mutant) -> Bool {
        switch mutant.arena {
        case .bottles: canCarryOut(mutant.change)
        case .plans(let kinds): kinds.contains(kind)
        }
    }

    /// Whether the backend can be broken so.
    private func canCarryOut(_ change: Mutant.Change) -> Bool {
        guard case .fault(let fault) = change else { return true }
        return switch self {
        case .namespaces: NamespacesDriver.canCarryOut(fault)
        case .docker: DockerDriver.canCarryOut(fault)
        case .smolmachines: SmolmachinesDriver.canCarryOut(fault)
        }
    }

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
        guard let mutant = MutantCatalogue.find(name) else {
            let names = MutantCatalogue.all.map(\.id).sorted().joined(separator: ", ")
            throw BottleError(.usage, "there is no mutant '\(name)'; choose one of: \(names)")
        }
        let possible = BuiltIn.allCases.filter { $0.has(mutant) }
        guard parts.count > 1 else { return BackendName(base: possible.first ?? .namespaces, mutant: mutant.id) }
        let base = try builtIn(parts[1...].joined(separator: "@"))
        guard possible.contains(base) else {
            let names = possible.map(\.rawValue).joined(separator: ", ")
            throw BottleError(
                .usage,
                "\(base.rawValue) has nothing that the mutant '\(mutant.id)' could break; choose one of: \(names)")
        }
        return BackendName(base: base, mutant: mutant.id)
    }

    private static func builtIn(_ text: String) throws(BottleError) -> BuiltIn {
        guard let backend = BuiltIn(rawValue: text) else {
            throw BottleError(
                .usage, "there is no backend '\(text)'; choose one of: \(known.joined(separator: ", "))")
        }
        return backend
    }
}
