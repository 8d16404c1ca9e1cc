// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleCore

/// A Markdown file that declares an agent: `---`, front matter in YAML, `---`, and then the prompt, byte for byte.
struct AgentFile {
    /// The YAML between the two lines; the line before it stands for the first, so that line numbers agree.
    let frontMatter: String
    let prompt: String

    /// Takes a file apart.
    ///
    /// - Throws: `.input` when one of the two lines is missing.
    init(_ text: String, file: String) throws(BottleError) {
        let bytes = Array(text.utf8)
        guard let begin = AgentFile.endOfDelimiter(at: 0, in: bytes) else {
            throw BottleError(.input, "\(file):1:1: found no line \"---\", expected one before the agent's keys.")
        }
        var line = begin
        while line < bytes.count {
            if let end = AgentFile.endOfDelimiter(at: line, in: bytes) {
                frontMatter = "\n" + String(decoding: bytes[begin..<line], as: UTF8.self)
                prompt = String(decoding: bytes[end...], as: UTF8.self)
                return
            }
            line = bytes[line...].firstIndex(of: 0x0a).map { $0 + 1 } ?? bytes.count
        }
        throw BottleError(.input, "\(file):1:1: found no second line \"---\", expected one after the agent's keys.")
    }

    /// Where the line after `---` begins, when that is what stands at an offset.
    private static func endOfDelimiter(at start: Int, in bytes: [UInt8]) -> Int? {
        guard bytes[start...].starts(with: "---".utf8) else { return nil }
        var end = start + 3
        if end < bytes.count, bytes[end] == 0x0d { end += 1 }
        if end == bytes.count { return end }
        return bytes[end] == 0x0a ? end + 1 : nil
    }
}
