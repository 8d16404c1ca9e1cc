// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleCore
import Testing

/// Octets computed by a second implementation (arbitrary-precision integers, another language); the last ones are the
/// first three slugs whose hash is 17 and the first whose hash is 0.
private let vectors: [(slug: String, octet: UInt8)] = [
    ("a", 72),
    ("b", 203),
    ("z", 235),
    ("0", 221),
    ("dev", 156),
    ("helper", 149),
    ("writer", 22),
    ("reader", 252),
    ("agent-1", 10),
    ("agent-2", 141),
    ("bottle", 205),
    ("bottle-conformance", 91),
    ("demo-4f2k9c1x", 69),
    ("x-y-z", 184),
    ("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", 229),
    ("0123456789", 142),
    ("claude", 131),
    ("claude-bottle", 50),
    ("main", 74),
    ("nightly", 142),
    ("ci-42", 58),
    ("twin-0001", 153),
    ("variant-0001", 224),
    ("s193", 254),
    ("s601", 254),
    ("s849", 254),
    ("t191", 0),
]

@Suite struct AddressPlanTests {
    @Test(arguments: vectors)
    func octetAgreesWithSecondImplementation(_ vector: (slug: String, octet: UInt8)) {
        #expect(AddressPlan(slug: vector.slug).octet == vector.octet)
    }

    @Test func addressesLieInTheSubnet() {
        let plan = AddressPlan(slug: "dev")
        #expect(plan.subnet == "10.77.156.0/24")
        #expect(plan.gateway == "10.77.156.1")
        #expect(plan.bundle == "10.77.156.2")
        #expect(plan.guest == "10.77.156.3")
    }

    @Test func octetIsNeverSeventeenAndSpreads() {
        var seen: Set<UInt8> = []
        for index in 0..<20_000 { seen.insert(AddressPlan(slug: "s\(index)").octet) }
        #expect(!seen.contains(17))
        #expect(!seen.contains(255))
        #expect(seen.count == 254)
    }
}
