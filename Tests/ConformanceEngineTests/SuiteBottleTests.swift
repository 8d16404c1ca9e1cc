// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleCore
import BottleDriver
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

    private static let field = SessionField(
        canaries: [], unhosted: [:], port: 1, banner: "b", allowedHost: "a.test", deniedHost: "d.test",
        routedHost: "r.test", loopbackHost: "l.test", bundleHost: "u.test", lookalikeHost: "xr.test",
        badHosts: ["expired": "e.test", "other-name": "o.test"], zone: "test")

    @Test
    func theHostsOfTheSuiteAreAllowedAndOneIsRoutedInPlainAndOverTLS() throws {
        for bottle in SuiteBottle.all() {
            let request = bottle.request(
                field: Self.field, base: Manifest.Bottle(allowlist: ["mine.test"]), resolver: "192.0.2.1",
                authority: "PEM")
            let own = try #require(request.manifest.bottles.values.first)
            let isOpenToNobody = bottle.session == .variant
            let hosts = ["mine.test", "a.test", "r.test", "l.test", "u.test", "xr.test", "e.test", "o.test"]
            #expect(Set(own.allowlist).isSuperset(of: hosts) != isOpenToNobody)
            #expect(own.allowlist.isEmpty == isOpenToNobody)
            #expect(!own.allowlist.contains("d.test") && !own.allowlist.contains(""))
            #expect(own.routes.map(\.scheme) == (isOpenToNobody ? [] : [.http, .https]))
            #expect(own.routes.allSatisfy { $0.host == "r.test" && $0.port == nil })
            #expect(request.upstreamAuthority == "PEM")
        }
    }

    @Test
    func aFieldWithoutTLSAllowsNoHostWithoutAName() throws {
        var field = Self.field
        (field.lookalikeHost, field.badHosts) = ("", [:])
        for bottle in SuiteBottle.all() {
            let request = bottle.request(field: field, base: Manifest.Bottle(), resolver: "192.0.2.1")
            #expect(request.manifest.bottles.values.allSatisfy { !$0.allowlist.contains("") })
            #expect(request.upstreamAuthority == nil)
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
