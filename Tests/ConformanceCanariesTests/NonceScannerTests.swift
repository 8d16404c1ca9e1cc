// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import ConformanceEngine
import Testing

@testable import ConformanceCanaries

@Suite struct NonceScannerTests {
    private static let nonce = "0123456789abcdef0123456789abcdef"
    private static let other = "ffffffffffffffffffffffffffffffff"

    static let texts: [(String, [String])] = [
        ("", []),
        (nonce, [nonce]),
        ("x\(nonce)/\(other)\n\(nonce)", [nonce, other]),
        (nonce + "0", []),
        ("0" + nonce, []),
        (nonce.uppercased(), []),
        (String(nonce.dropLast()), []),
        (String(repeating: "a", count: 100_000), []),
        ("\(nonce)G\(other)0 \(other)", [nonce, other]),
    ]

    @Test(arguments: texts) func exactlyThirtyTwoDigitsAreANonce(_ text: String, _ nonces: [String]) {
        #expect(NonceScanner.nonces(in: text.utf8) == nonces)
        var scanner = NonceScanner()
        for byte in text.utf8 { scanner.feed(CollectionOfOne(byte)) }
        #expect(scanner.nonces == nonces)
    }

    @Test func runAtTheEndCountsUntilItGrows() {
        var scanner = NonceScanner()
        scanner.feed(Self.nonce.utf8)
        #expect(scanner.nonces == [Self.nonce])
        scanner.feed("0".utf8)
        #expect(scanner.nonces == [])
    }
}
