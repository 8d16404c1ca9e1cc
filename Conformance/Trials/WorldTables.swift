// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

#if os(Linux)
    /// What stands in the kernel's tables of a namespace.
    enum WorldTables {
        /// The interfaces of `net/dev`.
        static func links(_ table: String) -> [String] {
            table.split(whereSeparator: \.isNewline).dropFirst(2).compactMap { line in
                line.firstIndex(of: ":").map { String(line[..<$0].drop { $0 == " " }) }
            }
        }

        /// The mount points of `mountinfo`, with its escapes.
        static func mounts(_ table: String) -> [String] {
            table.split(whereSeparator: \.isNewline).compactMap { line in
                let fields = line.split(separator: " ")
                return fields.count > 4 ? String(fields[4]) : nil
            }
        }

        /// The names of the sockets of `net/unix` that somebody listens at.
        static func listeners(_ table: String) -> [String] {
            table.split(whereSeparator: \.isNewline).dropFirst().compactMap { line in
                let fields = line.split(separator: " ", maxSplits: 7, omittingEmptySubsequences: true)
                guard fields.count == 8, let flags = UInt32(fields[3], radix: 16), flags & 0x10000 != 0 else {
                    return nil
                }
                return "unix \(fields[7])"
            }
        }
    }
#endif
