// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

/// Text as it travels: the probe never hashes or compares `String`, which Embedded Swift cannot do without tables.
typealias Bytes = [UInt8]

extension [UInt8] {
    /// The bytes of a literal.
    init(_ text: StaticString) {
        self = text.withUTF8Buffer { Bytes($0) }
    }

    /// The bytes of a NUL-terminated C string, without the NUL; empty for a null pointer.
    init(terminated pointer: UnsafePointer<UInt8>?) {
        self = []
        guard var cursor = pointer else { return }
        while cursor.pointee != 0 {
            append(cursor.pointee)
            cursor += 1
        }
    }

    /// The number in decimal digits.
    init(decimal number: UInt64) {
        var digits: Bytes = []
        var rest = number
        repeat {
            digits.append(0x30 + UInt8(truncatingIfNeeded: rest % 10))
            rest /= 10
        } while rest > 0
        self = digits.reversed()
    }

    /// The number in the given base (at most 16), lower case, padded with zeros to a width.
    init(_ number: UInt64, base: UInt64, width: Int) {
        var digits: Bytes = []
        var rest = number
        repeat {
            digits.append(Hex.digit(UInt8(truncatingIfNeeded: rest % base)))
            rest /= base
        } while rest > 0
        while digits.count < width { digits.append(0x30) }
        self = digits.reversed()
    }

    /// The same bytes with the NUL that C expects after a path.
    var terminated: Bytes { self + [0] }

    /// Appends the bytes of a literal.
    mutating func append(_ text: StaticString) {
        text.withUTF8Buffer { append(contentsOf: $0) }
    }
}

extension Collection where Element == UInt8 {
    /// Whether these are exactly the bytes of the literal.
    func equals(_ text: StaticString) -> Bool {
        text.withUTF8Buffer { elementsEqual($0) }
    }

    /// The number in plain decimal digits; nil for anything else, signs and overflow included.
    var decimal: UInt64? {
        guard !isEmpty else { return nil }
        var number: UInt64 = 0
        for byte in self {
            guard byte >= 0x30, byte <= 0x39 else { return nil }
            let (scaled, overflow) = number.multipliedReportingOverflow(by: 10)
            let (sum, carry) = scaled.addingReportingOverflow(UInt64(byte - 0x30))
            guard !overflow, !carry else { return nil }
            number = sum
        }
        return number
    }

    /// The pieces between single separators; as many as separators plus one, empty ones included.
    func pieces(separatedBy separator: UInt8) -> [Bytes] {
        var pieces: [Bytes] = []
        var current: Bytes = []
        for byte in self {
            if byte == separator {
                pieces.append(current)
                current = []
            } else {
                current.append(byte)
            }
        }
        pieces.append(current)
        return pieces
    }

    /// The words between runs of spaces and tabs, as the tables of the kernel are laid out.
    var words: [Bytes] {
        var words: [Bytes] = []
        var current: Bytes = []
        for byte in self {
            if byte == 0x20 || byte == 0x09 {
                if !current.isEmpty { words.append(current) }
                current = []
            } else {
                current.append(byte)
            }
        }
        if !current.isEmpty { words.append(current) }
        return words
    }
}
