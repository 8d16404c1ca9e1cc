// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

/// Which image an agent runs in: the user's own, used as it is, or the default one, built on every prepare.
public struct ImageReference: Sendable, Hashable, Codable {
    /// The variable with which a user names an image.
    public static let variable = "CLAUDE_BOTTLE_IMAGE"
    /// The image that is built when no other is named.
    public static let standard = "claude-bottle:latest"

    public let text: String
    /// Whether the user named it: such an image is never built, overwritten or removed.
    public let isExplicit: Bool

    /// The reference that an environment asks for; an empty variable counts as unset.
    ///
    /// - Throws: `.usage` when the variable's value is no reference of an image.
    public init(environment: [String: String]) throws(BottleError) {
        let named = environment[ImageReference.variable] ?? ""
        guard named.isEmpty || ImageReference.isValid(named) else {
            throw BottleError(
                .usage,
                """
                \(ImageReference.variable) is \(Quoted(named)), which is no reference of an image; set it to a name such \
                as "registry.example/agent:1", or unset it.
                """
            )
        }
        text = named.isEmpty ? ImageReference.standard : named
        isExplicit = !named.isEmpty
    }

    /// Whether a text can stand on a command line as the reference of an image.
    private static func isValid(_ text: String) -> Bool {
        let bytes = Array(text.utf8)
        guard let first = bytes.first, let last = bytes.last, bytes.count <= 512 else { return false }
        return ManifestRules.isAlphanumeric(first) && ManifestRules.isAlphanumeric(last)
            && bytes.allSatisfy { ManifestRules.isAlphanumeric($0) || "._-/:@".utf8.contains($0) }
    }
}

/// The digest of an image, as the engine reports it.
public struct ImageDigest: Sendable, Hashable, Codable, CustomStringConvertible {
    /// 64 lower-case hexadecimal digits.
    public let hex: String
    /// The first 16 digits: the name of everything that is cached for the image.
    public var short: String { String(hex.prefix(16)) }
    public var description: String { "sha256:\(hex)" }

    /// Reads `sha256:<64 digits>`, or the digits alone.
    ///
    /// - Throws: `.transport` for anything else, for it comes from an engine.
    public init(_ text: String) throws(BottleError) {
        let digits = text.hasPrefix("sha256:") ? text.dropFirst(7) : text[...]
        guard digits.utf8.count == 64,
            digits.utf8.allSatisfy({ ManifestRules.isDigit($0) || (0x61...0x66).contains($0) })
        else { throw BottleError(.transport, "The engine reported \(Quoted(text)) as the digest of an image.") }
        hex = String(digits)
    }
}
