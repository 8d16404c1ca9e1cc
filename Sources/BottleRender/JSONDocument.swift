// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

package import BottleCore

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// Deterministic JSON that is YAML as well.
package enum JSONDocument {
    /// The bytes of a document, one trailing newline included.
    ///
    /// - Throws: `.internalFault` when the value has no JSON form.
    package static func render(_ value: some Encodable, file: String) throws(BottleError) -> [UInt8] {
        let encoder = JSONEncoder()
        // YAML has no escape for a slash.
        encoder.outputFormatting = [.sortedKeys, .prettyPrinted, .withoutEscapingSlashes]
        do {
            return try Array(encoder.encode(value)) + [UInt8(ascii: "\n")]
        } catch {
            throw BottleError(.internalFault, "The file \(file) could not be rendered.", cause: error)
        }
    }
}
