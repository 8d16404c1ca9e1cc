// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

/// A quoted string that TOML (basic string) and YAML (double-quoted) read alike.
///
/// The two formats share these escapes. Everything but printable ASCII is escaped, so a reader of the file sees what a
/// parser sees: no invisible, reordering or line-breaking character stands in it as itself.
package enum BasicString {
    /// The text in double quotes, always one line of printable ASCII.
    package static func quoted(_ text: String) -> String {
        var bytes = [quote]
        append(text, to: &bytes)
        bytes.append(quote)
        return String(decoding: bytes, as: UTF8.self)
    }

    static let quote = UInt8(ascii: "\"")

    /// Appends what stands between the quotes.
    static func append(_ text: String, to bytes: inout [UInt8]) {
        // Nearly every text is plain, and then it is one copy.
        let isDone = text.utf8.withContiguousStorageIfAvailable { storage in
            for byte in storage where !isPlain(byte) { return false }
            bytes.append(contentsOf: storage)
            return true
        }
        if isDone == true { return }
        for scalar in text.unicodeScalars { append(scalar, to: &bytes) }
    }

    private static func isPlain(_ byte: UInt8) -> Bool {
        byte >= 0x20 && byte < 0x7f && byte != quote && byte != UInt8(ascii: "\\")
    }

    private static func append(_ scalar: Unicode.Scalar, to bytes: inout [UInt8]) {
        if let byte = UInt8(exactly: scalar.value), isPlain(byte) { return bytes.append(byte) }
        bytes.append(UInt8(ascii: "\\"))
        switch scalar {
        case "\"", "\\": bytes.append(UInt8(truncatingIfNeeded: scalar.value))
        case "\u{8}": bytes.append(UInt8(ascii: "b"))
        case "\t": bytes.append(UInt8(ascii: "t"))
        case "\n": bytes.append(UInt8(ascii: "n"))
        case "\u{c}": bytes.append(UInt8(ascii: "f"))
        case "\r": bytes.append(UInt8(ascii: "r"))
        default:
            let isLong = scalar.value > 0xffff
            bytes.append(UInt8(ascii: isLong ? "U" : "u"))
            bytes.append(contentsOf: hex(scalar, digits: isLong ? 8 : 4).utf8)
        }
    }

    /// Appends the texts, quoted, as an array on one line.
    static func appendArray(_ texts: some Sequence<String>, to bytes: inout [UInt8]) {
        appendArray(texts, to: &bytes) { text, bytes in append(text, to: &bytes) }
    }

    /// Appends `NAME=value`, each one text, in the order of the names.
    static func appendVariables(_ variables: [String: String], to bytes: inout [UInt8]) {
        appendArray(CodePointOrder.sorted(variables), to: &bytes) { variable, bytes in
            append(variable.key, to: &bytes)
            bytes.append(UInt8(ascii: "="))
            append(variable.value, to: &bytes)
        }
    }

    private static func appendArray<Element>(
        _ elements: some Sequence<Element>, to bytes: inout [UInt8], one: (Element, inout [UInt8]) -> Void
    ) {
        bytes.append(UInt8(ascii: "["))
        var isFirst = true
        for element in elements {
            if !isFirst { bytes.append(contentsOf: ", ".utf8) }
            isFirst = false
            bytes.append(quote)
            one(element, &bytes)
            bytes.append(quote)
        }
        bytes.append(UInt8(ascii: "]"))
    }

    /// The texts, quoted, as an array on one line.
    package static func array(_ texts: some Sequence<String>) -> String {
        "[\(texts.map(quoted).joined(separator: ", "))]"
    }

    private static func hex(_ scalar: Unicode.Scalar, digits: Int) -> String {
        let text = String(scalar.value, radix: 16, uppercase: true)
        return String(repeating: "0", count: digits - text.count) + text
    }
}
