// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

/// A shell-like pattern over requirement ids: `*` is any run of characters, `?` is one; case does not matter.
public struct Glob: Sendable, Hashable {
    public let pattern: String
    private let units: [UInt8]

    public init(_ pattern: String) {
        self.pattern = pattern
        units = Array(pattern.lowercased().utf8)
    }

    /// Whether the pattern is a plain id.
    public var isLiteral: Bool { !units.contains(UInt8(ascii: "*")) && !units.contains(UInt8(ascii: "?")) }

    /// Whether the whole of `text` matches; linear in the product of both lengths, so no pattern can stall it.
    public func matches(_ text: String) -> Bool {
        let subject = Array(text.lowercased().utf8)
        var position = 0
        var unit = 0
        // The last star and where it was tried: only the last one ever needs to be widened.
        var star: (unit: Int, position: Int)?
        while position < subject.count {
            if unit < units.count, units[unit] == UInt8(ascii: "*") {
                star = (unit, position)
                unit += 1
            } else if unit < units.count, units[unit] == UInt8(ascii: "?") || units[unit] == subject[position] {
                unit += 1
                position += 1
            } else if let last = star {
                star = (last.unit, last.position + 1)
                unit = last.unit + 1
                position = last.position + 1
            } else {
                return false
            }
        }
        return units[unit...].allSatisfy { $0 == UInt8(ascii: "*") }
    }
}
