// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

package import ArgumentParser
import BottleBackends
import BottleCore
import BottleLab
import FoundationEssentials

/// `lab prepare BACKEND`, inside of a lab: makes what every run of the backend begins with, so that it is kept.
package struct LabPrepareCommand: AsyncParsableCommand {
    package static let configuration = CommandConfiguration(
        commandName: "prepare", abstract: "Make what runs of a backend begin with; only for use in a lab.",
        shouldDisplay: false)

    @Argument(help: "The backend.")
    var backend: String

    package init() {}

    package func run() async throws {
        let environment = ProcessInfo.processInfo.environment
        guard try Lab.Record.inside(environment) != nil else {
            throw BottleError(
                .usage, "lab prepare runs in a lab, where run --lab calls it; there is nothing to prepare here.")
        }
        switch try BackendName.parse(backend).base {
        case .docker:
            let engine = try EngineClient(engine: "docker", environment: environment)
            _ = try await DockerImages(engine: engine, image: ImageReference(environment: environment)).prepare()
        case .smolmachines:
            let engine = try EngineClient(engine: "docker", environment: environment)
            let smolvm = try SmolvmClient(environment: environment)
            let images = try await DockerImages(
                engine: engine, image: ImageReference(environment: environment)
            ).prepare()
            _ = try await MachineArtefacts(
                paths: BottlePaths(environment: environment), engine: engine, smolvm: smolvm
            ).artefact(of: ImageDigest(images.guest))
        case .namespaces:
            throw BottleError(.usage, "Nothing is prepared in a lab for the backend \(backend).")
        }
    }
}

extension BuiltIn {
    /// What is run once in a lab before the first run of this backend there; nil where runs begin with nothing.
    var labPreparation: Lab.Preparation? {
        switch self {
        case .docker, .smolmachines: Lab.Preparation(["lab", "prepare", rawValue])
        case .namespaces: nil
        }
    }
}
