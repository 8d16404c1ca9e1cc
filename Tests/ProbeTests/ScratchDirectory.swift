// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import Foundation

/// A directory that is gone after the closure.
enum ScratchDirectory {
    static func with<Answer>(_ body: (URL) async throws -> Answer) async throws -> Answer {
        let url = FileManager.default.temporaryDirectory.appendingPathComponent("probe-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: url, withIntermediateDirectories: false)
        defer { try? FileManager.default.removeItem(at: url) }
        return try await body(url)
    }
}

/// The bytes of a text or path as the probe's input wants them.
func hex(_ text: String) -> String { hex(Array(text.utf8)) }

/// The bytes as two lower-case digits each.
func hex(_ bytes: [UInt8]) -> String {
    bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
}
