// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

/// The name of one bottle, safe as a path component, a host name and a part of any resource name.
public struct Slug: Sendable, Hashable, CustomStringConvertible {
    /// 1...40 characters of `[a-z0-9-]`, the first and the last no dash.
    public let text: String

    /// The longest slug; host names and interface names derived from it stay within their limits.
    public static let maximumLength = 40

    /// Checks a slug that came from outside.
    ///
    /// - Throws: `.usage` when it is not a slug.
    public init(_ text: String) throws(BottleError) {
        guard Slug.isValid(text) else {
            throw BottleError(
                .usage,
                """
                The slug \(Quoted(text)) cannot be used: a slug is 1 to \(Slug.maximumLength) characters of a-z, 0-9 and \
                "-", and neither begins nor ends with "-".
                """
            )
        }
        self.text = text
    }

    private init(trusted text: String) { self.text = text }

    public var description: String { text }

    /// A slug nobody has used yet: the agent's name, as far as it fits, and 40 random bits.
    public static func fresh(agentName: String) -> Slug {
        var generator = SystemRandomNumberGenerator()
        return fresh(agentName: agentName, using: &generator)
    }

    /// `fresh(agentName:)` with a generator of the caller's, for tests that need to know the outcome.
    public static func fresh(agentName: String, using generator: inout some RandomNumberGenerator) -> Slug {
        let alphabet = Array("0123456789abcdefghjkmnpqrstvwxyz".utf8)
        let suffix = (0..<8).map { _ in alphabet[Int.random(in: 0..<alphabet.count, using: &generator)] }
        let stem = stem(of: agentName, limit: maximumLength - suffix.count - 1)
        let bytes = stem.isEmpty ? suffix : stem + [dash] + suffix
        return Slug(trusted: String(decoding: bytes, as: UTF8.self))
    }

    /// The slug that an agent's name stands for, always the same: for what is only planned.
    public static func named(after agentName: String) -> Slug {
        let stem = stem(of: agentName, limit: maximumLength)
        return Slug(trusted: stem.isEmpty ? "agent" : String(decoding: stem, as: UTF8.self))
    }

    /// As much of a name as a slug may hold.
    private static func stem(of name: String, limit: Int) -> [UInt8] {
        var stem: [UInt8] = []
        for byte in name.utf8 where stem.count < limit {
            let lower = byte >= 0x41 && byte <= 0x5a ? byte + 0x20 : byte
            if isAlphanumeric(lower) {
                stem.append(lower)
            } else if let last = stem.last, last != dash {
                stem.append(dash)
            }
        }
        while stem.last == dash { stem.removeLast() }
        return stem
    }

    private static let dash = UInt8(ascii: "-")

    private static func isAlphanumeric(_ byte: UInt8) -> Bool {
        (0x61...0x7a).contains(byte) || (0x30...0x39).contains(byte)
    }

    private static func isValid(_ text: String) -> Bool {
        let bytes = Array(text.utf8)
        guard let first = bytes.first, let last = bytes.last, bytes.count <= maximumLength else { return false }
        return first != dash && last != dash && bytes.allSatisfy { isAlphanumeric($0) || $0 == dash }
    }
}
