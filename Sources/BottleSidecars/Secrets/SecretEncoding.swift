// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

/// A spelling in which a secret may stand.
enum SecretEncoding: Sendable, CaseIterable {
    case plain, hex
    /// In base64 a byte stands in one of three ways, by how many bytes come before it in its group of three.
    case base64, base64AfterOne, base64AfterTwo

    private var bytesBefore: Int? {
        switch self {
        case .plain, .hex: nil
        case .base64: 0
        case .base64AfterOne: 1
        case .base64AfterTwo: 2
        }
    }

    /// The first two bytes of every way in which something that begins so is spelled.
    ///
    /// - Parameter beginning: Three bytes at least.
    func starts(of beginning: [UInt8]) -> [(UInt8, UInt8)] {
        guard beginning.count >= 3 else { return [] }
        switch self {
        case .plain: return [(beginning[0], beginning[1])]
        case .hex: return Self.pairs(Self.hexDigits(beginning[0] >> 4), Self.hexDigits(beginning[0] & 15))
        case .base64, .base64AfterOne, .base64AfterTwo:
            // The first two digits that nothing but the beginning decides.
            let bits = beginning.prefix(3).reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
            let skipped = bytesBefore == 1 ? 4 : bytesBefore == 2 ? 2 : 0
            let digits = [0, 6].map { UInt8(bits >> UInt32(18 - skipped - $0) & 63) }
            return Self.pairs(Self.base64Digits(digits[0]), Self.base64Digits(digits[1]))
        }
    }

    /// Whether a secret is spelled so, and its first two decided bytes stand at `index`.
    func holds(_ pattern: SecretPattern, in bytes: UnsafeBufferPointer<UInt8>, at index: Int) -> Bool {
        let need = pattern.beginning.count + pattern.count
        switch self {
        case .plain:
            return pattern.matches(Array(bytes[index..<min(bytes.count, index + need)])[...])
        case .hex:
            let end = min(bytes.count, index + 2 * need)
            return pattern.matches(Self.hex(bytes[index..<end])[...])
        case .base64, .base64AfterOne, .base64AfterTwo:
            let before = bytesBefore ?? 0
            // The group begins with digits that somebody else decides as well.
            let start = index - (before == 0 ? 0 : before + 1)
            guard start >= 0 else { return false }
            let end = min(bytes.count, start + (before + need + 2) / 3 * 4)
            return pattern.matches(Self.base64(bytes[start..<end]).dropFirst(before))
        }
    }

    /// Everything in some bytes that can be read as base64 or hex, decoded in every way.
    static func decodedRuns(of bytes: [UInt8]) -> [[UInt8]] {
        bytes.withUnsafeBufferPointer { bytes in
            var texts: [[UInt8]] = []
            for run in runs(of: bytes, { base64Value($0) != nil }, least: 16) {
                texts += (0..<4).map { base64(run.dropFirst($0)) }
            }
            for run in runs(of: bytes, { hexDigit($0) != nil }, least: 16) {
                texts += (0..<2).map { hex(run.dropFirst($0)) }
            }
            return texts
        }
    }

    private static func runs(
        of bytes: UnsafeBufferPointer<UInt8>, _ belongs: (UInt8) -> Bool, least: Int
    ) -> [Slice<UnsafeBufferPointer<UInt8>>] {
        var runs: [Slice<UnsafeBufferPointer<UInt8>>] = []
        var start: Int?
        for index in 0...bytes.count {
            if index < bytes.count, belongs(bytes[index]) {
                start = start ?? index
            } else if let begun = start {
                if index - begun >= least { runs.append(bytes[begun..<index]) }
                start = nil
            }
        }
        return runs
    }

    /// As far as it is base64.
    private static func base64(_ digits: Slice<UnsafeBufferPointer<UInt8>>) -> [UInt8] {
        var result: [UInt8] = []
        var (value, bits) = (UInt32(0), 0)
        for digit in digits {
            guard let six = base64Value(digit) else { break }
            value = value << 6 | UInt32(six)
            bits += 6
            guard bits >= 8 else { continue }
            bits -= 8
            result.append(UInt8(truncatingIfNeeded: value >> UInt32(bits)))
        }
        return result
    }

    /// As far as it is hex.
    private static func hex(_ digits: Slice<UnsafeBufferPointer<UInt8>>) -> [UInt8] {
        var result: [UInt8] = []
        var high: Int?
        for digit in digits {
            guard let four = hexDigit(digit) else { break }
            if let first = high {
                result.append(UInt8(first << 4 | four))
                high = nil
            } else {
                high = four
            }
        }
        return result
    }

    private static func pairs(_ first: [UInt8], _ second: [UInt8]) -> [(UInt8, UInt8)] {
        first.flatMap { one in second.map { (one, $0) } }
    }

    private static func hexDigits(_ value: UInt8) -> [UInt8] {
        value < 10 ? [0x30 + value] : [0x61 + value - 10, 0x41 + value - 10]
    }

    /// In the alphabet of files and in that of URLs.
    private static func base64Digits(_ value: UInt8) -> [UInt8] {
        switch value {
        case ..<26: [0x41 + value]
        case ..<52: [0x61 + value - 26]
        case ..<62: [0x30 + value - 52]
        case 62: Array("+-".utf8)
        default: Array("/_".utf8)
        }
    }

    /// The value of a digit of base64, in either alphabet; nil for every other byte.
    private static func base64Value(_ byte: UInt8) -> UInt8? {
        switch byte {
        case 0x41...0x5a: byte - 0x41
        case 0x61...0x7a: byte - 0x61 + 26
        case 0x30...0x39: byte - 0x30 + 52
        case UInt8(ascii: "+"), UInt8(ascii: "-"): 62
        case UInt8(ascii: "/"), UInt8(ascii: "_"): 63
        default: nil
        }
    }
}
