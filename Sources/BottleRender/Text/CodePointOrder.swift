// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

/// The order that is the same in every language and on every machine: by code point, not by locale or normal form.
package enum CodePointOrder {
    /// Whether one text stands before the other.
    package static func precedes(_ first: String, _ second: String) -> Bool {
        // UTF-8 keeps the order of the code points. Over the bytes as they lie in memory this is several times faster.
        let known = first.utf8.withContiguousStorageIfAvailable { left in
            second.utf8.withContiguousStorageIfAvailable { right in
                left.lexicographicallyPrecedes(right)
            }
        }
        return (known ?? nil) ?? first.utf8.lexicographicallyPrecedes(second.utf8)
    }

    /// The pairs in the order of their keys.
    package static func sorted<Value>(_ values: [String: Value]) -> [(key: String, value: Value)] {
        values.sorted { precedes($0.key, $1.key) }
    }
}
