// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

extension BottlePlan {
    /// The daemons of every bundle, in the order in which they start.
    public static let baseDaemons = ["egress", "pipelock"]

    /// The daemons of a bundle with or without its optional parts, in the order in which they start.
    public static func daemons(git: Bool, supervise: Bool) -> [String] {
        baseDaemons + (git ? ["git-gate"] : []) + (supervise ? ["supervise"] : [])
    }

    /// Decides everything about a bottle; pure, the same on every machine.
    ///
    /// - Throws: `.usage` for a bad slug or an agent that the manifest does not have, `.input` for a manifest that
    ///   contradicts itself or holds a name, host or value that no backend can use.
    public static func make(
        manifest: Manifest, agentName: String, slug: String
    ) throws(BottleError) -> BottlePlan {
        let slug = try Slug(slug)
        guard let agent = manifest.agents[agentName] else {
            let known = manifest.agents.keys.sorted().map { Quoted($0).description }.joined(separator: ", ")
            throw BottleError(
                .usage,
                """
                There is no agent \(Quoted(agentName)) in the manifest; \
                \(known.isEmpty ? "it declares no agents" : "it declares \(known)").
                """
            )
        }
        guard let bottle = manifest.bottles[agent.bottle] else {
            throw BottleError(
                .input,
                "Agent \(Quoted(agentName)) runs in bottle \(Quoted(agent.bottle)), which the manifest does not declare."
            )
        }
        try require(ManifestRules.problem(withName: agentName), "the agent name", agentName)
        try require(ManifestRules.problem(withName: agent.bottle), "the bottle name", agent.bottle)
        try check(bottle)
        try check(agent)

        let addresses = AddressPlan(slug: slug.text)
        let routes = bottle.routes.map { route in
            var route = route
            route.host = route.host.lowercased()
            return route
        }
        return BottlePlan(
            slug: slug.text,
            agentName: agentName,
            addresses: addresses,
            guestEnvironment: GuestEnvironment.make(
                addresses: addresses, manifest: bottle.env, routes: routes, git: !bottle.gitUpstreams.isEmpty,
                supervise: bottle.supervise),
            prompt: agent.prompt ?? "",
            allowlist: unique(bottle.allowlist.map { $0.lowercased() }),
            routes: routes,
            daemons: daemons(git: !bottle.gitUpstreams.isEmpty, supervise: bottle.supervise),
            gitUpstreams: bottle.gitUpstreams,
            supervise: bottle.supervise,
            skills: agent.skills,
            copyCwd: agent.copyCwd
        )
    }

    private static func check(_ bottle: Manifest.Bottle) throws(BottleError) {
        for (name, value) in bottle.env.sorted(by: { $0.key < $1.key }) {
            try require(ManifestRules.problem(withVariable: name), "the variable", name)
            // A value may be a secret: the message names its variable only.
            try require(ManifestRules.problem(withValue: value), "the value of the variable", name)
            try require(EnvironmentRules.problem(withVariable: name, value: value), "the variable", name)
            try require(SecretRules.problem(withVariable: name, value: value), "the value of the variable", name)
        }
        for host in bottle.allowlist {
            try require(ManifestRules.problem(withAllowedHost: host), "the allowlist entry", host)
        }
        var seen: Set<String> = []
        for route in bottle.routes {
            try require(ManifestRules.problem(withHost: route.host), "the route host", route.host)
            try require(ManifestRules.problem(withTokenVariable: route.tokenVariable), "the token", route.tokenVariable)
            let key = "\(route.scheme.rawValue)://\(route.host.lowercased()):\(route.effectivePort)"
            try require(seen.insert(key).inserted ? nil : "an earlier route has the same target", "the route", key)
            try require(route.port == 0 ? "a port is 1 to 65535" : nil, "the route", key)
        }
        var names: Set<String> = []
        for upstream in bottle.gitUpstreams {
            try require(ManifestRules.problem(with: upstream), "the git upstream", upstream.name)
            let isNew = names.insert(upstream.name.lowercased()).inserted
            try require(isNew ? nil : "an earlier one has the same name", "the git upstream", upstream.name)
        }
    }

    private static func check(_ agent: Manifest.Agent) throws(BottleError) {
        var names: Set<String> = []
        for skill in agent.skills {
            try require(ManifestRules.problem(withName: skill), "the skill", skill)
            try require(names.insert(skill).inserted ? nil : "it is named twice", "the skill", skill)
        }
    }

    private static func require(_ problem: String?, _ what: String, _ text: String) throws(BottleError) {
        guard let problem else { return }
        throw BottleError(.input, "In the manifest, \(what) \(Quoted(text)) cannot be used: \(problem).")
    }

    private static func unique(_ hosts: [String]) -> [String] {
        var seen: Set<String> = []
        return hosts.filter { seen.insert($0).inserted }
    }
}
