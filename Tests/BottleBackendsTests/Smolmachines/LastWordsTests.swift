// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing

@testable import BottleBackends

struct LastWordsTests {
    @Test func `the ends of logs are told, and of nothing else`() throws {
        let directory = FileManager.default.temporaryDirectory.appending(path: "words-\(UUID())")
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: directory) }
        #expect(LastWords.read(directory.path) == nil)
        func write(_ text: String, _ name: String) throws {
            try Data(text.utf8).write(to: directory.appending(path: name))
        }
        try write("disk", "storage.ext4")
        try write("", "empty.log")
        try FileManager.default.createSymbolicLink(
            atPath: directory.appending(path: "link.log").path, withDestinationPath: "/etc/passwd")
        #expect(LastWords.read(directory.path) == nil)
        try write(String(repeating: "boring line\n", count: 100) + "\u{1b}[31mpanic: \"end\"\r\n\n", "console.log")
        let said = try #require(LastWords.read(directory.path))
        #expect(said.hasPrefix("console.log ends with \"boring line"))
        #expect(said.contains("panic: ") && !said.contains("\u{1b}") && said.utf8.count < 700, "\(said)")
        #expect(LastWords.read("/no/such/directory") == nil)
    }
}
