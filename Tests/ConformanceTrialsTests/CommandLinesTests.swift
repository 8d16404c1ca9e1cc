// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import ConformanceEngine
import Foundation
import Testing

@testable import ConformanceTrials

/// The reading of command lines, of real processes and of texts.
@Suite struct CommandLinesTests {
    private struct NoProcesses: Error {}

    /// A process with these arguments, which ends when the body does.
    private func with(_ arguments: [String], _ body: () throws -> Void) throws {
        let (process, input, output) = (Process(), Pipe(), Pipe())
        process.executableURL = URL(filePath: "/bin/sh")
        process.arguments = ["-c", "echo up; read -r line"] + arguments
        process.standardInput = input
        process.standardOutput = output
        try process.run()
        defer {
            try? input.fileHandleForWriting.close()
            process.waitUntilExit()
        }
        // It is there before it has a command line.
        #expect(!output.fileHandleForReading.availableData.isEmpty)
        try body()
    }

    private func sees(_ text: String, in lines: inout CommandLines) -> Bool {
        var isSeen = false
        lines.read { if Data($0).range(of: Data(text.utf8)) != nil { isSeen = true } }
        return isSeen
    }

    @Test func aProcessIsSeenAsLongAsItIsThere() throws {
        guard var lines = CommandLines() else { throw NoProcesses() }
        let mark = "mark-\(UUID())"
        #expect(!sees(mark, in: &lines))
        try with([mark]) {
            // Beyond the rounds after which everything is learned anew.
            for _ in 0..<250 { #expect(sees(mark, in: &lines)) }
        }
        #expect(!sees(mark, in: &lines))
    }

    @Test func aLongCommandLineIsReadToItsEnd() throws {
        guard var lines = CommandLines() else { throw NoProcesses() }
        let mark = "mark-\(UUID())"
        try with([String(repeating: "x", count: 100_000), mark]) { #expect(sees(mark, in: &lines)) }
    }

    @Test(arguments: [
        ("2 (kthreadd) S 0 0 0 0 -1 2129984 0 0", true),
        ("77 (a) b) (c) I 2 0 0 0 -1 69238880 0 0 0", true),
        ("812 (sh) S 1 812 812 0 -1 4194560 0 0", false),
        ("812 (sh) Z 1 812 812 0 -1 4228108 0 0", false),
        ("812 (2129984 2129984 2129984) S 1 812 812 0 -1 4194560 0 0", false), ("812 (sh) S 1 812 812 0 -1", false),
        ("812 (sh) S 1 812 812 0 -1 x", false), ("", false),
    ])
    func aThreadOfTheKernelIsToldByItsFlags(stat: String, isOfKernel: Bool) {
        #expect(CommandLines.isOfKernel(stat: Array(stat.utf8)[...]) == isOfKernel)
    }
}
