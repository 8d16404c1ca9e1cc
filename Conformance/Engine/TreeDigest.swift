// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

/// A tree as one digest, the way the probe reports one: so that a copy in a guest can be compared with its source.
public enum TreeDigest {
    /// One entry below the root of the tree.
    public struct Entry: Sendable, Hashable {
        public enum Content: Sendable, Hashable {
            case directory
            case file([UInt8])
            case link(target: String)
        }
        public var path: String
        /// Permission bits; those of a link mean nothing.
        public var mode: UInt16
        public var content: Content

        public init(path: String, mode: UInt16, content: Content) {
            self.path = path
            self.mode = mode
            self.content = content
        }
    }

    /// The digest of one line an entry, in the order of the paths' bytes.
    public static func of(_ entries: [Entry]) -> String {
        let sorted = entries.sorted { $0.path.utf8.lexicographicallyPrecedes($1.path.utf8) }
        return SHA256.hex(sorted.flatMap { Array(line($0).utf8) })
    }

    private static func line(_ entry: Entry) -> String {
        let (type, mode, digest) =
            switch entry.content {
            case .directory: ("d", entry.mode, "-")
            case .file(let bytes): ("r", entry.mode, SHA256.hex(bytes))
            case .link(let target): ("l", UInt16(0o777), SHA256.hex(Array(target.utf8)))
            }
        let octal = String(mode, radix: 8)
        return "\(type) \(String(repeating: "0", count: max(0, 4 - octal.count)))\(octal) \(digest) \(entry.path)\n"
    }
}
