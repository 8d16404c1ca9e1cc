// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing

/// The stand-in for the real pipelock, built for one test.
enum StandIn {
    /// Builds it into the tool's directory with the compiler that came with Swift.
    ///
    /// - Parameter linking: What it is linked with besides its libraries; a bundle has no shared ones.
    static func build(for tool: Tool, linking: [String] = ["-static"]) async throws -> String {
        let path = tool.file("pipelock").path
        let source = try Tool.root.appending(path: "Fixtures/pipelock/stand-in.c").path
        let process = Process()
        process.executableURL = URL(filePath: "/bin/sh")
        process.arguments = [
            "-c",
            #"cc=$(command -v clang) || cc=$(dirname "$(readlink -f "$(command -v swift)")")/clang; exec "$cc" "$@""#,
            "sh", "-O1", "-Wall", "-Wextra", "-Werror", "-o", path, source,
        ]
        process.arguments? += linking
        try process.run()
        process.waitUntilExit()
        try #require(process.terminationStatus == 0, "the stand-in could not be built")
        return path
    }
}
