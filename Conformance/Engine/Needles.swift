// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

/// A secret in the forms in which it may turn up somewhere.
///
/// Of letters and digits alone, all of its forms are of those too: percent-encoding leaves such a text as it is, and of
/// lower-case letters base64 has neither of the two signs in which its alphabets differ.
package struct Needles: Sendable {
    private let forms: [(encoding: String, bytes: [UInt8])]
    private let shortest: Int

    /// - Parameter secret: ASCII letters and digits, long enough not to occur by chance.
    package init(_ secret: String) {
        let plain = Array(secret.utf8)
        let digits = Array("0123456789abcdef".utf8)
        let hex = plain.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }
        var forms: [(String, [UInt8])] = [
            ("plain", plain), ("reversed", plain.reversed()), ("hex", hex),
            ("hex", hex.map { (0x61...0x66).contains($0) ? $0 - 0x20 : $0 }),
            // One half on its own is no longer a chance find either.
            ("first half", Array(plain.prefix(plain.count / 2))), ("second half", Array(plain.suffix(plain.count / 2))),
        ]
        forms += Base64.cores(of: plain).map { ("base64", $0) }
        self.forms = forms
        shortest = forms.map(\.1.count).min() ?? 0
    }

    /// The first form that stands in the bytes; halves count only when nothing whole does.
    package func encoding(in bytes: some Collection<UInt8>) -> String? {
        Array(bytes).withUnsafeBufferPointer { encoding(in: $0) }
    }

    /// The same of bytes that need not be copied.
    package func encoding(in bytes: UnsafeBufferPointer<UInt8>) -> String? {
        // All forms are runs of letters and digits, and most texts have no run that is long enough for any.
        let runs = Needles.runs(of: shortest, in: bytes)
        guard !runs.isEmpty else { return nil }
        return forms.first { form in runs.contains { Needles.contains(bytes[$0], form.bytes) } }?.encoding
    }

    /// The secret in every form, for decoys and for the marks of a scan.
    package var samples: [(encoding: String, bytes: [UInt8])] { forms }

    /// All runs of letters and digits of at least a length; from a byte that is neither it goes on behind that byte.
    static func runs(of length: Int, in haystack: UnsafeBufferPointer<UInt8>) -> [Range<Int>] {
        var runs: [Range<Int>] = []
        var start = 0
        while length <= haystack.count - start {
            var position = start + length - 1
            while position >= start, isAlphanumeric(haystack[position]) { position -= 1 }
            guard position < start else {
                start = position + 1
                continue
            }
            var end = start + length
            while end < haystack.count, isAlphanumeric(haystack[end]) { end += 1 }
            runs.append(start..<end)
            start = end + 1
        }
        return runs
    }

    private static func isAlphanumeric(_ byte: UInt8) -> Bool {
        byte >= 0x30 && byte <= 0x39 || byte | 0x20 >= 0x61 && byte | 0x20 <= 0x7a
    }

    private static func contains(_ haystack: Slice<UnsafeBufferPointer<UInt8>>, _ needle: [UInt8]) -> Bool {
        guard let first = needle.first, haystack.count >= needle.count else { return false }
        let buffer = UnsafeBufferPointer(rebasing: haystack)
        let last = buffer.count - needle.count
        var position = 0
        while position <= last {
            if buffer[position] == first {
                var matched = 1
                while matched < needle.count, buffer[position + matched] == needle[matched] { matched += 1 }
                if matched == needle.count { return true }
            }
            position += 1
        }
        return false
    }
}
