// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleCore
import Foundation
import Testing

@testable import BottleBackends

/// What the driver makes of an engine that refuses for a while, and of one that is gone: against programs that play one.
struct EngineRefusalTests {
    /// A program that answers as the script does; it finds a directory of its own in `$here`.
    private func withEngine(_ script: String, _ body: (EngineClient, URL) async throws -> Void) async throws {
        let place = FileManager.default.temporaryDirectory.appending(path: "bottle-refusal-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: place, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: place) }
        let program = place.appending(path: "engine")
        try Data("#!/bin/sh\nhere='\(place.path)'\n\(script)\n".utf8).write(to: program)
        try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: program.path)
        try await body(try EngineClient(engine: program.path, environment: ["PATH": "/usr/bin:/bin"]), place)
    }

    @Test func aNetworkThatIsStillUsedIsRemovedLater() async throws {
        let script = """
            echo call >>"$here/calls"
            [ "$(wc -l <"$here/calls")" -ge 3 ] && exit 0
            echo "Error: \\"x\\" has associated containers with it: network is being used" >&2
            exit 2
            """
        try await withEngine(script) { engine, place in
            #expect(try await engine.remove(BundleCommands.removeNetwork, ["x"]) == nil)
            let calls = try String(contentsOf: place.appending(path: "calls"), encoding: .utf8)
            #expect(calls == "call\ncall\ncall\n")
        }
    }

    @Test(arguments: ["No such network: x", "Cannot connect to the Docker daemon. Is the docker daemon running?"])
    func whatDoesNotPassIsAskedForOnce(said: String) async throws {
        try await withEngine("echo call >>\"$here/calls\"; echo '\(said)' >&2; exit 1") { engine, place in
            let failed = try await engine.remove(BundleCommands.removeNetwork, ["x"])
            #expect((failed == nil) == said.hasPrefix("No such"))
            #expect(try String(contentsOf: place.appending(path: "calls"), encoding: .utf8) == "call\n")
        }
    }

    @Test func theEndOfAnEngineIsTheReason() async throws {
        let death = BottleError(.transport, "The bundle of bottle x is gone: its init exited with 1.")
        try await withEngine("echo 'Cannot connect to the Docker daemon at unix:///x.' >&2; exit 1") { engine, _ in
            let error = await #expect(throws: BottleError.self) { try await engine.blamingItsEnd { throw death } }
            #expect(error?.code == .transport)
            #expect(error?.message.contains("container engine has ended") == true)
            #expect(error?.description.contains(death.message) == true, "what was noticed of it stays")
        }
        for script in ["exit 0", "echo 'Error response from daemon: something new' >&2; exit 1"] {
            try await withEngine(script) { engine, _ in
                let error = await #expect(throws: BottleError.self) { try await engine.blamingItsEnd { throw death } }
                #expect(error?.message == death.message, "an engine that answers is not to blame")
            }
        }
    }
}
