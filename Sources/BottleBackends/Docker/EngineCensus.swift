// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

/// Everything that an engine holds, whosever it is.
package struct EngineCensus: Sendable {
    private let engine: EngineClient

    package init(engine: EngineClient) { self.engine = engine }

    /// All containers, networks and volumes.
    ///
    /// - Throws: What the engine says against it.
    package func take() async throws -> Set<EngineHoldings.Holding> {
        async let containers = names("container", ["ps", "--all", "--no-trunc"], "{{.Names}}")
        async let networks = names("network", ["network", "ls", "--no-trunc"], "{{.Name}}")
        async let volumes = names("volume", ["volume", "ls"], "{{.Name}}")
        return try await containers.union(networks).union(volumes)
    }

    private func names(
        _ kind: String, _ arguments: [String], _ format: String
    ) async throws -> Set<EngineHoldings.Holding> {
        let text = try await engine.call("list what it holds", arguments + ["--format", format]).text
        return Set(text.split(whereSeparator: \.isNewline).map { .init(kind: kind, name: String($0)) })
    }
}
