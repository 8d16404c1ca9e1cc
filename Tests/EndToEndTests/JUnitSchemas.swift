// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing

/// The two schemas that consumers of JUnit files enforce; they are nobody's to copy and stand beside the checkout.
enum JUnitSchemas {
    static let files = ["junit-10.xsd", "junit-windyroad.xsd"]

    /// Whether xmllint and both schemas are here.
    static var areHere: Bool {
        guard let directory, FileManager.default.isExecutableFile(atPath: "/usr/bin/xmllint") else { return false }
        return files.allSatisfy { FileManager.default.fileExists(atPath: directory.appending(path: $0).path) }
    }

    /// What the schemas object to; empty when the file is valid under both.
    static func complaints(about report: URL) throws -> String {
        var text = ""
        for file in files {
            let process = Process()
            process.executableURL = URL(filePath: "/usr/bin/xmllint")
            let schema = try #require(directory).appending(path: file).path
            process.arguments = ["--noout", "--schema", schema, report.path]
            let pipe = Pipe()
            process.standardError = pipe
            try process.run()
            let output = try pipe.fileHandleForReading.readToEnd() ?? Data()
            process.waitUntilExit()
            if process.terminationStatus != 0 { text += String(decoding: output, as: UTF8.self) }
        }
        return text
    }

    private static var directory: URL? { try? Tool.root.deletingLastPathComponent().appending(path: "shared/data") }
}
