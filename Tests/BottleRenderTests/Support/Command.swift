// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import Foundation
import Subprocess
import SystemPackage
import Testing

/// Runs a program with a deadline of a minute.
struct Command {
    /// A program was killed since it was not over after a minute.
    struct Overdue: Error {
        let program: String
    }

    let status: Int32
    let stdout: [UInt8]
    let stderr: String

    /// Where a program stands in PATH, if anywhere.
    static func path(_ name: String) -> String? {
        (ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/bin").split(separator: ":").map { "\($0)/\(name)" }
            .first { FileManager.default.isExecutableFile(atPath: $0) }
    }

    /// Runs it to its end in `directory` and gathers what it wrote.
    ///
    /// Not with Foundation's `Process`, which keeps the files it was given open for good: hundreds of runs would take the
    /// test process beyond the 1365 descriptors at which `Process` crashes.
    static func run(
        _ argv: [String], in directory: URL, environment: [String: String] = [:], input: [UInt8] = []
    ) async throws -> Command {
        let program = try #require(path(argv[0]) ?? argv.first)
        var variables: [Environment.Key: String] = [
            "PATH": ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/bin"
        ]
        for (name, value) in environment { variables[Environment.Key(stringLiteral: name)] = value }
        return try await withThrowingTaskGroup(of: Command?.self) { [variables] group in
            group.addTask {
                let result = try await Subprocess.run(
                    .path(FilePath(program)), arguments: Arguments(Array(argv.dropFirst())),
                    environment: .custom(variables), workingDirectory: FilePath(directory.path), input: .array(input),
                    output: .bytes(limit: 64 << 20), error: .bytes(limit: 64 << 20))
                let status: Int32 =
                    switch result.terminationStatus {
                    case .exited(let code): Int32(code)
                    case .signaled(let signal): Int32(signal)
                    }
                return Command(
                    status: status, stdout: result.standardOutput,
                    stderr: String(decoding: result.standardError, as: UTF8.self))
            }
            group.addTask {
                try await Task.sleep(for: .seconds(60))
                return nil
            }
            defer { group.cancelAll() }
            guard let first = try await group.next(), let command = first else { throw Overdue(program: program) }
            return command
        }
    }

    /// Runs `body` with a fresh directory that is gone afterwards; its path has no symbolic link in it.
    static func withScratch<Value>(_ body: (URL) async throws -> Value) async throws -> Value {
        let base = FileManager.default.temporaryDirectory.resolvingSymlinksInPath()
        let directory = base.appending(path: "render-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        let result: Value
        do {
            result = try await body(directory)
        } catch {
            try FileManager.default.removeItem(at: directory)
            throw error
        }
        try FileManager.default.removeItem(at: directory)
        return result
    }
}
