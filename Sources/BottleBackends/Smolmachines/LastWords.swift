// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleCore
import BottleSystem
import SystemPackage

/// What a machine that ended by itself left in its logs: whoever looks for the reason has nothing else.
enum LastWords {
    /// A log of more is no log of a machine that lived for minutes.
    private static let limit = 4 << 20
    /// Of each log, in bytes.
    private static let length = 300

    /// The ends of the logs in a machine's data directory, as one quoted text each; nil where there is none.
    static func read(_ directory: String) -> String? {
        let texts = HostFiles.names(in: directory).filter { $0.hasSuffix(".log") }.compactMap { name -> String? in
            guard let end = end(of: "\(directory)/\(name)"), !end.isEmpty else { return nil }
            return "\(name) ends with \(Quoted(String(decoding: end, as: UTF8.self), limit: length))"
        }
        return texts.isEmpty ? nil : texts.joined(separator: ", ")
    }

    private static func end(of path: String) -> [UInt8]? {
        guard let file = try? FileDescriptor.open(path, .readOnly, options: [.closeOnExec, .noFollow]) else {
            return nil
        }
        defer { try? file.close() }
        guard let status = FileStatus(file.rawValue), status.kind == .file, status.size <= limit else { return nil }
        var bytes = [UInt8](repeating: 0, count: length)
        let start = max(0, status.size - length)
        let count = try? bytes.withUnsafeMutableBytes { try file.read(fromAbsoluteOffset: Int64(start), into: $0) }
        var text = bytes.prefix(count ?? 0)
        while let last = text.last, last == 10 || last == 13 || last == 32 { text.removeLast() }
        // Whole lines, where the last one is not longer than that.
        if start > 0, let first = text.firstIndex(of: 10) { text = text[(first + 1)...] }
        return Array(text)
    }
}
