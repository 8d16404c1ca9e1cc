// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleCore

extension PlanScene {
    /// Every combination of routes, git and supervise: what follows from one of them follows from no other.
    static let features: [PlanScene] = [false, true].flatMap { routes in
        [false, true].flatMap { git in
            [false, true].map { supervise in feature(routes: routes, git: git, supervise: supervise) }
        }
    }

    /// The bottle with these features and no others.
    static func feature(routes: Bool, git: Bool, supervise: Bool) -> PlanScene {
        let parts = (routes ? ["routes"] : []) + (git ? ["git"] : []) + (supervise ? ["supervise"] : [])
        let name = parts.isEmpty ? "bare" : parts.joined(separator: "-")
        let bottle = Manifest.Bottle(
            allowlist: ["api.bottle.test"],
            routes: routes
                ? [
                    Manifest.Route(host: "api.bottle.test", tokenVariable: "API_TOKEN"),
                    Manifest.Route(host: "cache.bottle.test", scheme: .http, port: 8081, tokenVariable: "CACHE_TOKEN"),
                    // A second route of one token: the token is one.
                    Manifest.Route(host: "files.bottle.test", tokenVariable: "API_TOKEN"),
                ] : [],
            gitUpstreams: git
                ? [
                    Manifest.GitUpstream(
                        name: "app", url: "ssh://git@git.bottle.test/team/app.git", identity: "keys/app",
                        knownHosts: "keys/known_hosts")
                ] : [],
            supervise: supervise)
        return PlanScene(name, bottle, prompt: "Say hello.\n", slug: "feature-\(name)")
    }
}
