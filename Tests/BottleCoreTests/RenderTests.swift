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
