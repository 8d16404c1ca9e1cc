// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleCore

extension EngineClient {
    /// What the kernel says about the network of a container that has the launcher in it.
    ///
    /// - Parameter aspects: What `bottle-launcher look` takes.
    /// - Throws: `.transport` for an answer that is cut off.
    func look(
        into container: String, _ aspects: [String], root: Bool = false
    ) async throws -> DockerNetworkPolicy.Reading {
        let user = root ? ["--user", "0:0"] : []
        let output = try await call(
            "look into \(container)", ["exec"] + user + [container, BundleCommands.launcher, "look"] + aspects)
        let reading = DockerNetworkPolicy.Reading(output.text)
        guard reading.isWhole else {
            throw BottleError(.transport, "The look into \(container) was not answered to its end; try again.")
        }
        return reading
    }
}
