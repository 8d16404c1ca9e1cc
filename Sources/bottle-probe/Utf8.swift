// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

/// The rules of UTF-8, checked by hand: overlong forms, surrogates and values above U+10FFFF are invalid.
enum Utf8 {
    /// Whether the bytes are well-formed from the first to the last.
    static func isValid(_ bytes: Bytes) -> Bool {
        var index = 0
        while index < bytes.count {
            let lead = bytes[index]
            let length: Int
            var second: ClosedRange<UInt8> = 0x80...0xbf
            switch lead {
            case 0..<0x80: length = 1
            case 0xc2...0xdf: length = 2
            case 0xe0...0xef:
                length = 3
                if lead == 0xe0 { second = 0xa0...0xbf }
                if lead == 0xed { second = 0x80...0x9f }
            case 0xf0...0xf4:
                length = 4
                if lead == 0xf0 { second = 0x90...0xbf }
                if lead == 0xf4 { second = 0x80...0x8f }
            default: return false
            }
            guard index + length <= bytes.count else { return false }
            if length > 1, !second.contains(bytes[index + 1]) { return false }
            for offset in stride(from: 2, to: length, by: 1) where bytes[index + offset] & 0xc0 != 0x80 {
                return false
            }
            index += length
        }
        return true
    }
}
