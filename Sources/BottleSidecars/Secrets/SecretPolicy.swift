// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

/// Where a proxy looks for secrets before a request goes out.
package struct SecretPolicy: Sendable {
    package var patterns = SecretPatterns.standard
    /// Nothing is looked for in a body, which then goes on as it comes.
    package var scansBodies = true
    package var scansHeaders = true
    /// Only in the fields that carry credentials as a rule.
    package var isSensitiveOnly = true
    /// Whether a secret in a field or a body stops nothing, as the real pipelock has it unless it is told otherwise.
    package var isWarningOnly = true
    /// Bytes of a body; more are refused. Nil for any number: bodies are looked through while they stream.
    package var maxBodyBytes: Int?

    package init() {}

    private static let sensitive: Set<String> = [
        "authorization", "cookie", "x-api-key", "x-token", "proxy-authorization", "x-goog-api-key",
    ]

    /// Why a request must not go out, for what its first lines say; nil where nothing speaks against it.
    ///
    /// - Parameters:
    ///   - path: Path and query, as the client spells them.
    ///   - exempt: Fields whose values the bundle itself put there.
    func problem(path: String, fields: HeaderFields, exempt: Set<String> = []) -> Problem? {
        let spelled = Array(path.utf8)
        for bytes in [spelled, Self.percentDecoded(spelled)] {
            if let name = patterns.first(in: bytes) {
                return Problem("request URL contains secret: \(name)", isInURL: true)
            }
        }
        guard scansHeaders, !isWarningOnly else { return nil }
        for field in fields.fields where !exempt.contains(field.name) {
            if isSensitiveOnly, !Self.sensitive.contains(field.name) { continue }
            // One value may hold several, and one secret may be the name.
            if let name = patterns.first(in: Array(field.spelling.utf8) + [0x3a] + field.value) {
                return Problem("request header contains secret: \(name)", isInURL: false)
            }
        }
        return nil
    }

    /// What looks through the body of a request; nil where nothing does.
    ///
    /// - Throws: 403 for a body that nobody can look through.
    func scanner(for fields: HeaderFields, _ framing: BodyFraming) throws(HTTPFailure) -> BodyScanner? {
        guard scansBodies, !isWarningOnly, framing != .none else { return nil }
        if fields.values("content-encoding").contains(where: { $0.lowercased() != "identity" }) {
            throw HTTPFailure(403, "request body is encoded and cannot be scanned")
        }
        if let limit = maxBodyBytes, case .length(let count) = framing, count > limit {
            throw HTTPFailure(403, "request body is larger than \(limit) bytes")
        }
        return BodyScanner(patterns, limit: maxBodyBytes)
    }

    /// Why a request must not go out.
    struct Problem: Sendable, Hashable {
        let reason: String
        /// The target then stays out of the log.
        let isInURL: Bool

        init(_ reason: String, isInURL: Bool) {
            self.reason = reason
            self.isInURL = isInURL
        }
    }

    /// With every `%xx` replaced, and `+` as it is: where two readings differ, both are looked at.
    private static func percentDecoded(_ bytes: [UInt8]) -> [UInt8] {
        var result: [UInt8] = []
        result.reserveCapacity(bytes.count)
        var index = 0
        while index < bytes.count {
            if bytes[index] == UInt8(ascii: "%"), index + 2 < bytes.count, let high = hexDigit(bytes[index + 1]),
                let low = hexDigit(bytes[index + 2])
            {
                result.append(UInt8(high << 4 | low))
                index += 3
            } else {
                result.append(bytes[index])
                index += 1
            }
        }
        return result
    }
}
