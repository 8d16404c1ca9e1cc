// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

/// Bytes as pairs of lower-case hexadecimal digits.
enum Hex {
    /// The digit for a value below 16.
    static func digit(_ value: UInt8) -> UInt8 {
        value < 10 ? 0x30 + value : 0x61 + (value & 15) - 10
    }

    /// The value of a lower-case or upper-case digit; nil for other bytes.
    static func value(_ digit: UInt8) -> UInt8? {
        switch digit {
        case 0x30...0x39: digit - 0x30
        case 0x61...0x66: digit - 0x61 + 10
        case 0x41...0x46: digit - 0x41 + 10
        default: nil
        }
    }

    /// Two digits for each byte.
    static func encode(_ bytes: some Collection<UInt8>) -> Bytes {
        var text: Bytes = []
        text.reserveCapacity(bytes.count * 2)
        for byte in bytes {
            text.append(digit(byte >> 4))
            text.append(digit(byte & 15))
        }
        return text
    }

    /// The bytes behind digits, `-` being none at all; nil for an empty, odd or upper-case text.
    static func decode(_ text: some Collection<UInt8>) -> Bytes? {
        if text.equals("-") { return [] }
        guard !text.isEmpty, text.count % 2 == 0 else { return nil }
        var bytes: Bytes = []
        bytes.reserveCapacity(text.count / 2)
        var high: UInt8?
        for digit in text {
            guard !(0x41...0x46).contains(digit), let value = value(digit) else { return nil }
            if let first = high {
                bytes.append(first << 4 | value)
                high = nil
            } else {
                high = value
            }
        }
        return bytes
    }

    /// The number behind up to 16 digits of either case; nil for anything else.
    static func number(_ text: some Collection<UInt8>) -> UInt64? {
        guard !text.isEmpty, text.count <= 16 else { return nil }
        var number: UInt64 = 0
        for digit in text {
            guard let value = value(digit) else { return nil }
            number = number << 4 | UInt64(value)
        }
        return number
    }
}
