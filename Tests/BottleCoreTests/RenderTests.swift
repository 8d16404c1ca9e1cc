// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleCore
import BottleRender
import Foundation
import Testing

@Suite struct RenderTests {
    private func plan(allowlist: [String], routes: [Manifest.Route] = []) throws -> BottlePlan {
        let manifest = Manifest(
            bottles: ["b": Manifest.Bottle(allowlist: allowlist, routes: routes)],
            agents: ["a": Manifest.Agent(bottle: "b")]
        )
        return try BottlePlan.make(manifest: manifest, agentName: "a", slug: "dev")
    }

    private func object(_ bytes: [UInt8]) throws -> [String: Any] {
        try #require(try JSONSerialization.jsonObject(with: Data(bytes)) as? [String: Any])
    }

    @Test func strictPolicySpellsEverythingOut() throws {
        let plan = try plan(allowlist: ["b.example", "a.example", "*.c.example"])
        let bytes = try PipelockConfig(plan: plan, open: false).rendered()
        let config = try object(bytes)
        #expect(
            Set(config.keys) == [
                "version", "mode", "enforce", "api_allowlist", "fetch_proxy", "forward_proxy",
                "request_body_scanning", "metrics_listen", "sentry", "internal",
            ])
        #expect(config["mode"] as? String == "strict")
        #expect(config["enforce"] as? Bool == true)
        #expect(config["api_allowlist"] as? [String] == ["*.c.example", "a.example", "b.example"])
        #expect((config["fetch_proxy"] as? [String: String]) == ["listen": "0.0.0.0:8888"])
        #expect((config["forward_proxy"] as? [String: Bool]) == ["enabled": true])
        #expect((config["sentry"] as? [String: Bool]) == ["enabled": false])
        #expect(config["metrics_listen"] as? String == "127.0.0.1:9091")
        let scanning = try #require(config["request_body_scanning"] as? [String: Any])
        #expect(scanning["action"] as? String == "block")
        #expect(scanning["header_mode"] as? String == "all")
        let internalRanges = try #require(config["internal"] as? [String])
        #expect(internalRanges.contains("127.0.0.0/8") && internalRanges.contains("fc00::/7"))
        for documentation in ["192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24", "2001:db8::/32"] {
            #expect(!internalRanges.contains(documentation))
        }
    }

    @Test func emptyAllowlistAdmitsNobody() throws {
        let config = try object(try PipelockConfig(plan: try plan(allowlist: []), open: false).rendered())
        #expect(config["api_allowlist"] as? [String] == ["none.invalid"])
        #expect(config["mode"] as? String == "strict")
    }

    @Test func openTwinAdmitsEverything() throws {
        let config = try object(try PipelockConfig(plan: try plan(allowlist: ["a.example"]), open: true).rendered())
        #expect(config["mode"] as? String == "balanced")
        #expect((config["internal"] as? [String])?.isEmpty == true)
    }

    @Test func renderingIsDeterministicPlainText() throws {
        let plan = try plan(allowlist: ["a.example", "b.example"])
        let first = try PipelockConfig(plan: plan, open: false).rendered()
        #expect(try PipelockConfig(plan: plan, open: false).rendered() == first)
        #expect(first.last == UInt8(ascii: "\n"))
        // YAML knows no escaped slash.
        #expect(!String(decoding: first, as: UTF8.self).contains("\\/"))
    }

    @Test func routesNameTokensAndNeverHoldThem() throws {
        let plan = try plan(
            allowlist: [],
            routes: [
                Manifest.Route(host: "z.example", tokenVariable: "Z_TOKEN"),
                Manifest.Route(host: "A.example", scheme: .http, port: 8081, tokenVariable: "A_TOKEN", role: "x"),
            ]
        )
        let bytes = try RoutesConfig(plan: plan).rendered()
        let routes = try #require(try JSONSerialization.jsonObject(with: Data(bytes)) as? [[String: Any]])
        #expect(routes.map { $0["host"] as? String } == ["a.example", "z.example"])
        #expect(routes.map { $0["port"] as? Int } == [8081, 443])
        #expect(routes.map { $0["scheme"] as? String } == ["http", "https"])
        #expect(routes.map { $0["token_variable"] as? String } == ["A_TOKEN", "Z_TOKEN"])
        #expect(routes.allSatisfy { $0.count == 4 })
    }
}
