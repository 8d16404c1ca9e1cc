// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

/// Writes JSON by hand, for values that may be arbitrary bytes.
struct Json {
    /// What was written so far.
    private(set) var bytes: Bytes = []

    /// Appends a piece of JSON syntax as it is.
    mutating func raw(_ text: StaticString) {
        bytes.append(text)
    }

    /// Appends digits or other bytes that need no quoting.
    mutating func raw(_ text: Bytes) {
        bytes.append(contentsOf: text)
    }

    /// Appends a quoted string; the bytes must be valid UTF-8.
    mutating func string(_ text: some Collection<UInt8>) {
        bytes.append(0x22)
        for byte in text {
            switch byte {
            case 0x22, 0x5c:
                bytes.append(0x5c)
                bytes.append(byte)
            case 0..<0x20, 0x7f:
                bytes.append("\\u00")
                bytes.append(Hex.digit(byte >> 4))
                bytes.append(Hex.digit(byte & 15))
            default:
                bytes.append(byte)
            }
        }
        bytes.append(0x22)
    }

    /// Appends a string, or `{"hex":"..."}` for bytes that are not valid UTF-8.
    mutating func value(_ text: Bytes) {
        if Utf8.isValid(text) {
            string(text)
        } else {
            raw("{\"hex\":\"")
            raw(Hex.encode(text))
            raw("\"}")
        }
    }
}
