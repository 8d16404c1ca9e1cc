// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import ConformanceEngine

/// Answers the lines of a batch as the real probe does, without doing anything.
enum FakeProbe {
    struct Line {
        var action: String
        var id: String
        var nonce: String
        var fields: [String]
    }

    static func lines(of stdin: [UInt8]) -> [Line] {
        String(decoding: stdin, as: UTF8.self).split(separator: "\n").compactMap { line in
            let fields = line.split(separator: " ").map(String.init)
            guard fields.count >= 3 else { return nil }
            return Line(action: fields[0], id: fields[1], nonce: fields[2], fields: Array(fields.dropFirst(3)))
        }
    }

    static func answer(
        _ line: Line, stage: String = "done", errno: String = "null", received: [[UInt8]] = [], facts: String = "{}",
        begin: String? = nil, end: String? = nil
    ) -> String {
        let turns = received.map { "\"\(Hex.encode($0))\"" }.joined(separator: ",")
        return "{\"begin\":\"\(begin ?? line.nonce)\",\"id\":\"\(line.id)\",\"stage\":\"\(stage)\",\"errno\":\(errno),"
            + "\"ms\":1.250,\"killed\":false,\"received\":[\(turns)],\"facts\":\(facts),\"end\":\"\(end ?? line.nonce)\"}\n"
    }

    static func run(_ stdin: [UInt8]) -> [UInt8] {
        Array(lines(of: stdin).map { answer($0, facts: "{\"action\":\"\($0.action)\"}") }.joined().utf8)
    }
}
