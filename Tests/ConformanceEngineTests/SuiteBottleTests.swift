// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleCore
import Testing

@testable import ConformanceEngine

struct SuiteBottleTests {
    @Test
    func slugsAndTheirNetworksAreDistinct() {
        for _ in 0..<500 {
            let bottles = SuiteBottle.all()
            #expect(bottles.map(\.session) == Session.allCases)
            #expect(Set(bottles.map { AddressPlan(slug: $0.slug).octet }).count == 3)
            #expect(bottles.allSatisfy { $0.slug.hasPrefix("conformance-") && $0.slug.utf8.count == 20 })
            #expect(Set(bottles.map(\.prompt)).count == 3)
        }
    }

    @Test
    func tokenAndPromptNeverLookLikeANonce() {
        let bottle = SuiteBottle(session: .bottle, slug: "s")
        #expect(NonceScan.runs(in: bottle.token.utf8).isEmpty)
        #expect(NonceScan.runs(in: bottle.prompt.utf8).isEmpty)
        #expect(bottle.token.utf8.count == 96)
    }
}
