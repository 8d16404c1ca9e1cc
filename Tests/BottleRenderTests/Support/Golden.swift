// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing

/// A file under `Fixtures/golden` that a renderer has to hit byte for byte.
///
/// With BOTTLE_RECORD=1 the files are written instead, and the run fails: what was recorded has to be read by a person.
enum Golden {
    static let folder: URL = {
        var directory = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        while directory.path != "/",
            !FileManager.default.fileExists(atPath: directory.appending(path: "Package.swift").path)
        {
            directory.deleteLastPathComponent()
        }
        return directory.appending(path: "Fixtures/golden")
    }()

    /// The first line in which two files differ, or nil when they are the same.
    static func difference(_ actual: [UInt8], _ expected: [UInt8]) -> String? {
        if actual == expected { return nil }
        let newline = UInt8(ascii: "\n")
        let lines = [actual, expected].map { $0.split(separator: newline, omittingEmptySubsequences: false) }
        let index =
            zip(lines[0], lines[1]).enumerated().first { $1.0 != $1.1 }?.offset ?? min(lines[0].count, lines[1].count)
        let texts = lines.map { index < $0.count ? String(decoding: $0[index], as: UTF8.self) : "<end of file>" }
        return "line \(index + 1):\n- \(texts[1])\n+ \(texts[0])"
    }

    /// Compares what a renderer wrote with its golden file, and what it wrote for a twin of the input that differs in
    /// one way: the twin has to differ from the file, or the comparison is blind.
    static func check(
        _ name: String, _ actual: [UInt8], twin: [UInt8], sourceLocation: SourceLocation = #_sourceLocation
    ) throws {
        let file = folder.appending(path: name)
        if ProcessInfo.processInfo.environment["BOTTLE_RECORD"] == "1" {
            try Data(actual).write(to: file)
            Issue.record(
                "\(name) was recorded: read it, then run again without BOTTLE_RECORD.", sourceLocation: sourceLocation)
            return
        }
        let expected = [UInt8](try Data(contentsOf: file))
        let difference = difference(actual, expected)
        #expect(difference == nil, "\(name) is not what is rendered", sourceLocation: sourceLocation)
        #expect(
            self.difference(twin, expected) != nil, "the twin of \(name) is not seen", sourceLocation: sourceLocation)
        // Whatever single line is lost or doubled in the file is seen as well.
        let lines = expected.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
        for index in lines.indices.dropLast() {
            var changed = lines
            changed[index] = changed[index] + [UInt8(ascii: "#")]
            let mutated = Array(changed.joined(separator: [UInt8(ascii: "\n")]))
            #expect(
                self.difference(actual, mutated) != nil, "\(name), line \(index + 1)", sourceLocation: sourceLocation)
        }
    }
}
