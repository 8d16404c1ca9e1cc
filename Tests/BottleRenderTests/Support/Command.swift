// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing

/// Runs a program with a deadline of a minute.
struct Command {
    let status: Int32
    let stdout: [UInt8]
    let stderr: String

    /// Where a program stands in PATH, if anywhere.
    static func path(_ name: String) -> String? {
        (ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/bin").split(separator: ":").map { "\($0)/\(name)" }
            .first { FileManager.default.isExecutableFile(atPath: $0) }
    }

    /// Runs it to its end and gathers what it wrote; `directory` takes the files for that.
    static func run(
        _ argv: [String], in directory: URL, environment: [String: String] = [:], input: [UInt8] = []
    ) async throws -> Command {
        let files = directory.appending(path: "run-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: files, withIntermediateDirectories: false)
        let names = ["stdin", "stdout", "stderr"].map { files.appending(path: $0) }
        for (name, bytes) in zip(names, [input, [], []]) { try Data(bytes).write(to: name) }
        let process = Process()
        process.executableURL = URL(fileURLWithPath: try #require(path(argv[0]) ?? argv.first))
        process.arguments = Array(argv.dropFirst())
        process.currentDirectoryURL = directory
        process.environment = ["PATH": ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/bin"].merging(
            environment
        ) { $1 }
        process.standardInput = try FileHandle(forReadingFrom: names[0])
        process.standardOutput = try FileHandle(forWritingTo: names[1])
        process.standardError = try FileHandle(forWritingTo: names[2])
        let watchdog = DispatchSource.makeTimerSource()
        watchdog.schedule(deadline: .now() + 60)
        let status: Int32 = try await withCheckedThrowingContinuation { continuation in
            process.terminationHandler = { continuation.resume(returning: $0.terminationStatus) }
            do {
                try process.run()
                let pid = process.processIdentifier
                watchdog.setEventHandler { kill(pid, SIGKILL) }
                watchdog.resume()
            } catch {
                process.terminationHandler = nil
                watchdog.resume()
                continuation.resume(throwing: error)
            }
        }
        watchdog.cancel()
        let result = Command(
            status: status, stdout: [UInt8](try Data(contentsOf: names[1])),
            stderr: String(decoding: try Data(contentsOf: names[2]), as: UTF8.self))
        try FileManager.default.removeItem(at: files)
        return result
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
