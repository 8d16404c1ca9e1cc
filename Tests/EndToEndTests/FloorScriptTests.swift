// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleCore
import Foundation
import Testing

@testable import ConformanceCommands

/// Scripts that `bench suite` compares with, as it runs them; they get no engine and no smolvm here.
struct FloorScriptTests {
    private static let patience = Duration.seconds(20)

    private func withScript(_ text: String, _ body: (FloorScript) async throws -> Void) async throws {
        let file = FileManager.default.temporaryDirectory.appending(path: "floor-\(UUID().uuidString).sh")
        try Data(text.utf8).write(to: file)
        defer { try? FileManager.default.removeItem(at: file) }
        try await body(FloorScript(path: file.path))
    }

    private func failure(_ script: FloorScript, _ arguments: [String], _ variables: [String: String]) async
        -> BottleError?
    {
        do {
            let text = try await script.output(arguments, variables: variables, patience: Self.patience)
            Issue.record("it did not fail: \(text)")
            return nil
        } catch {
            return error as? BottleError
        }
    }

    @Test func `what a script prints is returned, with the variables that it was given`() async throws {
        try await withScript("echo \"floor $1 calls $TIME ms\"") { script in
            let text = try await script.output(
                ["3"], variables: ["PATH": "/usr/bin:/bin", "TIME": "12"], patience: Self.patience)
            #expect(MachineFloor.Answer(text)?.milliseconds == 12)
        }
    }

    @Test func `a machine that ended by itself is no failure of the script`() async throws {
        try await withScript("exit 75") { script in
            await #expect(throws: FloorScript.MachineEnded.self) {
                try await script.output([], variables: ["PATH": "/usr/bin:/bin"], patience: Self.patience)
            }
        }
    }

    @Test func `the first sentence of its own is the reason`() async throws {
        let text = "echo noise >&2; echo 'smolvm-floor.sh: the reason' >&2; echo 'beside it' >&2; exit 1"
        try await withScript(text) { script in
            let error = await failure(script, [], ["PATH": "/usr/bin:/bin"])
            #expect(error?.code == .launch && error?.message.contains("\"smolvm-floor.sh: the reason\"") == true)
        }
    }

    @Test(arguments: [
        (["machine", "floor-1", "10.77.9"], "smolvm-floor.sh: smolvm could not make the machine: "),
        (["conversion", "nosuch:1"], "nosuch-engine"), ([], "usage: "), (["other"], "usage: "),
        (["bottle", "/nosuch", "floor-1", "10.77.9"], "/nosuch/bottle-launcher"),
    ])
    func `the floor of microVMs says what it lacks, and leaves nothing`(
        arguments: [String], says: String
    ) async throws {
        let place = FileManager.default.temporaryDirectory.appending(path: "floor-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: place, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: place) }
        let name = try #require(FloorScript.place(.smolmachines))
        let script = try FloorScript(path: try Tool.root.appending(path: name).path)
        let error = await failure(
            script, arguments,
            [
                "PATH": "/usr/bin:/bin", "TMPDIR": place.path, "BOTTLE_SMOLVM": "/nosuch-smolvm",
                "BOTTLE_SMOLVM_STATE": place.path, "BOTTLE_SMOLVM_ARTEFACT": "/nosuch-artefact",
                "BOTTLE_ENGINE": "/nosuch-engine",
            ])
        #expect(error?.code == .launch && error?.message.contains(says) == true, "\(String(describing: error))")
        #expect(try FileManager.default.contentsOfDirectory(atPath: place.path).isEmpty)
    }
}
