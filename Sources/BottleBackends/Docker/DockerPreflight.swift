// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleCore
package import BottleDriver
import Synchronization

/// Whether an engine can run bottles, and what to do when it cannot.
package enum DockerPreflight {
    /// Asks the engine who it is; changes nothing.
    package static func check(_ engine: EngineClient) async -> Status {
        var unmet = NamespacesPreflight.missingHelpers()
        var facts: [String: String] = [:]
        do {
            let (version, said) = try await engine.introduction()
            if let version { engine.meet(version) }
            facts["engine"] = "\(engine.name) \(version?.version ?? "unknown")"
            facts["kernel"] = version?.kernel
            if let problem = problem(version ?? EngineVersion(make: .docker, version: said, system: "")) {
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
    static func problem(_ engine: EngineVersion) -> Status.Unmet? {
        let (version, system) = (engine.version, engine.system)
        let oldest = EngineVersion.oldest[engine.make] ?? (0, 0)
        let name = engine.make == .docker ? "Docker" : "Podman"
        let numbers = version.split(whereSeparator: { !("0"..."9").contains($0) }).prefix(2).compactMap { Int($0) }
        guard numbers.count == 2 else {
            return Status.Unmet(
                id: "engine-version", message: "The engine calls its version \(Quoted(version)), which says nothing.",
                remedy: "Use \(name) \(oldest.major).\(oldest.minor) or newer.")
        }
        if (numbers[0], numbers[1]) < oldest {
            return Status.Unmet(
                id: "engine-version", message: "The engine is version \(version), which is too old.",
                remedy: "Use \(name) \(oldest.major).\(oldest.minor) or newer.")
        }
        guard system == "linux" else {
            return Status.Unmet(
                id: "engine-system", message: "The engine runs \(Quoted(system)) containers.",
                remedy: "Switch it to Linux containers.")
        }
        return nil
    }
}
