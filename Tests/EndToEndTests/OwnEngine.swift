// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing

/// An engine that one test has for itself and may break; sealed like the shared one.
struct OwnEngine {
    let engine: TestEngine
    /// Where it lives; short, for a socket is in it.
    private let place: String
    /// What `Tests/engine` is told.
    private let settings: [String: String]
    private let tool: Tool

    /// - Parameter size: The most that its data may take, as `mount` wants it; nil is as much as the machine has.
    static func with(size: String? = nil, _ tool: Tool, _ body: (OwnEngine) async throws -> Void) async throws {
        let place = "/run/bottle-own-\(getpid())-\(UInt16.random(in: 0...UInt16.max))"
        var settings = ["BOTTLE_ENGINE_DIR": place]
        settings["BOTTLE_ENGINE_SIZE"] = size
        let own = OwnEngine(
            engine: TestEngine(environment: ["DOCKER_HOST": "unix://\(place)/docker.sock"]), place: place,
            settings: settings, tool: tool)
        var failure: (any Error)?
        do {
            try await own.command("start")
            try await body(own)
        } catch {
            failure = error
        }
        try await own.command("stop")
        if let failure { throw failure }
    }

    /// Sends a signal to dockerd alone, and waits until it is gone.
    func end(with signal: Int32) async throws {
        let text = try String(contentsOfFile: "\(place)/docker.pid", encoding: .utf8)
        let pid = try #require(Int32(text.trimmingCharacters(in: .whitespacesAndNewlines)))
        try #require(pid > 1)
        kill(pid, signal)
        try await tool.poll("dockerd is gone") { kill(pid, 0) != 0 }
    }

    /// Starts dockerd again on the same data.
    func restart() async throws { try await command("restart") }

    private func command(_ verb: String) async throws {
        let script = try Tool.root.appending(path: "Tests/engine").path
        let outcome = try await tool.shell("'\(script)' \(verb)", environment: settings)
        try #require(outcome.status == 0, "\(outcome)")
    }
}
