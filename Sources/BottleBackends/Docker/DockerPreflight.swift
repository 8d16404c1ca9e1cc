// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleCore
package import BottleDriver

/// Whether an engine can run bottles, and what to do when it cannot.
package enum DockerPreflight {
    /// The oldest engine with the settings that a bottle needs.
    static let oldest = (20, 10)

    /// Asks the engine who it is; changes nothing.
    package static func check(_ engine: EngineClient) async -> Status {
        var unmet = NamespacesPreflight.missingHelpers()
        var facts: [String: String] = [:]
        do {
            let output = try await engine.call(
                "say its version",
                ["version", "--format", "{{.Server.Version}} {{.Server.Os}} {{.Server.KernelVersion}}"],
                deadline: .seconds(20))
            let words = output.word.split(separator: " ").map(String.init)
            facts["engine"] = "\(engine.name) \(words.first ?? "unknown")"
            if words.count > 2 { facts["kernel"] = words[2] }
            if let problem = problem(version: words.first ?? "", system: words.count > 1 ? words[1] : "") {
                unmet.append(problem)
            }
        } catch {
            let reason = (error as? BottleError)?.message ?? "\(error)"
            unmet.append(
                Status.Unmet(
                    id: "engine", message: reason,
                    remedy: "`docker version` shows whether an engine answers; Debian has it in the package docker.io.")
            )
        }
        return Status(unmet: unmet, facts: facts)
    }

    /// What is wrong with an engine of this version, if anything.
    static func problem(version: String, system: String) -> Status.Unmet? {
        let numbers = version.split(whereSeparator: { !("0"..."9").contains($0) }).prefix(2).compactMap { Int($0) }
        guard numbers.count == 2 else {
            return Status.Unmet(
                id: "engine-version", message: "The engine calls its version \(Quoted(version)), which says nothing.",
                remedy: "Use Docker 20.10 or newer.")
        }
        if (numbers[0], numbers[1]) < oldest {
            return Status.Unmet(
                id: "engine-version", message: "The engine is version \(version), which is too old.",
                remedy: "Use Docker \(oldest.0).\(oldest.1) or newer.")
        }
        guard system == "linux" else {
            return Status.Unmet(
                id: "engine-system", message: "The engine runs \(Quoted(system)) containers.",
                remedy: "Switch it to Linux containers.")
        }
        return nil
    }
}
