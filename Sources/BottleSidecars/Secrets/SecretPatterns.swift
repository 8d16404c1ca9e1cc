// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import Synchronization

/// What counts as a secret: the usual patterns and a user's own, looked for as they are and as base64 and hex.
///
/// Every byte of every body passes here. What a pattern begins with is therefore looked for in all of its spellings at once,
/// by the first two bytes, and nothing is decoded but what begins so.
package struct SecretPatterns: Sendable {
    /// A user's own pattern.
    package final class Own: Sendable {
        package let name: String
        /// A compiled expression is nothing that tasks may share.
        private let expression: Mutex<Regex<AnyRegexOutput>>

        /// An expression that is looked for whatever its case, as the real pipelock does.
        ///
        /// - Throws: What the expression's parser says about it.
        package init(name: String, regex: String) throws {
            self.name = name
            expression = Mutex(try Regex(regex).ignoresCase())
        }

        func isIn(_ text: String) -> Bool { expression.withLock { text.contains($0) } }
    }

    /// A way to spell the beginning of a pattern.
    private struct Spelling: Sendable {
        let encoding: SecretEncoding
        let pattern: SecretPattern
    }

    /// By two bytes, where their spellings stand in `spellings`, plus one; 0 where none begins so.
    private var table = [UInt16](repeating: 0, count: 1 << 16)
    private var spellings: [[Spelling]] = []
    private let own: [Own]

    /// More bytes than any secret has in any of the spellings: what is held back of a stream, so that none is cut in two.
    static let reach = 1024

    /// The usual patterns and no others.
    package static let standard = SecretPatterns()

    package init(usual: [SecretPattern] = SecretPattern.usual, own: [Own] = []) {
        self.own = own
        for pattern in usual {
            for encoding in SecretEncoding.allCases {
                for start in encoding.starts(of: pattern.beginning) {
                    let key = Int(start.0) << 8 | Int(start.1)
                    if table[key] == 0 {
                        spellings.append([])
                        table[key] = UInt16(spellings.count)
                    }
                    spellings[Int(table[key]) - 1].append(Spelling(encoding: encoding, pattern: pattern))
                }
            }
        }
    }

    /// The name of the first secret in some bytes; nil where there is none.
    package func first(in bytes: [UInt8]) -> String? {
        if let name = usual(bytes) { return name }
        guard !own.isEmpty else { return nil }
        for text in [bytes] + SecretEncoding.decodedRuns(of: bytes) {
            let text = String(decoding: text, as: UTF8.self)
            if let found = own.first(where: { $0.isIn(text) }) { return found.name }
        }
        return nil
    }

    private func usual(_ bytes: [UInt8]) -> String? {
        bytes.withUnsafeBufferPointer { bytes in
            table.withUnsafeBufferPointer { table in
                var index = 0
                while index + 1 < bytes.count {
                    let list = table[Int(bytes[index]) << 8 | Int(bytes[index + 1])]
                    if list != 0 {
                        for spelling in spellings[Int(list) - 1]
                        where spelling.encoding.holds(spelling.pattern, in: bytes, at: index) {
                            return spelling.pattern.name
                        }
                    }
                    index += 1
                }
                return nil
            }
        }
    }
}
