// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// Tells labels of a host name that carry data from such as are names.
///
/// Whoever runs the name server of an allowed zone reads every label that is looked up in it: looking up is sending.
struct LabelScreen: Sendable {
    let patterns: SecretPatterns
    /// Bits of entropy that a byte of a label may have.
    let entropy: Double

    /// Why a name with these labels must not be looked up, and whether they stand for a secret; nil where nothing speaks
    /// against it.
    func problem(with labels: [Substring]) -> (reason: String, isSecret: Bool)? {
        guard !labels.isEmpty else { return nil }
        // A name has no case, and secrets do; and one that is too long for a label goes into several.
        for text in [labels.joined(separator: "."), labels.joined()] {
            for spelling in [text, text.uppercased()] {
                if let name = patterns.first(in: Array(spelling.utf8)) {
                    return ("host name contains secret: \(name)", true)
                }
            }
        }
        return labels.contains { Self.entropy(of: $0.utf8) > entropy }
            ? ("host name has a label of high entropy", false) : nil
    }

    /// Shannon's, in bits for a byte: at most the logarithm of the length, so that short labels never have much.
    static func entropy(of bytes: some Collection<UInt8>) -> Double {
        var counts = [Int](repeating: 0, count: 256)
        for byte in bytes { counts[Int(byte)] += 1 }
        let total = Double(bytes.count)
        return counts.reduce(0) { sum, count in
            guard count > 0 else { return sum }
            let share = Double(count) / total
            return sum - share * log2(share)
        }
    }
}
