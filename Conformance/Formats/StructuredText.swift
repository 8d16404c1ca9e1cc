// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

package import BottleCore
package import ConformanceEngine

/// Reads what a driver rendered, by parsers that had no part in rendering it.
///
/// Stricter than the formats: what two readers could take for two things is refused, so that a verdict never depends on
/// whose parser it was. Duplicate keys, anchors, custom tags, a second document and NUL bytes are refused everywhere.
package enum StructuredText {
    /// Bytes of a text that are read at most.
    package static let longest = 4 << 20

    /// Reads a JSON document.
    ///
    /// - Throws: `.input` saying what is wrong with it.
    package static func json(_ text: String) throws(BottleError) -> JSONValue {
        try check(text)
        return try JSONValue.parse(text.utf8)
    }

    /// Reads a YAML document.
    ///
    /// - Throws: `.input` saying what is wrong with it.
    package static func yaml(_ text: String) throws(BottleError) -> JSONValue {
        try check(text)
        return try YAMLReader.read(text)
    }

    /// Reads a TOML document.
    ///
    /// - Throws: `.input` saying what is wrong with it.
    package static func toml(_ text: String) throws(BottleError) -> JSONValue {
        try check(text)
        return try TOMLReader.read(text)
    }

    private static func check(_ text: String) throws(BottleError) {
        guard text.utf8.count <= longest else {
            throw BottleError(.input, "It is longer than \(longest) bytes.")
        }
        // Parsers written in C end there, and would not see what follows.
        guard !text.utf8.contains(0) else { throw BottleError(.input, "It contains a NUL byte.") }
    }
}
