// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleBackends
import BottleCore
import BottleDriver
import Testing

/// What the backends' planners put into a plan, without anything of a backend being there.
@Suite struct PlannerTests {
    private static let everything = Manifest(
        bottles: [
            "all": Manifest.Bottle(
                env: ["GREETING": "a \"b\" $HOME \n[x]"], allowlist: ["api.example.com"],
                routes: [Manifest.Route(host: "api.example.com", tokenVariable: "API_TOKEN")],
                gitUpstreams: [
                    Manifest.GitUpstream(name: "app", url: "ssh://git@git.example.com/app.git", identity: "keys/app"),
                    Manifest.GitUpstream(name: "docs", url: "git@git.example.com:docs.git"),
                    Manifest.GitUpstream(name: "web", url: "https://git.example.com/web.git"),
                ], supervise: true),
            "none": Manifest.Bottle(),
        ],
        agents: [
            "all": Manifest.Agent(bottle: "all", prompt: "Work.", skills: ["review"], copyCwd: true),
            "none": Manifest.Agent(bottle: "none"),
        ])

    /// One of each backend, by name.
    private static func planner(_ name: String) throws -> any BackendPlanner {
        switch name {
        case "docker": DockerPlanner(state: "/s", image: try ImageReference(environment: [:]))
        case "smolmachines": SmolmachinesPlanner(paths: BottlePaths(cache: "/c", state: "/s"))
        default: NamespacesPlanner(state: "/s")
        }
    }

    private static let names = ["namespaces", "docker", "smolmachines"]

    private func report(_ planner: any BackendPlanner, _ agent: String) throws -> PlanReport {
        try planner.report(
            LaunchRequest(
                manifest: Self.everything, agentName: agent, slug: "dev", network: .bottle, resolver: "192.0.2.53",
                tokens: [:], manifestDirectory: "/m"))
    }

    @Test(arguments: names)
    func aPlanHasWhatItsDriverAnnounces(name: String) throws {
        let planner = try Self.planner(name)
        let full = try report(planner, "all")
        #expect(Set(full.artefacts.map(\.kind.rawValue)) == planner.hello.artefacts)
        #expect(full.artefacts.map(\.path) == full.artefacts.map(\.path).sorted())
        #expect(Set(full.artefacts.map(\.path)).count == full.artefacts.count)
        for artefact in full.artefacts {
            #expect(artefact.mode == (artefact.format == .shell ? 0o700 : 0o600), "\(artefact.path)")
            #expect(artefact.path.hasPrefix("/s/dev/"))
        }
        #expect(full == (try report(planner, "all")))
    }

    @Test(arguments: names)
    func whatABottleLacksHasNoFile(name: String) throws {
        let bare = try report(Self.planner(name), "none")
        let absent: [Artefact.Kind] = [.routes, .gitGateEntrypoint, .gitGateHook, .gitGateAccess, .gitleaks]
        for kind in absent { #expect(bare.artefact(kind) == nil, "\(kind)") }
        #expect(bare.artefact(.prompt)?.text == "")
        #expect(bare.artefact(.pipelock)?.text.contains("none.invalid") == true)
    }

    @Test func everyCallOfSmolvmIsPlanned() throws {
        let full = try report(Self.planner("smolmachines"), "all")
        #expect(
            full.commands.map(\.name) == [
                "version", "pack", "create", "policy", "start", "ownership", "prompt", "agent", "events", "stop",
                "delete",
            ])
        let create = try #require(full.commands.first { $0.name == "create" }?.argv)
        let bundle = full.plan.addresses.bundle
        for (flag, value) in [
            ("--allow-cidr", "\(bundle)/32"), ("--dns", bundle), ("--allow-host-pattern", "none.invalid"),
            ("--from", "/c/smolmachines/{digest16}.smolmachine"), ("--name", "claude-bottle-dev"),
        ] {
            let index = try #require(create.firstIndex(of: flag))
            #expect(create[index + 1] == value)
        }
        let agent = try #require(full.commands.first { $0.name == "agent" }?.argv)
        #expect(Array(agent.suffix(3)) == full.agentCommand)
        #expect(full.agentFromPath == "/c/smolmachines/{digest16}.smolmachine")
    }

    @Test func aPathThatLeavesItsPlaceIsRefused() throws {
        var manifest = Self.everything
        manifest.bottles["all"]?.gitUpstreams[0].identity = "../key"
        #expect(throws: BottleError.self) {
            try NamespacesPlanner(state: "/s").report(
                LaunchRequest(
                    manifest: manifest, agentName: "all", slug: "dev", network: .bottle, resolver: "192.0.2.53",
                    tokens: [:]))
        }
    }
}
