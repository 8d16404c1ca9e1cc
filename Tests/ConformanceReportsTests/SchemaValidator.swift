// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing

/// xmllint and the two schemas, where this machine and checkout have them.
enum SchemaValidator {
    /// The two schemas; fewer when this checkout has none beside it.
    static let schemas: [URL] = {
        var directory = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        while directory.path != "/",
            !FileManager.default.fileExists(atPath: directory.appending(path: "Package.swift").path)
        {
            directory.deleteLastPathComponent()
        }
        // A clone may lie one or two levels below what it shares with others.
        return ["junit-10.xsd", "junit-windyroad.xsd"].compactMap { name in
            ["..", "../.."].map { directory.appending(path: "\($0)/shared/data/\(name)").standardizedFileURL }
                .first { FileManager.default.isReadableFile(atPath: $0.path) }
        }
    }()

    /// The path of xmllint, if it is in PATH.
    static let xmllint = (ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin").split(separator: ":")
        .map { "\($0)/xmllint" }.first { FileManager.default.isExecutableFile(atPath: $0) }

    /// Whether both are there.
    static var isPossible: Bool { xmllint != nil && schemas.count == 2 }

    /// The exit code of xmllint for a document and a schema, and what it said.
    static func validate(_ document: URL, against schema: URL) async throws -> (Int32, String) {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: try #require(xmllint))
        process.arguments = ["--noout", "--nonet", "--schema", schema.path, document.path]
        let errors = document.appendingPathExtension("\(schema.lastPathComponent).txt")
        #expect(FileManager.default.createFile(atPath: errors.path, contents: nil))
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = FileHandle.nullDevice
        process.standardError = try FileHandle(forWritingTo: errors)
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
        return (status, String(decoding: try Data(contentsOf: errors).prefix(2000), as: UTF8.self))
    }
}
