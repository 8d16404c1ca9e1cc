// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

/// The local socket of the engine that an engine's program talks to.
enum EngineEndpoint {
    private static let scheme = "unix://"
    /// Where engines usually listen.
    static let usual = "/var/run/docker.sock"

    /// - Parameters:
    ///   - host: `DOCKER_HOST`, as the program has it.
    ///   - context: The one that the program says it uses; by `default` it goes where `DOCKER_HOST` says, or the usual way.
    /// - Returns: nil when the engine is elsewhere, or only the program knows where.
    static func path(host: String?, context: String?) -> String? {
        guard context == "default" else { return nil }
        guard let host, !host.isEmpty else { return usual }
        let path = String(host.dropFirst(scheme.count))
        return host.hasPrefix(scheme) && path.hasPrefix("/") ? path : nil
    }
}
